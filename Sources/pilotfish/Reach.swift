import Assets
import BootPolicy
import Confinement
import ControlPlane
import Glibc
import LinuxIO
import Settings

extension FileReach {
    /// What the service opens while it runs: what its settings name, wherever that comes to lie by a package, an editor or a mount,
    /// and the images of media; its state it changes.
    ///
    /// - Parameters:
    ///   - root: as it is; what is mounted or moved in its place is read too, unless it lies directly below `/`, where that
    ///     waits for a restart.
    ///   - hasState: whether there is a state directory.
    init(_ settings: Settings, from source: SettingsSource, root: RootDirectory, hasState: Bool) {
        self.init()
        let files = ((try? source.files()) ?? []).map(\.name) + [source.directory]
        for path in files + settings.hostPaths + root.imagesElsewhere() + [settings.root] { readWhatever(has: path) }
        for place in SyslinuxModules.places { readWhatever(has: "\(place)/any") }
        // What systemd hands over (systemd.exec(5), LoadCredential=).
        if let credentials = getenv("CREDENTIALS_DIRECTORY") { read(String(cString: credentials)) }
        if hasState { write(settings.state) }
    }
}
