package import Wire

/// The shape of a proxy's answer; no single one boots every firmware.
package enum ReplyShape: String, Sendable {
    /// File name and 43.6 bit 3 in the OFFER: the client goes straight to TFTP or HTTP.
    case direct
    /// Option 60 and no option 43 in the OFFER; the file is told on port 4011.
    case binl
}

/// Where an answer goes.
package enum ReplyRoute: Equatable, Sendable {
    /// To 255.255.255.255:68 on the interface of arrival: the client has no address yet.
    case broadcast
    /// To port 67 of the relay that brought the request (RFC 2131 §4.1).
    case relay(IPv4Address)
    /// To where the request came from: port 4011 of EDK2, port 68 of iPXE.
    case unicast(Endpoint)
}

/// A decision to answer, complete and comparable.
package struct BootReply: Equatable, Sendable {
    package var message: DHCPReply
    package var route: ReplyRoute
    package var shape: ReplyShape

    package init(message: DHCPReply, route: ReplyRoute, shape: ReplyShape) {
        self.message = message
        self.route = route
        self.shape = shape
    }
}

/// What a message gets.
package enum ProxyAnswer: Equatable, Sendable {
    case reply(BootReply)
    case ignore(Refusal)
}
