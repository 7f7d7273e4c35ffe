package import BootPolicy
package import LinuxIO
package import Wire

/// What a request gets, opened.
package enum OpenedAsset: ~Copyable {
    case file(OpenFile)
    /// Bytes made for this request.
    case generated([UInt8])
}

extension OpenedAsset {
    fileprivate static func generated(_ text: String) -> OpenedAsset { .generated(Array(text.utf8)) }
}

/// Why a request gets nothing.
package enum AssetProblem: Error, Hashable, Sendable {
    case notFound
    /// Outside the root, or not readable by the service's user: which of the two is not told.
    case denied
    case unreadable
}

/// Opens what clients ask for, the same way for TFTP and HTTP.
package struct AssetStore: Sendable {
    private let root: RootDirectory

    package init(root: RootDirectory) {
        self.root = root
    }

    /// Opens the first candidate that exists.
    ///
    /// - Parameters:
    ///   - name: the name as the client sent it, percent-decoded if it came by HTTP.
    ///   - local: our address as the client reached it, for the URLs in generated scripts.
    package func open(
        _ name: some Sequence<UInt8>, catalog: Catalog, local: IPv4Address
    ) throws(AssetProblem) -> OpenedAsset {
        let path: RequestPath
        do {
            path = try RequestPath(name)
        } catch {
            throw error == .leavesRoot ? .denied : .notFound
        }
        var worst = AssetProblem.notFound
        for candidate in AssetResolver.candidates(for: path, in: catalog) {
            do throws(SystemError) {
                switch candidate {
                case .rootFile(let path): return .file(try root.open(path.text))
                case .hostFile(let path): return .file(try OpenFile(hostPath: path))
                case .bootScript(let target):
                    return .generated(IPXEScript.render(target, baseURL: catalog.baseURL(local: local)))
                case .automaticScript:
                    return .generated(IPXEScript.renderAutomatic(baseURL: catalog.baseURL(local: local)))
                case .grubConfig(let target):
                    return .generated(GRUBConfig.render(target, server: catalog.tftpAddress ?? local))
                }
            } catch {
                worst = problem(error, unless: worst)
            }
        }
        throw worst
    }

    /// A file that is there but may not be read says more than one that is missing.
    private func problem(_ error: SystemError, unless worst: AssetProblem) -> AssetProblem {
        if error.isMissing { return worst }
        if error.isPermission || error.leavesRoot { return .denied }
        return error.isNoRegularFile ? .notFound : .unreadable
    }
}
