/// Whether a file looks like what it is to be: by the numbers that such files begin with.
enum FileShape {
    /// A Linux kernel, or something else that loaders start as one.
    static func isKernel(_ head: [UInt8]) -> Bool {
        // x86's boot protocol, the image headers of arm64 and RISC-V.
        has("HdrS", head, at: 0x202) || has("ARMd", head, at: 0x38) || has("RSC\u{5}", head, at: 0x38)
            // An EFI program, U-Boot's images, ELF, gzip.
            || has("MZ", head) || starts([0x27, 0x05, 0x19, 0x56], head) || starts([0xD0, 0x0D, 0xFE, 0xED], head)
            || has("\u{7F}ELF", head) || starts([0x1F, 0x8B], head)
    }

    /// An initial RAM disk: cpio, or what the kernel unpacks.
    static func isInitrd(_ head: [UInt8]) -> Bool {
        has("07070", head) || packed.contains { starts($0, head) } || has("BZh", head)
            // iPXE's other use of initrds: the files of a Windows image.
            || has("MSWIM", head) || has("regf", head)
    }

    /// gzip, xz, zstd, lz4 (legacy), lzma, lzo, and U-Boot's image.
    private static let packed: [[UInt8]] = [
        [0x1F, 0x8B], [0xFD, 0x37, 0x7A, 0x58, 0x5A], [0x28, 0xB5, 0x2F, 0xFD], [0x02, 0x21, 0x4C, 0x18],
        [0x5D, 0x00, 0x00], [0x89, 0x4C, 0x5A, 0x4F], [0x27, 0x05, 0x19, 0x56],
    ]

    private static func starts(_ magic: [UInt8], _ head: [UInt8]) -> Bool { head.starts(with: magic) }

    private static func has(_ magic: String, _ head: [UInt8], at place: Int = 0) -> Bool {
        head.count >= place + magic.utf8.count && head[place...].starts(with: magic.utf8)
    }
}
