package import BootPolicy

/// What firmware a file is a program for, told from its first octets.
package enum LoaderKind: Equatable, Sendable {
    /// A PE program, by the machine of its header.
    case efi(machine: UInt16)
    /// Neither PE nor text: what a BIOS loads and jumps to.
    case bios

    /// Octets that tell.
    package static let head = 4096

    /// - Parameter octets: the first of the file.
    /// - Returns: nil for too few octets.
    package init?(_ octets: [UInt8]) {
        guard octets.count >= 64 else { return nil }
        func little(_ place: Int, _ count: Int) -> Int? {
            guard place >= 0, place + count <= octets.count else { return nil }
            return (0..<count).reduce(0) { $0 | Int(octets[place + $1]) << (8 * $1) }
        }
        // Microsoft's "PE Format": "MZ", at 0x3C the place of "PE", behind it the machine.
        if octets[0] == 0x4D, octets[1] == 0x5A, let place = little(0x3C, 4), little(place, 4) == 0x4550,
            let machine = little(place + 4, 2)
        {
            self = .efi(machine: UInt16(machine))
        } else {
            self = .bios
        }
    }

    private static let machines: [UInt16: (name: String, role: LoaderTable.Role)] = [
        0x8664: ("x64 UEFI", .uefiX64), 0x014C: ("32-bit x86 UEFI", .uefiIA32), 0xAA64: ("ARM64 UEFI", .uefiARM64),
        0x01C2: ("32-bit ARM UEFI", .uefiARM32), 0x01C4: ("32-bit ARM UEFI", .uefiARM32),
        0x5064: ("RISC-V 64 UEFI", .uefiRISCV64), 0x5032: ("RISC-V 32 UEFI", .uefiRISCV32),
        0x6264: ("LoongArch 64 UEFI", .uefiLoong64), 0x6232: ("LoongArch 32 UEFI", .uefiLoong32),
    ]

    /// For people.
    package var name: String {
        switch self {
        case .efi(let machine): Self.machines[machine]?.name ?? "UEFI machine 0x\(String(machine, radix: 16))"
        case .bios: "BIOS"
        }
    }

    /// Whether firmware can start it. What is not known for sure may fit.
    package func fits(_ firmware: ClientArchitecture) -> Bool {
        guard let role = firmware.role else { return true }
        switch self {
        case .bios: return !role.isUEFI
        case .efi(let machine):
            guard let made = Self.machines[machine]?.role else { return true }
            return made == role || !role.isUEFI && role != .bios && role != .biosIPXE
        }
    }
}
