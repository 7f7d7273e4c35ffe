/// Which loader a client's firmware starts, for each kind of client that can have one.
package struct LoaderTable: Equatable, Sendable {
    /// The kinds of machine that start loaders of their own; the raw value is the key in the settings.
    package enum Role: String, Hashable, Sendable, CaseIterable {
        /// A BIOS PXE ROM: iPXE over the ROM's own UNDI driver.
        case bios
        /// An iPXE in a BIOS ROM that cannot run our script: a full iPXE with native drivers, for UNDI is already taken.
        case biosIPXE = "bios-ipxe"
        /// x64 UEFI: iPXE over the firmware's own network driver.
        case uefiX64 = "uefi-x64"
        case uefiIA32 = "uefi-ia32"
        case uefiARM64 = "uefi-arm64"
        case uefiARM32 = "uefi-arm32"
        case uefiRISCV64 = "uefi-riscv64"
        case uefiRISCV32 = "uefi-riscv32"
        case uefiRISCV128 = "uefi-riscv128"
        case uefiLoong64 = "uefi-loong64"
        case uefiLoong32 = "uefi-loong32"
        case uefiMIPS64 = "uefi-mips64"
        case uefiMIPS32 = "uefi-mips32"
        case ubootARM64 = "uboot-arm64"
        case ubootARM32 = "uboot-arm32"
        case itanium
        case powerpc
        case s390

        /// Whether it is UEFI firmware, with EDK2's understanding of ProxyDHCP.
        package var isUEFI: Bool {
            switch self {
            case .uefiX64, .uefiIA32, .uefiARM64, .uefiARM32, .uefiRISCV64, .uefiRISCV32, .uefiRISCV128, .uefiLoong64,
                .uefiLoong32, .uefiMIPS64, .uefiMIPS32, .itanium:
                true
            case .bios, .biosIPXE, .ubootARM64, .ubootARM32, .powerpc, .s390:
                false
            }
        }
    }

    /// In order of preference: the first is offered, the next when a machine fetched that one and never spoke again.
    private var entries: [Role: [Loader]]

    package init(_ entries: [Role: [Loader]] = [:]) {
        self.entries = entries
    }

    /// The loaders of a role, best first; empty for a role that is not served.
    package subscript(role: Role) -> [Loader] {
        get { entries[role] ?? [] }
        set { entries[role] = newValue }
    }

    /// All loaders, in a fixed order.
    package var all: [(role: Role, loader: Loader)] {
        Role.allCases.flatMap { role in self[role].map { (role, $0) } }
    }
}

/// A file that firmware starts.
package struct Loader: Hashable, Sendable {
    /// An absolute path of this host, or a path beneath the root.
    package let path: String
    /// The name under which clients fetch it: a path beneath the root as it is, of others the last part.
    package let name: String
    /// Whether the file was there when the catalog was built.
    package var isPresent: Bool

    package init(path: String, isPresent: Bool = true) {
        self.path = path
        name = path.hasPrefix("/") ? path.lastPathPart : path
        self.isPresent = isPresent
    }

    /// Whether the file lies anywhere on the host, and not beneath the root.
    package var isOnHost: Bool { path.hasPrefix("/") }

    /// Whether a file's name is that of a loader which cannot ask before it boots, so that nothing is installed by it:
    /// SYSLINUX's for PXE and UEFI.
    package static func cannotInstall(_ name: String) -> Bool {
        ["pxelinux.0", "lpxelinux.0", "syslinux.efi"].contains(name.lastPathPart.lowercased())
    }
}

/// The loaders that lie outside of the root, by the names that clients fetch them under.
struct HostLoaders: Equatable, Sendable {
    private let exact: [String: Loader]
    private let folded: [String: Loader]

    /// - Parameter loaders: of several with one name the first counts; those beneath the root do not.
    init(_ loaders: [Loader]) {
        let own = loaders.filter(\.isOnHost)
        exact = Dictionary(own.map { ($0.name, $0) }) { first, _ in first }
        folded = Dictionary(own.map { (CaseFolding.fold($0.name), $0) }) { first, _ in first }
    }

    /// The one of that very name, else one that differs in case only, if that is no difference.
    func find(_ name: String, ignoresCase: Bool) -> Loader? {
        exact[name] ?? (ignoresCase ? folded[CaseFolding.fold(name)] : nil)
    }
}
