/// Which loader a client's firmware starts, for each kind of client that can have one.
package struct LoaderTable: Equatable, Sendable {
    /// The roles a loader file can have; the raw value is its key in the settings.
    package enum Role: String, Hashable, Sendable, CaseIterable {
        /// A BIOS PXE ROM: iPXE over the ROM's own UNDI driver.
        case bios
        /// An iPXE in a BIOS ROM that cannot run our script: a full iPXE with native drivers, for UNDI is already taken.
        case biosIPXE = "bios-ipxe"
        /// x64 UEFI: iPXE over the firmware's own network driver.
        case uefiX64 = "uefi-x64"
    }

    private var entries: [Role: Loader]

    package init(_ entries: [Role: Loader] = [:]) {
        self.entries = entries
    }

    package subscript(role: Role) -> Loader? {
        get { entries[role] }
        set { entries[role] = newValue }
    }

    /// All loaders, in a fixed order.
    package var all: [(role: Role, loader: Loader)] {
        Role.allCases.compactMap { role in entries[role].map { (role, $0) } }
    }

    /// The loader that is fetched under `name`, if any.
    package func loader(named name: String) -> Loader? {
        Role.allCases.lazy.compactMap { entries[$0] }.first { $0.name == name }
    }
}

/// A loader file of the host.
package struct Loader: Equatable, Sendable {
    /// The absolute path on this host.
    package var path: String
    /// Whether the file was there when the catalog was built.
    package var isPresent: Bool

    package init(path: String, isPresent: Bool = true) {
        self.path = path
        self.isPresent = isPresent
    }

    /// The name under which clients fetch it: the last part of the path.
    package var name: String {
        String(path.split(separator: "/").last ?? "")
    }
}
