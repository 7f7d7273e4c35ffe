import BootPolicy
import Wire

/// Options made of sub-options: 43 as PXE means it, 82, and iPXE's 175.
enum SuboptionText {
    /// Option 43; when it is none of PXE's it is shown as octets.
    static func vendor(_ bytes: ShortBytes) -> String? {
        let parts = walk(bytes) { code, value in "\(code) \(vendorPart(code, value))" }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// Option 82 (RFC 3046).
    static func relay(_ bytes: ShortBytes) -> String? {
        let names: [UInt8: String] = [
            1: "circuit", 2: "remote", 5: "link", 6: "subscriber", 11: "server override", 12: "relay",
        ]
        let parts = walk(bytes) { code, value in
            let isAddress = [5, 11].contains(code) && value.count == 4
            let shown = isAddress ? OptionText.addresses(value) : nil
            return "\(code) \(names[code] ?? "sub-option") \(shown ?? readable(value))"
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// Option 175 (iPXE: features.h, dhcp.h).
    static func ipxe(_ bytes: ShortBytes) -> String? {
        let parts = walk(bytes) { code, value in ipxePart(code, value) }
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }

    private static func walk(_ bytes: ShortBytes, _ text: (UInt8, ShortBytes) -> String) -> [String] {
        var parts: [String] = []
        var list = Suboptions(bytes)
        while let (code, value) = list.next() { parts.append(text(code, value)) }
        return parts
    }

    private static func vendorPart(_ code: UInt8, _ value: ShortBytes) -> String {
        switch code {
        case 6 where value.count == 1: return "control \(control(value[0]))"
        case 7 where value.count == 4: return "multicast \(OptionText.addresses(value) ?? "")"
        case 8: return "servers \(servers(value))"
        case 9: return "menu \(menu(value))"
        case 10 where !value.isEmpty:
            return "prompt \(value[0]) s \(OptionText.text(value.slice(from: 1, count: value.count - 1)))"
        case 71 where value.count == 4:
            return "boot item type \(value.u16(at: 0) ?? 0) layer \(value.u16(at: 2) ?? 0)"
        default: return readable(value)
        }
    }

    private static func control(_ bits: UInt8) -> String {
        let names = ["no broadcast", "no multicast", "listed servers only", "take the file named"]
        let set = names.indices.filter { bits & (1 << UInt8($0)) != 0 }.map { names[$0] }
        return "\(bits)" + (set.isEmpty ? "" : " (\(set.joined(separator: ", ")))")
    }

    private static func servers(_ list: ShortBytes) -> String {
        var parts: [String] = []
        var offset = 0
        while let type = list.u16(at: offset), offset + 2 < list.count {
            let count = Int(list[offset + 2])
            let addresses = (0..<count).compactMap { list.u32(at: offset + 3 + 4 * $0).map { "\(IPv4Address($0))" } }
            parts.append("\(type)=\(addresses.isEmpty ? "any" : addresses.joined(separator: "+"))")
            offset += 3 + 4 * count
        }
        return parts.joined(separator: ", ")
    }

    private static func menu(_ list: ShortBytes) -> String {
        var parts: [String] = []
        var offset = 0
        while let type = list.u16(at: offset), offset + 2 < list.count {
            let room = list.count - offset - 3
            let length = min(Int(list[offset + 2]), room)
            parts.append("\(type)=\(OptionText.text(list.slice(from: offset + 3, count: length)))")
            offset += 3 + Int(list[offset + 2])
        }
        return parts.joined(separator: ", ")
    }

    private static let ipxeNames: [UInt8: String] = [
        0x01: "priority", 0x08: "keep-san", 0x09: "skip-san-boot", 0x10: "pxe-ext", 0x11: "iscsi", 0x12: "aoe",
        0x13: "http", 0x14: "https", 0x15: "tftp", 0x16: "ftp", 0x17: "dns", 0x18: "bzimage", 0x19: "multiboot",
        0x1A: "slam", 0x1B: "srp", 0x20: "nbi", 0x21: "pxe", 0x22: "elf", 0x23: "comboot", 0x24: "efi", 0x25: "fcoe",
        0x26: "vlan", 0x27: "menu", 0x28: "sdi", 0x29: "nfs", 0x51: "scriptlet", 0xB0: "no-pxedhcp", 0xB1: "bus-id",
        0xEB: "version",
    ]

    private static func ipxePart(_ code: UInt8, _ value: ShortBytes) -> String {
        let name = ipxeNames[code] ?? "\(code)"
        switch code {
        case 0x01 where value.count == 1: return "\(name)=\(Int8(bitPattern: value[0]))"
        case 0xEB where value.count == 3: return "\(name)=\(value[0]).\(value[1]).\(value[2])"
        case 0xB1: return "\(name)=" + value.array.map { hex($0) }.joined()
        case 0x10...0x29 where value.count == 1 && value[0] == 1: return name
        default: return "\(name)=" + (value.count == 1 ? "\(value[0])" : readable(value))
        }
    }

    /// Text when all of it is, else octets.
    private static func readable(_ value: ShortBytes) -> String {
        let isText = !value.isEmpty && value.array.allSatisfy { (0x20..<0x7F).contains($0) }
        return isText ? OptionText.text(value) : OptionText.hexadecimal(value)
    }
}
