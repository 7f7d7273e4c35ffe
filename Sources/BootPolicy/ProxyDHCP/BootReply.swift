package import Wire

/// The shape of a proxy's answer; no single one boots every firmware.
package enum ReplyShape: String, Sendable, CaseIterable {
    /// File name and 43.6 bit 3 in the OFFER: the client goes straight to TFTP or HTTP.
    case direct
    /// Option 60 and no option 43 in the OFFER; the file is told on port 4011.
    case binl
    /// A menu in option 43; the item's file is told when the client asks for the item.
    case menu
    /// A URL for firmware that boots by HTTP.
    case http
    /// The text that a Raspberry Pi looks for.
    case raspberryPi = "raspberry-pi"
    /// The same, for boot ROMs of the first Raspberry Pi 3.
    case raspberryPi3 = "raspberry-pi-3"

    /// Whether a rule or the ladder may choose it for ordinary firmware.
    package var isChoosable: Bool { [.direct, .binl, .menu].contains(self) }
}

/// Where an answer goes.
package enum ReplyRoute: Equatable, Sendable {
    /// To 255.255.255.255:68 on the interface of arrival: the client has no address yet.
    case broadcast
    /// To port 67 of the relay that brought the request (RFC 2131 §4.1).
    case relay(IPv4Address)
    /// From port 4011 to where the request came from: port 4011 of EDK2, port 68 of iPXE.
    case unicast(Endpoint)
    /// From port 67 to where the request came from: a menu's item asked for by broadcast.
    case dhcpUnicast(Endpoint)

    /// The same as an address and a port.
    package var destination: Endpoint {
        switch self {
        case .broadcast: Endpoint(address: .broadcast, port: 68)
        case .relay(let relay): Endpoint(address: relay, port: 67)
        case .unicast(let client), .dhcpUnicast(let client): client
        }
    }
}

/// A decision to answer, complete and comparable.
package struct BootReply: Equatable, Sendable {
    package var message: DHCPReply
    package var route: ReplyRoute
    package var shape: ReplyShape
    package var reason: StyleReason
    /// How long the answer waits.
    package var delay: TimeSpan
    /// Whether another proxy's answer to this client, heard while ours waits, makes ours superfluous.
    package var isStandby: Bool
    /// Whether a rule names the loader, so that no other can take its place.
    package var isLoaderFixed = false
    /// For the scripts and configurations that the machine asks for later.
    package var order = BootOrder.usual

    package init(
        message: DHCPReply, route: ReplyRoute, shape: ReplyShape, reason: StyleReason = .usual,
        delay: TimeSpan = .zero, isStandby: Bool = false
    ) {
        self.message = message
        self.route = route
        self.shape = shape
        self.reason = reason
        self.delay = delay
        self.isStandby = isStandby
    }
}

/// What a message gets.
package enum ProxyAnswer: Equatable, Sendable {
    case reply(BootReply)
    case ignore(Refusal)
    /// An endpoint decides; with its ruling policy is to be asked again.
    case ask(WebhookQuestion)
}
