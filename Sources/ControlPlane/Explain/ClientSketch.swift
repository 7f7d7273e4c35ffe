package import BootPolicy
package import Wire

/// A client described by hand, for "what would it get?": becomes the DISCOVER that such a client sends, so that the
/// answer takes the same road as a real one's.
package struct ClientSketch: Sendable {
    package var hardware = MACAddress(0x5254_0000_0001)
    package var architecture: ClientArchitecture?
    package var stage = BootStage.firmware
    package var machine: MachineUUID?
    /// Option 60 when it is not the stage's usual one.
    package var vendorClass: String?
    /// Option 77 when it is not the stage's usual one.
    package var userClass: String?
    /// What an iPXE can do; nil for a whole one of its architecture.
    package var features: IPXEFeatures?
    package var relay: IPv4Address?
    package var circuit: RelayIdentifier?
    package var remote: RelayIdentifier?
    package var subnet: IPv4Address?

    package init() {}

    /// The DISCOVER of this client.
    package var discover: [UInt8] {
        var writer = ByteWriter()
        writer.append([1, 1, 6, relay == nil ? 0 : 1] as [UInt8])
        writer.u32(0x5046_0001)
        writer.u32(0x8000)
        writer.pad(to: 24)
        writer.u32((relay ?? .any).value)
        writer.append(hardware.octets)
        writer.pad(to: 236)
        writer.u32(DHCPMessage.magicCookie)
        for (code, value) in options where value.count <= 255 {
            writer.u8(code.rawValue)
            writer.u8(UInt8(value.count))
            writer.append(value)
        }
        writer.u8(DHCPOptionCode.end.rawValue)
        return writer.bytes
    }

    private var options: [(DHCPOptionCode, [UInt8])] {
        let number = architecture?.rawValue ?? 0
        var list: [(DHCPOptionCode, [UInt8])] = [
            (.messageType, [DHCPMessageType.discover.rawValue]), (.maximumMessageSize, [0x05, 0xC0]),
            (.vendorClass, Array((vendorClass ?? usualClass).utf8)),
            (.clientArchitecture, [UInt8(number >> 8), UInt8(number & 0xFF)]),
        ]
        if let machine { list.append((.machineIdentifier, [0] + Self.octets(machine.high) + Self.octets(machine.low))) }
        if let user = userClass ?? usualUserClass { list.append((.userClass, Array(user.utf8))) }
        if stage == .foreignIPXE || stage == .ownIPXE { list.append((.ipxe, featureOctets)) }
        if let subnet { list.append((.subnetSelection, subnet.octets)) }
        let relayed = Self.suboption(RelayOption.circuit, circuit) + Self.suboption(RelayOption.remote, remote)
        if !relayed.isEmpty { list.append((.relayAgentInformation, relayed)) }
        return list
    }

    private var usualClass: String {
        let digits = String(architecture?.rawValue ?? 0)
        let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        return (stage == .httpFirmware ? "HTTPClient" : "PXEClient") + ":Arch:\(padded):UNDI:003000"
    }

    private var usualUserClass: String? {
        switch stage {
        case .foreignIPXE: "iPXE"
        case .ownIPXE: "pilotfish"
        case .firmware, .httpFirmware, .raspberryPi: nil
        }
    }

    private var featureOctets: [UInt8] {
        let able = features ?? (architecture?.isUEFI == true ? [.http, .efi] : [.http, .bzImage])
        let codes: [(IPXEFeatures, UInt8)] = [
            (.http, IPXEOption.http), (.bzImage, IPXEOption.bzImage), (.efi, IPXEOption.efi),
        ]
        return codes.filter { able.contains($0.0) }.flatMap { [$0.1, 1, 1] }
    }

    private static func suboption(_ code: UInt8, _ value: RelayIdentifier?) -> [UInt8] {
        value.map { [code, UInt8(clamping: $0.octets.count)] + $0.octets.prefix(255) } ?? []
    }

    private static func octets(_ word: UInt64) -> [UInt8] {
        stride(from: UInt64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
    }
}
