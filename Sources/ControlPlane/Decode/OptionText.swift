import BootPolicy
import Wire

/// DHCP options as people read them: a name for the code, and what the octets mean.
enum OptionText {
    /// The name of an option, short enough for a column.
    static func name(_ code: UInt8) -> String { names[code] ?? "option" }

    /// The value in words; octets that do not fit the option's form are shown as they are.
    static func value(_ code: UInt8, _ bytes: ShortBytes) -> String {
        meaning(code, bytes) ?? hexadecimal(bytes)
    }

    private static let names: [UInt8: String] = [
        1: "subnet mask", 2: "time offset", 3: "routers", 6: "DNS servers", 7: "log servers", 12: "host name",
        13: "boot file size", 15: "domain name", 17: "root path", 18: "extensions path", 26: "MTU",
        28: "broadcast address", 42: "NTP servers", 43: "vendor options", 50: "requested address", 51: "lease time",
        52: "overload", 53: "message type", 54: "server identifier", 55: "parameter list", 56: "message",
        57: "max message size", 58: "renewal time", 59: "rebinding time", 60: "vendor class", 61: "client identifier",
        66: "TFTP server name", 67: "boot file name", 77: "user class", 82: "relay agent", 93: "architecture",
        94: "network interface", 97: "machine identifier", 119: "domain search", 121: "classless routes",
        150: "TFTP servers", 175: "iPXE", 209: "PXELINUX config", 210: "PXELINUX prefix", 211: "PXELINUX reboot time",
    ]

    private static func meaning(_ code: UInt8, _ bytes: ShortBytes) -> String? {
        switch code {
        case 1, 28, 50, 54: return bytes.count == 4 ? addresses(bytes) : nil
        case 3, 6, 7, 42, 150: return addresses(bytes)
        case 12, 14, 15, 17, 18, 40, 56, 60, 66, 67, 77, 209, 210: return text(bytes)
        case 51, 58, 59, 211: return bytes.count == 4 ? bytes.u32(at: 0).map { "\($0) s" } : nil
        case 13, 26, 57: return bytes.count == 2 ? bytes.u16(at: 0).map { "\($0)" } : nil
        case 52: return bytes.count == 1 ? overload(bytes[0]) : nil
        case 53: return bytes.count == 1 ? type(bytes[0]) : nil
        case 55: return bytes.isEmpty ? nil : ranges(bytes.array)
        case 61: return bytes.isEmpty ? nil : identifier(bytes)
        case 93: return architectures(bytes)
        case 94 where bytes.count == 3:
            return (bytes[0] == 1 ? "UNDI" : "type \(bytes[0])") + " \(bytes[1]).\(bytes[2])"
        case 97: return machine(bytes)
        case 43: return SuboptionText.vendor(bytes)
        case 82: return SuboptionText.relay(bytes)
        case 175: return SuboptionText.ipxe(bytes)
        default: return nil
        }
    }

    static func addresses(_ bytes: ShortBytes) -> String? {
        guard bytes.count > 0, bytes.count % 4 == 0 else { return nil }
        return stride(from: 0, to: bytes.count, by: 4)
            .compactMap { bytes.u32(at: $0).map { "\(IPv4Address($0))" } }.joined(separator: " ")
    }

    /// Text in quotes, so that blanks and a NUL at its end are seen.
    static func text(_ bytes: ShortBytes) -> String { "\"\(bytes.printable)\"" }

    static func hexadecimal(_ bytes: ShortBytes) -> String {
        bytes.isEmpty ? "(empty)" : bytes.array.map { hex($0) }.joined(separator: " ")
    }

    static func type(_ value: UInt8) -> String {
        switch value {
        case 1: "DISCOVER"
        case 2: "OFFER"
        case 3: "REQUEST"
        case 4: "DECLINE"
        case 5: "ACK"
        case 6: "NAK"
        case 7: "RELEASE"
        case 8: "INFORM"
        default: "type \(value)"
        }
    }

    private static func overload(_ value: UInt8) -> String {
        switch value {
        case 1: "file holds options"
        case 2: "sname holds options"
        case 3: "file and sname hold options"
        default: "illegal value \(value)"
        }
    }

    /// `1-6 12 13` for a list of codes: runs of three and more as a range, in wire order.
    static func ranges(_ codes: [UInt8]) -> String {
        var parts: [String] = []
        var index = 0
        while index < codes.count {
            var end = index
            while end + 1 < codes.count, Int(codes[end + 1]) == Int(codes[end]) + 1 { end += 1 }
            if end - index >= 2 {
                parts.append("\(codes[index])-\(codes[end])")
            } else {
                parts += codes[index...end].map { "\($0)" }
            }
            index = end + 1
        }
        return parts.joined(separator: " ")
    }

    private static func identifier(_ bytes: ShortBytes) -> String {
        guard bytes[0] == 1, bytes.count == 7 else { return hexadecimal(bytes) }
        return "Ethernet " + bytes.array.dropFirst().map { hex($0) }.joined(separator: ":")
    }

    private static func architectures(_ bytes: ShortBytes) -> String? {
        guard bytes.count > 0, bytes.count % 2 == 0 else { return nil }
        return stride(from: 0, to: bytes.count, by: 2)
            .compactMap { bytes.u16(at: $0).map { "\($0) \(ClientArchitecture($0))" } }.joined(separator: ", ")
    }

    private static func machine(_ bytes: ShortBytes) -> String? {
        guard bytes.count == 17, bytes[0] == 0, let a = bytes.u32(at: 1), let b = bytes.u32(at: 5),
            let c = bytes.u32(at: 9), let d = bytes.u32(at: 13)
        else { return nil }
        return "\(MachineUUID(high: UInt64(a) << 32 | UInt64(b), low: UInt64(c) << 32 | UInt64(d)))"
    }
}
