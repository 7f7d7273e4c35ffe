package import Wire

/// Where and how a datagram reached us, and what is remembered of who sent it.
package struct Arrival: Equatable, Sendable {
    /// The port it came to, which decides what may be answered at all.
    package enum Port: Sendable {
        /// 67: the DHCP conversation that everybody hears.
        case dhcp
        /// 4011: the boot service, asked by one client (PXE 2.1 §2.2.1).
        case bootService
    }

    package var port: Port
    /// The interface's index in the kernel, and its name.
    package var interface: Int32
    package var interfaceName: String
    /// Our address on that interface: the server identifier, and where the client finds us.
    package var serverAddress: IPv4Address
    package var source: Endpoint
    package var destination: IPv4Address
    /// Whether who is answered is a host of a network of this interface: the relay, or without one the sender.
    package var isLocal: Bool
    package var history: ClientHistory

    package init(
        port: Port, interface: Int32, interfaceName: String = "", serverAddress: IPv4Address, source: Endpoint,
        destination: IPv4Address, isLocal: Bool = true, history: ClientHistory = ClientHistory()
    ) {
        self.port = port
        self.interface = interface
        self.interfaceName = interfaceName
        self.serverAddress = serverAddress
        self.source = source
        self.destination = destination
        self.isLocal = isLocal
        self.history = history
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
    /// Option 50: in a REQUEST, the address that the client is about to take.
    package var requestedAddress: IPv4Address?
    package var clientClass: ClientClass
    /// Option 60 and option 77, as they came.
    package var vendorClass: ShortBytes
    package var userClass: ShortBytes
    /// Nil when neither option 93 nor option 60 tells.
    package var architecture: ClientArchitecture?
    package var stage: BootStage
    package var features: IPXEFeatures
    package var machine: MachineUUID?
    package var fingerprint: Fingerprint
    /// Option 54: the server that the client means, if it names one.
    package var intendedServer: IPv4Address?
    /// Option 43.71: the client picks an item of a boot menu.
    package var bootItem: PXEBootItem?
    package var relayInformation: ShortBytes?
    /// Where the client is, if a relay (82.5, RFC 3527) or the client itself (118, RFC 3011) says so.
    package var subnet: IPv4Address?
    /// Octets of UDP payload that the client takes.
    package var sizeLimit: Int
    /// `secs` as it came.
    package var seconds: UInt16 = 0
}

extension ClientFacts {
    /// Whether servers answer this client by broadcast (RFC 2131 §2), so that everybody hears it.
    package var wantsBroadcast: Bool { flags & 0x8000 != 0 }

    /// Whether it is `pilotfish probe` playing a client.
    package var isProbe: Bool { machine.map { $0.high >> 32 == UInt64(ProbeDiscover.mark) } ?? false }

    /// Reads a message of a client that asks for a network boot.
    ///
    /// - Parameter classes: beginnings of option 60 that the operator serves beside `PXEClient` and `HTTPClient`.
    /// - Returns: the facts, or why this message is none of ours.
    package static func read(
        _ message: borrowing DHCPMessage, classes: [String] = []
    ) -> Result<ClientFacts, Refusal> {
        guard message.isRequest else { return .failure(.notARequest) }
        // RFC 1542 §4.1.1: more than 16 hops is a relay loop.
        guard message.hops <= 16 else { return .failure(.tooManyHops) }
        // BOOTP (no option 53) and unknown types: not a conversation a proxy takes part in.
        guard let type = message.type else { return .failure(.noMessageType) }
        let vendorClass = message.value(of: .vendorClass).bytes
        guard let clientClass = ClientClass(vendorClass, classes: classes) else { return .failure(.noBootClient) }
        let bootItem = message.value(of: .vendorSpecific).bytes.suboption(PXEOption.bootItem)
        // An item that cannot be read is no plain request for the usual file either. In a DISCOVER it means nothing.
        if type != .discover, let bootItem, PXEBootItem(bootItem) == nil { return .failure(.notForUs) }
        let ipxe = message.value(of: .ipxe)
        let userClass = message.value(of: .userClass).bytes
        let machine = machine(message)
        let architecture = ClientArchitecture.read(message, vendorClass: vendorClass)
        let relayInformation = relayInformation(message)
        return .success(
            ClientFacts(
                type: type,
                hardware: message.hardware,
                transaction: message.transaction,
                flags: message.flags,
                clientAddress: message.clientAddress,
                relayAddress: message.relayAddress,
                requestedAddress: message.address(of: .requestedAddress),
                clientClass: clientClass,
                vendorClass: vendorClass,
                userClass: userClass,
                architecture: architecture,
                stage: BootStage(
                    clientClass, userClass: userClass, ipxe: ipxe,
                    isRaspberryPi: RaspberryPi.isOne(message.hardware, machine, architecture)),
                features: IPXEFeatures(option: ipxe.bytes),
                machine: machine,
                fingerprint: Fingerprint(message, vendorClass: vendorClass),
                intendedServer: message.address(of: .serverIdentifier),
                bootItem: bootItem.flatMap(PXEBootItem.init),
                relayInformation: relayInformation,
                subnet: subnet(message, relayInformation),
                sizeLimit: sizeLimit(message), seconds: message.seconds))
    }

    /// Option 97, when it is what RFC 4578 §2.3 says: type 0 and sixteen octets. Anything else is not echoed.
    static func machine(_ message: borrowing DHCPMessage) -> MachineUUID? {
        if let octets = message.whole(.machineIdentifier) {
            var reader = ByteReader(octets)
            guard octets.byteCount == 17, let type = try? reader.u8(), type == 0, let high = try? reader.u64(),
                let low = try? reader.u64()
            else { return nil }
            return MachineUUID(high: high, low: low)
        }
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

    /// The relay's word counts before the client's.
    private static func subnet(_ message: borrowing DHCPMessage, _ relay: ShortBytes?) -> IPv4Address? {
        if let selected = relay?.suboption(RelayOption.linkSelection), selected.count == 4 {
            return selected.u32(at: 0).map(IPv4Address.init)
        }
        return message.address(of: .subnetSelection)
    }

    /// Option 57 counts the whole IP packet (RFC 2132 §9.10); less than 576 is not legal and read as 576.
    private static func sizeLimit(_ message: borrowing DHCPMessage) -> Int {
        guard let said = message.number(of: .maximumMessageSize, length: 2) else {
            return DHCPReply.smallestSizeLimit
        }
        return min(max(Int(said) - 28, DHCPReply.smallestSizeLimit), DHCPReply.largestSizeLimit)
    }
}

extension ClientClass {
    /// By prefix: a chained iPXE says the bare `PXEClient`, firmware appends architecture and UNDI version.
    init?(_ vendorClass: ShortBytes, classes: [String]) {
        if vendorClass.starts(with: "PXEClient") {
            self = .pxe
        } else if vendorClass.starts(with: "HTTPClient") {
            self = .http
        } else if let served = classes.first(where: { vendorClass.begins(with: $0) }) {
            self = .other(served)
        } else {
            return nil
        }
    }
}

extension ShortBytes {
    /// Whether the octets begin with those of `text`.
    func begins(with text: String) -> Bool {
        var index = 0
        for octet in text.utf8 {
            guard index < count, self[index] == octet else { return false }
            index += 1
        }
        return true
    }
}

/// How a Raspberry Pi is told from a BIOS machine: both say architecture 0.
enum RaspberryPi {
    /// The makers' numbers that the foundation's boards carry.
    private static let makers: Set<UInt64> = [0xB827EB, 0xDCA632, 0xE45F01, 0xD83ADD, 0x28CDC1, 0x2CCF67]

    /// "RPi4"
    static let mark: UInt32 = 0x5250_6934

    /// By hardware address, or by option 97, where a Pi 4 and later puts "RPi4" (rpi-eeprom's release notes).
    static func isOne(_ hardware: ClientHardware, _ machine: MachineUUID?, _ architecture: ClientArchitecture?) -> Bool
    {
        guard architecture == .biosX86 else { return false }
        if let machine, machine.high >> 32 == UInt64(mark) { return true }
        return hardware.mac.map { makers.contains($0.value >> 24) } ?? false
    }
}
