package import Wire

/// A DHCP message of a client of each kind, for those who play one.
///
/// The broadcast flag is set while it has no address: the hardware address that it plays is not the card's, and a switch or
/// card may keep a unicast answer from it.
package struct ClientRequest: Equatable, Sendable {
    package var kind: FirmwareModel
    /// What options 93 and 60 say, where that is not the kind's own: EDK2 is built for many machines.
    package var architecture: ClientArchitecture?
    package var type: DHCPMessageType
    package var hardware: MACAddress
    /// Option 97.
    package var machine: MachineUUID
    /// `xid`.
    package var transaction: UInt32
    /// `ciaddr`: the address that it has, in what it asks a boot service.
    package var clientAddress = IPv4Address.any
    /// Options 50 and 54 of a REQUEST: the address that it takes, and whose.
    package var requestedAddress: IPv4Address?
    package var server: IPv4Address?

    package init(
        _ kind: FirmwareModel, _ type: DHCPMessageType, hardware: MACAddress, machine: MachineUUID, transaction: UInt32
    ) {
        self.kind = kind
        self.type = type
        self.hardware = hardware
        self.machine = machine
        self.transaction = transaction
    }

    /// Writes the message over what the writer held.
    package func write(into writer: inout ByteWriter) {
        writer.clear()
        writer.append([1, 1, 6, 0])
        writer.u32(transaction)
        writer.u16(0)
        writer.u16(clientAddress.isAny ? 0x8000 : 0)
        writer.u32(clientAddress.value)
        writer.pad(to: 28)
        writer.append(hardware.octets)
        writer.pad(to: 236)
        writer.u32(DHCPMessage.magicCookie)
        writeOptions(into: &writer)
        writer.u8(255)
        writer.pad(to: 300)
    }

    private func writeOptions(into writer: inout ByteWriter) {
        let identity = Identity(kind, architecture)
        Self.option(53, [type.rawValue], into: &writer)
        if let requestedAddress { Self.option(50, requestedAddress.octets, into: &writer) }
        if let server { Self.option(54, server.octets, into: &writer) }
        Self.option(57, [0x05, 0xC0], into: &writer)
        Self.option(55, identity.parameters, into: &writer)
        writer.append([97, 17, 0])
        writer.u64(machine.high)
        writer.u64(machine.low)
        Self.option(94, identity.interface, into: &writer)
        Self.option(
            93, [UInt8(identity.architecture >> 8), UInt8(identity.architecture & 0xFF)], into: &writer)
        Self.option(60, Array(identity.vendorClass.utf8), into: &writer)
        if !identity.features.isEmpty {
            Self.option(77, Array("iPXE".utf8), into: &writer)
            Self.option(175, identity.features, into: &writer)
        }
    }

    private static func option(_ code: UInt8, _ value: [UInt8], into writer: inout ByteWriter) {
        writer.u8(code)
        writer.u8(UInt8(value.count))
        writer.append(value)
    }

    /// What tells one kind from another.
    private struct Identity {
        var architecture: UInt16 = 0
        var interface: [UInt8] = [1, 2, 1]
        var vendorClass = "PXEClient:Arch:00000:UNDI:002001"
        /// Option 175.
        var features: [UInt8] = []
        var parameters: [UInt8] = [1, 3, 6, 12, 15, 43, 60, 66, 67, 128, 129, 130, 131, 132, 133, 134, 135]

        /// What EDK2 asks for (lab capture of EDK2 2022.11).
        static let edk2: [UInt8] = [
            1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60, 66, 67, 97, 128,
            129, 130, 131, 132, 133, 134, 135,
        ]
        static let ipxe: [UInt8] = [
            1, 3, 6, 7, 12, 15, 17, 26, 43, 60, 66, 67, 119, 128, 129, 130, 131, 132, 133, 134, 135, 175, 203,
        ]
        /// TFTP, DNS and a version, which every build has.
        static let commonFeatures: [UInt8] = [0x15, 1, 1, 0x17, 1, 1, 0xEB, 3, 1, 21, 1]

        /// - Parameter architecture: nil for the kind's own.
        init(_ kind: FirmwareModel, _ architecture: ClientArchitecture?) {
            self.init(kind)
            guard let architecture else { return }
            self.architecture = architecture.rawValue
            let digits = String(architecture.rawValue)
            let number = String(repeating: "0", count: 5 - digits.count) + digits
            var parts = vendorClass.split(separator: ":").map(String.init)
            if parts.count > 2 { parts[2] = number }
            vendorClass = parts.joined(separator: ":")
        }

        private init(_ kind: FirmwareModel) {
            switch kind {
            case .biosROM, .pxelinux, .grubBIOS, .raspberryPi: break
            case .edk2, .edk2From2010To2017, .edk2Before2013, .grubEFI206, .shim: uefi(7, "PXEClient:Arch:00007")
            case .edk2ARM64: uefi(0x0B, "PXEClient:Arch:00011")
            case .edk2HTTP: uefi(0x10, "HTTPClient:Arch:00016")
            case .ipxeBIOS: ipxe(Self.commonFeatures + [0x13, 1, 1, 0x18, 1, 1])
            case .ipxeWithoutHTTP: ipxe(Self.commonFeatures + [0x18, 1, 1])
            case .ipxeUEFI:
                uefi(7, "PXEClient:Arch:00007")
                interface = [1, 3, 10]
                vendorClass = "PXEClient:Arch:00007:UNDI:003010"
                ipxe(Self.commonFeatures + [0x13, 1, 1, 0x24, 1, 1])
            case .uboot, .ubootWithProxy:
                architecture = 0x16
                interface = [1, 0, 0]
                vendorClass = "U-Boot.armv8"
            }
        }

        private mutating func uefi(_ number: UInt16, _ name: String) {
            architecture = number
            interface = [1, 3, 0]
            vendorClass = name + ":UNDI:003000"
            parameters = Self.edk2
        }

        private mutating func ipxe(_ list: [UInt8]) {
            features = list
            parameters = Self.ipxe
        }
    }
}
