/// Where the bytes of a request come from.
package enum Asset: Equatable, Sendable {
    /// A file beneath the root, opened so that no link leads out of it.
    case rootFile(RequestPath)
    /// A file that the settings name, at an absolute path of this host.
    case hostFile(path: String)
    /// The script that iPXE runs, made for the address that the client reached us at.
    case bootScript
}

/// The one place that turns a path into an asset, for TFTP and HTTP alike.
package enum AssetResolver {
    /// The places to look, best first: a real file of the operator always wins over what we make up.
    package static func candidates(for path: RequestPath, in catalog: Catalog) -> [Asset] {
        var found = [Asset.rootFile(path)]
        if path.text == IPXEScript.path {
            found.append(.bootScript)
        }
        if let loader = catalog.loaders.loader(named: path.text) {
            found.append(.hostFile(path: loader.path))
        }
        return found
    }
}
