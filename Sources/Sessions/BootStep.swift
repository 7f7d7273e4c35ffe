import BootPolicy

/// How far one boot of one machine is, in the order in which boots go.
package enum BootStep: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Its DISCOVER was heard.
    case asked
    /// It was offered a boot.
    case offered
    /// The DHCP server gave it an address.
    case addressed
    /// It has the last word of boot information: an ACK of port 4011, or an offer that says all.
    case told
    /// A program that boots others.
    case loader
    /// A script, a menu, or a configuration.
    case script
    case kernel
    case initrd
    /// Anything that is fetched later.
    case files
    /// For its turn to be installed.
    case waiting
    case installing
    case installed
    /// It was sent to its own disk.
    case local

    package static func < (left: BootStep, right: BootStep) -> Bool { left.place < right.place }

    /// Counted from 0.
    package var place: Int { Self.places[self] ?? 0 }

    private static let places = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
}

/// What a file is for, told from its name: nothing else is known of it.
enum FileKind {
    /// Names, not paths, in small letters.
    private static let kernels: Set = [
        "linux", "linux26", "kernel", "image", "bzimage", "wimboot", "memdisk", "xen.gz",
    ]
    private static let loaders: Set = ["efi", "0", "kpxe", "kkpxe", "kkkpxe", "pxe", "c32", "mod", "elf", "n12", "com"]
    /// What installers and installed machines fetch, some of it named after kernels.
    private static let packages: Set = ["deb", "udeb", "rpm", "apk"]
    private static let disks: Set = ["img", "gz", "xz", "zst", "lz4", "cpio"]
    private static let scripts: Set = ["ipxe", "cfg", "conf", "menu", "lst", "txt"]

    /// - Parameters:
    ///   - name: a name for TFTP, or the path of a URL.
    ///   - latest: the latest step of the boot; who has no script can have no kernel of it.
    static func step(of name: String, after latest: BootStep) -> BootStep {
        let parts = name.split(separator: "/")
        let last = (parts.last.map(String.init) ?? name).lowercased()
        let ending = last.split(separator: ".").last.map(String.init) ?? ""
        if parts.dropLast().last?.lowercased() == "pxelinux.cfg" || scripts.contains(ending) { return .script }
        if packages.contains(ending) { return .files }
        // The questions of an install: what they bring is a script.
        if parts.first == "install", parts.count <= 3, !last.contains(".") { return .script }
        if last.hasPrefix("initr") || last.contains("initramfs") || last.hasSuffix(".wim") || last == "core.gz" {
            return .initrd
        }
        if last.contains("vmlinu") || kernels.contains(last) || (last.hasPrefix("kernel") && ending == "img") {
            return .kernel
        }
        // What comes right behind a kernel is its RAM disk, whatever it is called.
        if latest == .kernel, disks.contains(ending) { return .initrd }
        if loaders.contains(ending) { return .loader }
        return latest < .script ? .loader : .files
    }

    /// The path of a name: without the beginning of a URL, slashes in front, and what firmware appends.
    static func path(_ name: String) -> String {
        var text = name[...]
        if let scheme = text.firstRange(of: "://") {
            text = text[scheme.upperBound...]
            text = text.firstIndex(of: "/").map { text[$0...] } ?? ""
        }
        while let first = text.first, first == "/" || first == "\\" { text = text.dropFirst() }
        while text.unicodeScalars.last == "\u{FFFD}" { text = text.dropLast() }
        return InstallPath.masked(String(text))
    }

    /// The last part of a path, for people.
    static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
