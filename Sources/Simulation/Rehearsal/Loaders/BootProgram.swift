/// What a machine was told to start, by its first octets, and where those do not tell, by its name.
enum BootProgram: Equatable {
    /// - looksForScript: whether it asks for `autoexec.ipxe` before it asks DHCP, as those of 2021 and later do on UEFI.
    case ipxe(looksForScript: Bool)
    /// An iPXE script.
    case script(String)
    case pxelinux
    case grub
    case shim
    /// A Linux kernel, on BIOS or as an EFI program.
    case kernel
    /// An EFI program of which nothing more is known.
    case efi
    case unknown

    init(named name: String, _ octets: [UInt8]) {
        if octets.starts(with: "#!ipxe".utf8) {
            self = .script(String(decoding: octets, as: UTF8.self))
        } else if octets.holds("HdrS", at: 0x202) || octets.holds("ARMd", at: 0x38)
            || Array(octets.prefix(4096)).contains(".linux\0")
        {
            self = Self.named(name, among: ["ipxe.lkrn"]) ? .ipxe(looksForScript: false) : .kernel
        } else if octets.contains("PXELINUX ") {
            self = .pxelinux
        } else if octets.starts(with: "MZ".utf8) {
            self = Self.efi(name, octets)
        } else {
            self = Self.bios(name)
        }
    }

    private static func efi(_ name: String, _ octets: [UInt8]) -> BootProgram {
        if octets.contains("iPXE") { return .ipxe(looksForScript: octets.contains("autoexec.ipxe")) }
        if octets.contains("UEFI SHIM") { return .shim }
        if octets.contains("grub_") || octets.contains("GRUB") { return .grub }
        return .efi
    }

    /// Compressed programs show nothing but their names.
    private static func bios(_ name: String) -> BootProgram {
        let last = (name.split { $0 == "/" || $0 == "\\" }.last ?? "").lowercased()
        if ["undionly", "ipxe", "snponly", "gpxe"].contains(where: last.hasPrefix)
            || [".kpxe", ".kkpxe", ".kkkpxe"].contains(where: last.hasSuffix)
        {
            return .ipxe(looksForScript: false)
        }
        if last.hasPrefix("pxelinux") || last.hasPrefix("lpxelinux") { return .pxelinux }
        if last.hasPrefix("grub") || last == "core.0" || last == "core.img" { return .grub }
        return .unknown
    }

    private static func named(_ name: String, among names: Set<String>) -> Bool {
        names.contains(String(name.split { $0 == "/" || $0 == "\\" }.last ?? ""))
    }
}

extension [UInt8] {
    fileprivate func holds(_ text: String, at place: Int) -> Bool {
        place >= 0 && dropFirst(place).starts(with: text.utf8)
    }

    fileprivate func contains(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard let first = wanted.first, count >= wanted.count else { return false }
        return (0...(count - wanted.count)).contains { place in
            self[place] == first && wanted.indices.allSatisfy { self[place + $0] == wanted[$0] }
        }
    }
}
