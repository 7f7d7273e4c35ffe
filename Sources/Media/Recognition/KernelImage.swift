/// What machines a kernel runs on, told from its head.
package enum Processor: String, Sendable {
    case x64
    case ia32
    case arm64
    case riscv64
    case loongarch64
}

package enum KernelImage {
    /// Octets of a kernel that tell.
    package static let head = 65_536

    /// - Parameter octets: the first of the file.
    /// - Returns: nil for what is packed (arm64's `vmlinuz` often is), or no kernel at all.
    package static func processor(_ octets: [UInt8]) -> Processor? {
        // Linux' Documentation/arch/x86/boot.rst: "HdrS" at 0x202; from protocol 2.12 on `xloadflags` has 64 bit in its lowest.
        // A memory test has the head and not the flag, and says what it is as an EFI program.
        if let processor = efi(octets) { return processor }
        if octets.holds("HdrS", at: 0x202) {
            return octets.little16(0x206) >= 0x20C && octets.little16(0x236) & 1 != 0 ? .x64 : .ia32
        }
        // Documentation/arch/arm64/booting.rst and riscv/boot-image-header.rst.
        if octets.holds("ARMd", at: 56) { return .arm64 }
        return octets.holds("RSC\u{5}", at: 56) ? .riscv64 : nil
    }

    /// What an x86 kernel calls itself; nil when it does not.
    static func name(_ octets: [UInt8]) -> String? {
        // boot.rst, `kernel_version`: where the text lies, less 0x200.
        guard octets.holds("HdrS", at: 0x202), octets.little16(0x20E) > 0 else { return nil }
        let text = octets.dropFirst(octets.little16(0x20E) + 0x200).prefix(100).prefix { (0x20..<0x7F).contains($0) }
        return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
    }

    /// The machine of a PE program (Microsoft's "PE Format", COFF header).
    private static func efi(_ octets: [UInt8]) -> Processor? {
        let place = octets.little32(0x3C)
        guard octets.holds("MZ", at: 0), octets.holds("PE\0\0", at: place) else { return nil }
        return switch octets.little16(place + 4) {
        case 0x8664: .x64
        case 0x014C: .ia32
        case 0xAA64: .arm64
        case 0x5064: .riscv64
        case 0x6264: .loongarch64
        default: nil
        }
    }

    /// What the names on a medium say, where the kernel's head says nothing.
    static func processor(path: String, label: String) -> Processor? {
        let text = "\(path) \(label)".lowercased()
        let words: [(String, Processor)] = [
            ("x86_64", .x64), ("amd64", .x64), ("aarch64", .arm64), ("arm64", .arm64), (".a64", .arm64),
            ("riscv64", .riscv64), ("loongarch64", .loongarch64), ("i386", .ia32), ("i686", .ia32), (".386", .ia32),
        ]
        return words.first { text.contains($0.0) }?.1
    }
}
