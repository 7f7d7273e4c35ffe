/// The files of Debian's syslinux packages that our configurations and their loaders ask for, found on the host when the
/// root has none of that name.
package enum SyslinuxModules {
    /// Where they lie on the host.
    package static var places: [String] { directories.map(\.path) }

    static let memdisk = "memdisk"

    /// What memdisk is told of an image: by itself it takes one for a disk.
    static func memdiskArguments(for path: String) -> String {
        path.lowercased().hasSuffix(".iso") ? "iso raw" : "raw"
    }

    /// What to fetch for a path, by its last part: PXELINUX asks for its modules beside itself.
    static func file(for path: RequestPath) -> String? {
        guard let name = path.parts.last else { return nil }
        return directories.first { $0.names.contains(name) }.map { "\($0.path)/\(name)" }
    }

    private static let directories: [(path: String, names: Set<String>)] = [
        ("/usr/lib/PXELINUX", ["pxelinux.0", "lpxelinux.0"]),
        (
            "/usr/lib/syslinux/modules/bios",
            [
                "ldlinux.c32", "libcom32.c32", "libutil.c32", "libmenu.c32", "menu.c32", "vesamenu.c32", "chain.c32",
                "reboot.c32", "poweroff.c32", "hdt.c32", "libgpl.c32", "liblua.c32", "whichsys.c32",
            ]
        ),
        ("/usr/lib/syslinux", [memdisk]),
        ("/usr/lib/ipxe", ["ipxe.lkrn"]),
    ]
}
