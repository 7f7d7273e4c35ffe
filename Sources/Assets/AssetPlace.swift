package import BootPolicy
import Media

extension NameResolution {
    /// Whether the install of who asks has to say what becomes of it.
    package var isStepOfInstall: Bool { candidates.first?.reason == .install }

    /// The directory of the root that a file lies in; of imported images, which may lie on disks of their own, the directory in
    /// that. Who waits for a disk keeps nobody from files of another place.
    package func place(in catalog: Catalog) -> String {
        // Who waits for the inventory's disk keeps nobody from files.
        if isStepOfInstall { return "~install" }
        let parts = path?.parts.dropLast() ?? []
        let depth = parts.first == MediumPlace.top ? 2 : 1
        let place = parts.prefix(depth).joined(separator: "/")
        return catalog.naming.ignoresCase ? CaseFolding.fold(place) : place
    }
}
