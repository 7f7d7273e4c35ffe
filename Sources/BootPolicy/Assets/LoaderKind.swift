/// What kind of program a loader is, by its first octets.
package enum LoaderKind: Hashable, Sendable {
    /// A program for UEFI: the machine that its PE header names, and whether it carries a signature.
    case efi(Machine, isSigned: Bool)
    /// Octets without a header that says what they are, as programs for BIOS are.
    case bios
    /// Text, such as the page of a server that had no such file; or a script.
    case text

    /// Octets of the beginning of a file that are enough to tell.
    package static let headLength = 4096

    /// The machine of a PE header (Microsoft's PE format, "Machine Types").
    package struct Machine: RawRepresentable, Hashable, Sendable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        private static let known: [UInt16: (name: String, role: LoaderTable.Role)] = [
            0x8664: ("x64 UEFI", .uefiX64), 0x014C: ("32-bit x86 UEFI", .uefiIA32), 0xAA64: ("arm64 UEFI", .uefiARM64),
            0x01C0: ("32-bit Arm UEFI", .uefiARM32), 0x01C2: ("32-bit Arm UEFI", .uefiARM32),
            0x01C4: ("32-bit Arm UEFI", .uefiARM32), 0x5032: ("32-bit RISC-V UEFI", .uefiRISCV32),
            0x5064: ("64-bit RISC-V UEFI", .uefiRISCV64), 0x5128: ("128-bit RISC-V UEFI", .uefiRISCV128),
            0x6232: ("32-bit LoongArch UEFI", .uefiLoong32), 0x6264: ("64-bit LoongArch UEFI", .uefiLoong64),
            0x0200: ("Itanium UEFI", .itanium),
        ]

        /// EFI byte code, which any UEFI starts that has an interpreter for it.
        private static let byteCode: UInt16 = 0x0EBC

        /// The clients that start such programs; nil for a machine that is not known.
        package var role: LoaderTable.Role? { Self.known[rawValue]?.role }

        /// How people call it.
        package var name: String {
            Self.known[rawValue]?.name
                ?? (rawValue == Self.byteCode ? "any UEFI (EFI byte code)" : "machine 0x\(String(rawValue, radix: 16))")
        }

        fileprivate var isForAny: Bool { rawValue == Self.byteCode }
    }

    /// - Parameter head: the first octets of the file, `headLength` of them if it has so many.
    /// - Returns: nil for a file of no more than a few octets, which is no program.
    package init?(_ head: [UInt8]) {
        guard head.count >= 16 else { return nil }
        if let program = Self.portableExecutable(head) {
            self = program
        } else {
            self = Self.isText(head.prefix(64)) ? .text : .bios
        }
    }

    /// Whether clients of a role can start it; nil when nobody can tell.
    package func starts(on role: LoaderTable.Role) -> Bool? {
        switch self {
        case .text: return false
        case .bios:
            if role.isUEFI { return false }
            return role == .bios || role == .biosIPXE ? true : nil
        case .efi(let machine, _):
            if role == .bios || role == .biosIPXE { return false }
            if machine.isForAny { return role.isUEFI ? true : nil }
            guard let known = machine.role else { return nil }
            switch role {
            // U-Boot starts programs for UEFI.
            case .ubootARM64: return known == .uefiARM64
            case .ubootARM32: return known == .uefiARM32
            case .powerpc, .s390: return false
            default: return known == role
            }
        }
    }

    /// How people call it.
    package var name: String {
        switch self {
        case .efi(let machine, _): "a program for \(machine.name)"
        case .bios: "a program for BIOS (it has no PE header)"
        case .text: "text, and no program"
        }
    }

    private static func isText(_ octets: ArraySlice<UInt8>) -> Bool {
        octets.allSatisfy { (0x20...0x7E).contains($0) || [0x09, 0x0A, 0x0D].contains($0) || $0 >= 0x80 }
            && octets.count { $0 >= 0x80 } * 4 < octets.count
    }

    /// The headers: DOS stub, PE signature, COFF header, optional header with its table of directories.
    private static func portableExecutable(_ head: [UInt8]) -> LoaderKind? {
        guard head[0] == UInt8(ascii: "M"), head[1] == UInt8(ascii: "Z"), let place = number(head, 0x3C, octets: 4),
            number(head, place, octets: 4) == 0x4550, let machine = number(head, place + 4, octets: 2)
        else { return nil }
        let optional = place + 24
        // PE32 has a field more, and shorter ones, in front of its directories than PE32+.
        let directories = number(head, optional, octets: 2) == 0x20B ? optional + 112 : optional + 96
        let count = number(head, directories - 4, octets: 4) ?? 0
        // The fifth is that of certificates: place and size.
        let certificates = count > 4 ? number(head, directories + 4 * 8 + 4, octets: 4) ?? 0 : 0
        return .efi(Machine(rawValue: UInt16(machine)), isSigned: certificates > 0)
    }

    /// A little-endian number; nil past the end.
    private static func number(_ octets: [UInt8], _ place: Int, octets count: Int) -> Int? {
        guard place >= 0, place + count <= octets.count else { return nil }
        return (0..<count).reversed().reduce(0) { $0 << 8 | Int(octets[place + $1]) }
    }
}
