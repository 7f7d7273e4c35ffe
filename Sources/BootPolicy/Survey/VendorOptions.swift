package import Wire

/// Option 43 of a server's message, read as PXE means it (PXE 2.1, table 2-1).
///
/// Other makers use the option for themselves (Cisco's Aironet, telephones); such rubbish has none of the parts below.
package struct VendorOptions: Equatable, Sendable {
    /// The option as it came; empty when it is absent.
    package let field: ShortBytes

    package init(_ field: ShortBytes) {
        self.field = field
    }

    /// Whether the message has the option at all.
    package var isPresent: Bool { !field.isEmpty }

    /// Any of 43.6...43.10: what makes firmware look for a menu or a direct file here, and not ask port 4011.
    package var isPXE10: Bool { (6...10).contains { field.suboption($0) != nil } }

    /// All of 43.1...43.5 and none of 6...10: multicast TFTP of the last century, which EDK2 throws away.
    package var isMulticastTFTP: Bool { !isPXE10 && (1...5).allSatisfy { field.suboption($0) != nil } }

    /// 43.6, or nil.
    package var control: UInt8? {
        field.suboption(PXEOption.discoveryControl).flatMap { $0.isEmpty ? nil : $0[0] }
    }

    /// 43.6 bit 3: "take the file named here".
    package var saysUseFile: Bool { (control ?? 0) & PXEOption.useFileNamed != 0 }

    /// 43.6 bit 0 clear: boot servers may be sought by broadcast.
    package var allowsBroadcast: Bool { (control ?? 0) & 1 == 0 }

    /// 43.6 bit 1 clear: boot servers may be sought by multicast.
    package var allowsMulticast: Bool { (control ?? 0) & 2 == 0 }

    /// 43.7.
    package var multicastGroup: IPv4Address? { field.suboption(7).flatMap { $0.u32(at: 0) }.map(IPv4Address.init) }

    package var hasServerList: Bool { field.suboption(8) != nil }

    /// The first address of the first type in 43.8.
    package var firstServer: IPv4Address? { server(ofType: nil) }

    package var hasMenu: Bool { field.suboption(9) != nil }

    /// How many items 43.9 has.
    package var menuLength: Int { menu.count }

    /// The type of the first item of 43.9: what boots when nobody presses a key. 0 is the local disk.
    package var firstItem: UInt16? { menu.first }

    /// 43.71: type and layer of a boot item.
    package var bootItem: (type: UInt16, layer: UInt16)? {
        guard let value = field.suboption(PXEOption.bootItem), value.count == 4, let type = value.u16(at: 0),
            let layer = value.u16(at: 2)
        else { return nil }
        return (type, layer)
    }

    /// The words that a Raspberry Pi looks for, in whatever place.
    package var saysRaspberryPi: Bool {
        let words: StaticString = "Raspberry Pi Boot"
        guard field.count >= words.utf8CodeUnitCount else { return false }
        return (0...field.count - words.utf8CodeUnitCount).contains { start in
            field.slice(from: start, count: words.utf8CodeUnitCount).starts(with: words)
        }
    }

    /// The first address in 43.8 for a boot server type, or for any type.
    package func server(ofType wanted: UInt16?) -> IPv4Address? {
        guard let list = field.suboption(8) else { return nil }
        var offset = 0
        while let type = list.u16(at: offset), offset + 2 < list.count {
            let count = Int(list[offset + 2])
            if wanted == nil || type == wanted, count > 0, let address = list.u32(at: offset + 3) {
                return IPv4Address(address)
            }
            offset += 3 + 4 * count
        }
        return nil
    }

    private var menu: [UInt16] {
        guard let list = field.suboption(9) else { return [] }
        var types: [UInt16] = []
        var offset = 0
        while let type = list.u16(at: offset), offset + 2 < list.count {
            types.append(type)
            offset += 3 + Int(list[offset + 2])
        }
        return types
    }
}
