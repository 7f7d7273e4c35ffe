import Wire

/// The processor architecture and firmware of a client: option 93 (RFC 4578 §2.1, IANA "Processor Architecture Types").
package struct ClientArchitecture: Hashable, Sendable {
    package let rawValue: UInt16

    package init(_ rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let biosX86 = Self(0x00)
    package static let uefiX64 = Self(0x07)

    /// The kind of loader that it starts, or nil for a number without one.
    package var role: LoaderTable.Role? {
        rawValue < Self.roles.count ? Self.roles[Int(rawValue)] : Self.known[rawValue]?.role
    }

    package var isBIOS: Bool { role == .bios }

    /// Whether firmware of this architecture knows the TFTP shapes of UEFI: what EDK2 is built for, and all that came
    /// after it. BIOS and other old ROMs take the file from the OFFER.
    package var isUEFI: Bool { role?.isUEFI == true }
}

extension ClientArchitecture: CustomStringConvertible {
    package var description: String { Self.known[rawValue]?.name ?? "arch-\(rawValue)" }

    /// The architecture of a name in settings and on the command line: a name of the table, or a number.
    package init?(name: String) {
        if let number = UInt16(name) {
            self.init(number)
        } else if let number = Self.known.filter({ $0.value.name == name }).keys.min() {
            self.init(number)
        } else {
            return nil
        }
    }

    /// All architectures of a name, by number: firmware says x64 UEFI in two ways.
    package static func named(_ name: String) -> [ClientArchitecture] {
        known.filter { $0.value.name == name }.keys.sorted().map(ClientArchitecture.init)
    }

    /// Every name, by number.
    package static var names: [String] {
        var seen: Set<String> = []
        return known.sorted { $0.key < $1.key }.map(\.value.name).filter { seen.insert($0).inserted }
    }

    /// The first numbers' roles by index: every DISCOVER asks for its own several times.
    private static let roles = (UInt16(0)..<0x2A).map { known[$0]?.role }

    private typealias Known = (name: String, role: LoaderTable.Role?)

    /// IANA's table. 7 and 9 are both x64 UEFI in the field: RFC 4578 printed them swapped (erratum 4624), EDK2 sends 7,
    /// some firmware 9. The HTTP variants start the same loaders. Without a role: what no loader is known for.
    private static let known: [UInt16: Known] = [
        0x00: ("x86-bios", .bios), 0x01: ("nec-pc98", nil), 0x02: ("itanium", .itanium), 0x03: ("alpha", nil),
        0x04: ("arc-x86", nil), 0x05: ("intel-lean", nil), 0x06: ("ia32-uefi", .uefiIA32),
        0x07: ("x64-uefi", .uefiX64), 0x08: ("xscale-uefi", nil), 0x09: ("x64-uefi", .uefiX64),
        0x0A: ("arm32-uefi", .uefiARM32), 0x0B: ("arm64-uefi", .uefiARM64), 0x0C: ("ppc-open-firmware", .powerpc),
        0x0D: ("ppc-epapr", .powerpc), 0x0E: ("power-opal", .powerpc), 0x0F: ("ia32-uefi-http", .uefiIA32),
        0x10: ("x64-uefi-http", .uefiX64), 0x11: ("ebc-http", nil), 0x12: ("arm32-uefi-http", .uefiARM32),
        0x13: ("arm64-uefi-http", .uefiARM64), 0x14: ("x86-bios-http", .bios), 0x15: ("arm32-uboot", .ubootARM32),
        0x16: ("arm64-uboot", .ubootARM64), 0x17: ("arm32-uboot-http", .ubootARM32),
        0x18: ("arm64-uboot-http", .ubootARM64), 0x19: ("riscv32-uefi", .uefiRISCV32),
        0x1A: ("riscv32-uefi-http", .uefiRISCV32), 0x1B: ("riscv64-uefi", .uefiRISCV64),
        0x1C: ("riscv64-uefi-http", .uefiRISCV64), 0x1D: ("riscv128-uefi", .uefiRISCV128),
        0x1E: ("riscv128-uefi-http", .uefiRISCV128), 0x1F: ("s390-basic", .s390), 0x20: ("s390-extended", .s390),
        0x21: ("mips32-uefi", .uefiMIPS32), 0x22: ("mips64-uefi", .uefiMIPS64), 0x23: ("sunway32-uefi", nil),
        0x24: ("sunway64-uefi", nil), 0x25: ("loong32-uefi", .uefiLoong32), 0x26: ("loong32-uefi-http", .uefiLoong32),
        0x27: ("loong64-uefi", .uefiLoong64), 0x28: ("loong64-uefi-http", .uefiLoong64), 0x29: ("arm-rpiboot", nil),
        // What iPXE sends on s390x, where IANA's numbers came later.
        0xFFFF: ("s390-ipxe", .s390),
    ]
}

extension ClientArchitecture {
    /// Reads option 93, a list of 16-bit numbers; the first that is known counts, else the first. Falls back to the
    /// digits of option 60 (`PXEClient:Arch:00007:UNDI:003016`) when 93 is missing, empty or of odd length.
    static func read(_ message: borrowing DHCPMessage, vendorClass: ShortBytes) -> ClientArchitecture? {
        let list = message.value(of: .clientArchitecture).bytes
        guard list.count % 2 == 0, let first = list.u16(at: 0) else { return digits(of: vendorClass) }
        guard list.count > 2 else { return ClientArchitecture(first) }
        let listed = stride(from: 0, to: list.count, by: 2).lazy.compactMap { list.u16(at: $0) }
        return ClientArchitecture(listed.first { known[$0] != nil } ?? first)
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
