import Wire

/// The processor architecture and firmware of a client: option 93 (RFC 4578 §2.1, IANA "Processor Architecture Types").
package struct ClientArchitecture: Hashable, Sendable {
    package let rawValue: UInt16

    package init(_ rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let biosX86 = Self(0x00)
    package static let uefiX64 = Self(0x07)

    /// The numbers that are all x64 UEFI in the field: 7 by EDK2, 9 by firmware that followed the swapped names of
    /// RFC 4578 (erratum 4624), 0x10 when the same machine boots by HTTP.
    package var isX64UEFI: Bool { [0x07, 0x09, 0x10].contains(rawValue) }

    package var isBIOS: Bool { rawValue == 0x00 || rawValue == 0x14 }
}

extension ClientArchitecture: CustomStringConvertible {
    package var description: String {
        if let name = Self.names[rawValue] { return name }
        return "arch-\(rawValue)"
    }

    private static let names: [UInt16: String] = [
        0x00: "x86-bios", 0x06: "ia32-uefi", 0x07: "x64-uefi", 0x09: "x64-uefi", 0x0A: "arm32-uefi",
        0x0B: "arm64-uefi", 0x0F: "ia32-uefi-http", 0x10: "x64-uefi-http", 0x12: "arm32-uefi-http",
        0x13: "arm64-uefi-http", 0x14: "x86-bios-http", 0x19: "riscv32-uefi", 0x1B: "riscv64-uefi",
        0x25: "loong32-uefi", 0x27: "loong64-uefi",
    ]
}

extension ClientArchitecture {
    /// Reads option 93, a list of 16-bit numbers; the first that has a name counts, else the first. Falls back to the digits of option 60
    /// (`PXEClient:Arch:00007:UNDI:003016`) when 93 is missing, empty or of odd length.
    static func read(_ message: borrowing DHCPMessage, vendorClass: ShortBytes) -> ClientArchitecture? {
        let list = message.value(of: .clientArchitecture).bytes
        guard list.count % 2 == 0, let first = list.u16(at: 0) else { return digits(of: vendorClass) }
        let listed = stride(from: 0, to: list.count, by: 2).lazy.compactMap { list.u16(at: $0) }
        return ClientArchitecture(listed.first { names[$0] != nil } ?? first)
    }

    private static func digits(of vendorClass: ShortBytes) -> ClientArchitecture? {
        let mark: StaticString = ":Arch:"
        let start = (vendorClass.starts(with: "HTTP") ? 10 : 9)
        let end = start + mark.utf8CodeUnitCount + 5
        guard vendorClass.count >= end,
            vendorClass.slice(from: start, count: mark.utf8CodeUnitCount).starts(with: mark)
        else { return nil }
        var number = 0
        for index in end - 5..<end {
            let digit = Int(vendorClass[index]) - 0x30
            guard (0...9).contains(digit) else { return nil }
            number = number * 10 + digit
        }
        return UInt16(exactly: number).map(ClientArchitecture.init)
    }
}
