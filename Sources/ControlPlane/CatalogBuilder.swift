package import BootPolicy
package import LinuxIO
package import Settings

/// Builds a catalog from settings, looks at the disk for what it names, and says what is missing.
package struct CatalogBuilder: Sendable {
    private let root: RootDirectory

    package init(root: RootDirectory) {
        self.root = root
    }

    /// The catalog, and what the operator should know of it.
    package func build(_ settings: Settings) -> (catalog: Catalog, notices: [Notice]) {
        let catalog = settings.catalog { path in
            // A file of the same name under the root is served in place of the host's.
            let loader = Loader(path: path)
            return (try? root.open(loader.name)) != nil || loader.isOnHost && (try? OpenFile(hostPath: path)) != nil
        }
        let loaders = settings.dhcp.isEnabled ? missingLoaders(catalog) : []
        return (catalog, loaders + (settings.http.isEnabled ? missingTarget(catalog) : []))
    }

    private func missingLoaders(_ catalog: Catalog) -> [Notice] {
        catalog.loaders.all.filter { !$0.loader.isPresent }.map { role, loader in
            Notice(
                .warning,
                "no loader for \(role.rawValue) clients: \(loader.path) cannot be read; install the package ipxe or set "
                    + "loaders.\(role.rawValue)")
        }
    }

    private func missingTarget(_ catalog: Catalog) -> [Notice] {
        ([catalog.target.kernel] + catalog.target.initrds).compactMap { path in
            do throws(SystemError) {
                _ = try root.open(path)
                return nil
            } catch {
                return Notice(
                    .warning, "\(root.path)/\(path) cannot be read, so the boot script will fail: \(error)")
            }
        }
    }
}
