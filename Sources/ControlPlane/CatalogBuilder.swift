package import Assets
package import BootPolicy
import LinuxIO
package import Settings

/// Builds a catalog from settings, looks at the disk for what it names, and says what is missing.
package struct CatalogBuilder: Sendable {
    private let root: ServedRoot
    private let isWithinReach: @Sendable (String) -> Bool

    /// - Parameter isWithinReach: whether a file of this host can be read, as far as it is not for permissions to say.
    package init(root: ServedRoot, isWithinReach: @escaping @Sendable (String) -> Bool = { _ in true }) {
        self.root = root
        self.isWithinReach = isWithinReach
    }

    /// The catalog, and what the operator should know of it.
    package func build(_ settings: Settings) -> (catalog: Catalog, notices: [Notice]) {
        let catalog = settings.catalog(canOpen: canOpen)
        var notices = settings.warnings.map { Notice(.warning, "\($0)") }
        if settings.dhcp.isEnabled {
            notices += settings.missingLoaders(catalog).map { Notice(.warning, "\($0)") }
        }
        if settings.http.isEnabled { notices += missingTargets(catalog) }
        for image in root.current.imagesElsewhere() where !isWithinReach(image) {
            let why = "a service that runs reads no place where nothing of it lay when it started"
            notices.append(Notice(.warning, "the image \(image) cannot be read until a restart: \(why)"))
        }
        return (catalog, notices)
    }

    private func canOpen(_ asset: Asset) -> Bool {
        switch asset {
        case .rootFile(let path): (try? root.current.open(path.text)) != nil
        case .hostFile(let path): (try? OpenFile(hostPath: path)) != nil
        case .script, .lockedScript, .automaticScript, .text, .answerFile, .foreignAnswerFile: true
        // Whether upstream has it is found out when somebody asks, and so is what an install has for a machine.
        case .mirrored, .install: true
        }
    }

    /// What will fail on every machine that gets it.
    private func missingTargets(_ catalog: Catalog) -> [Notice] {
        var told: Set<String> = []
        return ([("the usual boot", catalog.targets.usual)] + catalog.targets.named).flatMap {
            name, entry -> [Notice] in
            guard case .target(let target) = entry else { return [] }
            return target.files.compactMap { path in
                guard told.insert(path).inserted else { return nil }
                do throws(SystemError) {
                    if catalog.upstreamURL(of: path) == nil { _ = try root.current.open(path) }
                    return nil
                } catch {
                    return Notice(.warning, "\(root.path)/\(path) cannot be read, so \(name) will fail: \(error)")
                }
            }
        }
    }
}
