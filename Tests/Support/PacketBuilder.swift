/// A DHCP message of a client, written octet by octet, so that a test can make any mistake in it.
///
/// Knows nothing of `Wire`: what a test expects must not come from the code under test.
package struct PacketBuilder: Sendable {
    package var operation: UInt8 = 1
    package var hardwareType: UInt8 = 1
    package var hardwareLength: UInt8 = 6
    package var hops: UInt8 = 0
    package var transaction: UInt32 = 0x3903_F326
    package var seconds: UInt16 = 0
    package var flags: UInt16 = 0
    package var clientAddress: UInt32 = 0
    package var yourAddress: UInt32 = 0
    package var serverAddress: UInt32 = 0
    package var relayAddress: UInt32 = 0
    /// At most sixteen octets of `chaddr`.
    package var hardware: [UInt8] = [0x52, 0x54, 0x00, 0xC1, 0x1E, 0x01]
    package var serverName: [UInt8] = []
    package var file: [UInt8] = []
    package var cookie: UInt32 = 0x6382_5363
    /// The options in wire order.
    package var options: [(code: UInt8, value: [UInt8])] = []
    /// What follows the options: the end mark, unless a test wants something else.
    package var tail: [UInt8] = [255]

    package init() {}

    package var bytes: [UInt8] {
        var bytes = [operation, hardwareType, hardwareLength, hops]
        bytes += Self.octets(transaction) + Self.octets(seconds) + Self.octets(flags)
        for address in [clientAddress, yourAddress, serverAddress, relayAddress] { bytes += Self.octets(address) }
        bytes += Self.padded(hardware, to: 16) + Self.padded(serverName, to: 64) + Self.padded(file, to: 128)
        bytes += Self.octets(cookie)
        for (code, value) in options { bytes += [code, UInt8(value.count)] + value }
        return bytes + tail
    }

    /// Big-endian octets of a number.
    package static func octets(_ number: some FixedWidthInteger) -> [UInt8] {
        stride(from: number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    private static func padded(_ octets: [UInt8], to width: Int) -> [UInt8] {
        octets + [UInt8](repeating: 0, count: max(0, width - octets.count))
    }
}

extension PacketBuilder {
    /// A copy with a change.
    package func changing(_ change: (inout PacketBuilder) -> Void) -> PacketBuilder {
        var copy = self
        change(&copy)
        return copy
    }

    /// A copy whose option `code` holds `value`: in its old place, or at the end.
    package func with(_ code: UInt8, _ value: [UInt8]) -> PacketBuilder {
        changing { copy in
            if let index = copy.options.firstIndex(where: { $0.code == code }) {
                copy.options[index].value = value
            } else {
                copy.options.append((code, value))
            }
        }
    }

    package func with(_ code: UInt8, _ text: String) -> PacketBuilder {
        with(code, Array(text.utf8))
    }

    /// A copy with one more option, whatever stands there already.
    package func adding(_ code: UInt8, _ value: [UInt8]) -> PacketBuilder {
        changing { $0.options.append((code, value)) }
    }

    package func without(_ code: UInt8) -> PacketBuilder {
        changing { $0.options.removeAll { $0.code == code } }
    }
}

extension PacketBuilder {
    /// Option 97 of `discover`: type 0 and sixteen octets.
    package static let machine: [UInt8] = [0] + (0x10...0x1F).map { UInt8($0) }

    /// "D" of the conformance list: a BIOS ROM that asks for a boot.
    package static let discover = PacketBuilder().changing { packet in
        packet.options = [
            (53, [1]),
            (60, Array("PXEClient:Arch:00000:UNDI:002001".utf8)),
            (93, [0, 0]),
            (94, [1, 2, 1]),
            (97, machine),
        ]
    }

    /// D of x64 UEFI, as EDK2 sends it.
    package static let discoverUEFI = discover.changing { $0.flags = 0x8000 }
        .with(60, "PXEClient:Arch:00007:UNDI:003000").with(93, [0, 7]).with(94, [1, 3, 0])

    /// Option 175 of an iPXE that runs scripts: HTTP, and bzImage (BIOS) or EFI.
    package static let capableBIOS: [UInt8] = [0x13, 1, 1, 0x18, 1, 1, 0x12, 1, 1]
    package static let capableEFI: [UInt8] = [0x13, 1, 1, 0x24, 1, 1, 0x12, 1, 1]

    /// D of the iPXE in a BIOS ROM.
    package static let discoverIPXE = discover.with(77, "iPXE").with(175, capableBIOS)

    /// The request to port 4011 of EDK2 at 192.0.2.77 (no 54, no 50, a new transaction).
    package static let bootRequest = discoverUEFI.with(53, [3]).changing { packet in
        packet.flags = 0
        packet.transaction = 0x4152_3776
        packet.clientAddress = 0xC000_024D
    }
}
