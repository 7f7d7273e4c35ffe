package import Wire

/// Where and how a datagram reached us.
package struct Arrival: Equatable, Sendable {
    /// The port it came to, which decides what may be answered at all.
    package enum Port: Sendable {
        /// 67: the DHCP conversation that everybody hears.
        case dhcp
        /// 4011: the boot service, asked by one client (PXE 2.1 §2.2.1).
        case bootService
    }

    package var port: Port
    /// The interface's index in the kernel.
    package var interface: Int32
    /// Our address on that interface: the server identifier, and where the client finds us.
    package var serverAddress: IPv4Address
    package var source: Endpoint
    package var destination: IPv4Address
    /// Whether this client's firmware was offered a loader a short while ago, so that a boot is under way.
    package var isBootUnderWay: Bool

    package init(
        port: Port, interface: Int32, serverAddress: IPv4Address, source: Endpoint, destination: IPv4Address,
        isBootUnderWay: Bool = false
    ) {
        self.isBootUnderWay = isBootUnderWay
        self.port = port
        self.interface = interface
        self.serverAddress = serverAddress
        self.source = source
        self.destination = destination
    }
}

/// What we believe of a client after reading one message; nothing behind this type looks at options again.
package struct ClientFacts: Equatable, Sendable {
    package var type: DHCPMessageType
    package var hardware: ClientHardware
    package var transaction: UInt32
    package var flags: UInt16
    package var clientAddress: IPv4Address
    package var relayAddress: IPv4Address
    package var clientClass: ClientClass
    /// Nil when neither option 93 nor option 60 tells.
    package var architecture: ClientArchitecture?
    package var stage: BootStage
    package var features: IPXEFeatures
    package var machine: MachineUUID?
    /// Option 54: the server that the client means, if it names one.
    package var intendedServer: IPv4Address?
    /// Option 43.71: the client picks an item of a boot menu.
    package var asksForBootItem: Bool
    package var relayInformation: ShortBytes?
    /// Octets of UDP payload that the client takes.
    package var sizeLimit: Int
}

extension ClientFacts {
    /// Reads a message of a client that asks for a network boot.
    ///
    /// - Returns: the facts, or why this message is none of ours.
    package static func read(_ message: borrowing DHCPMessage) -> Result<ClientFacts, Refusal> {
        guard message.isRequest else { return .failure(.notARequest) }
        // RFC 1542 §4.1.1: more than 16 hops is a relay loop.
        guard message.hops <= 16 else { return .failure(.tooManyHops) }
        // BOOTP (no option 53) and unknown types: not a conversation a proxy takes part in.
        guard let type = message.type else { return .failure(.noMessageType) }
        let vendorClass = message.value(of: .vendorClass).bytes
        guard let clientClass = ClientClass(vendorClass) else { return .failure(.noBootClient) }
        let ipxe = message.value(of: .ipxe)
        let vendor = message.value(of: .vendorSpecific).bytes
        return .success(
            ClientFacts(
                type: type,
                hardware: message.hardware,
                transaction: message.transaction,
                flags: message.flags,
                clientAddress: message.clientAddress,
                relayAddress: message.relayAddress,
                clientClass: clientClass,
                architecture: ClientArchitecture.read(message, vendorClass: vendorClass),
                stage: stage(clientClass, userClass: message.value(of: .userClass).bytes, ipxe: ipxe),
                features: IPXEFeatures(option: ipxe.bytes),
                machine: machine(message),
                intendedServer: message.address(of: .serverIdentifier),
                asksForBootItem: vendor.suboption(PXEOption.bootItem)?.count == 4,
                relayInformation: relayInformation(message),
                sizeLimit: sizeLimit(message)))
    }

    /// Name and option both count: FlexBoot is an iPXE without user class, VirtualBox's is one without features.
    private static func stage(_ clientClass: ClientClass, userClass: ShortBytes, ipxe: OptionValue) -> BootStage {
        let user = UserClass(option: userClass)
        if user.isPilotfish { return .ownIPXE }
        if user.isIPXE || ipxe != .absent { return .foreignIPXE }
        return clientClass == .http ? .httpFirmware : .firmware
    }

    /// Option 97, when it is what RFC 4578 §2.3 says: type 0 and sixteen octets. Anything else is not echoed.
    private static func machine(_ message: borrowing DHCPMessage) -> MachineUUID? {
        let value = message.value(of: .machineIdentifier, length: 17).bytes
        guard value.count == 17, value[0] == 0,
            let a = value.u32(at: 1), let b = value.u32(at: 5), let c = value.u32(at: 9), let d = value.u32(at: 13)
        else { return nil }
        return MachineUUID(high: UInt64(a) << 32 | UInt64(b), low: UInt64(c) << 32 | UInt64(d))
    }

    private static func relayInformation(_ message: borrowing DHCPMessage) -> ShortBytes? {
        guard case .present(let value) = message.value(of: .relayAgentInformation) else { return nil }
        return value
    }

    /// Option 57 counts the whole IP packet (RFC 2132 §9.10); less than 576 is not legal and read as 576.
    private static func sizeLimit(_ message: borrowing DHCPMessage) -> Int {
        guard let said = message.value(of: .maximumMessageSize, length: 2).bytes.u16(at: 0) else {
            return DHCPReply.smallestSizeLimit
        }
        return min(max(Int(said) - 28, DHCPReply.smallestSizeLimit), DHCPReply.largestSizeLimit)
    }
}

extension ClientClass {
    /// By prefix: a chained iPXE says the bare `PXEClient`, firmware appends architecture and UNDI version.
    init?(_ vendorClass: ShortBytes) {
        if vendorClass.starts(with: "PXEClient") {
            self = .pxe
        } else if vendorClass.starts(with: "HTTPClient") {
            self = .http
        } else {
            return nil
        }
    }
}
