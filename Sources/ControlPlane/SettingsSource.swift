package import LinuxIO
package import Settings

/// Where the settings come from: a file, or the defaults, and the flags over them.
package struct SettingsSource: Sendable {
    /// What `serve` reads when no file is named; it need not exist.
    package static let defaultPath = "/etc/pilotfish/pilotfish.toml"
    /// Nobody writes a megabyte of settings by hand.
    private static let largestFile = 1 << 20

    package enum Failure: Error, CustomStringConvertible {
        case unreadable(SystemError)
        case wrong(SettingsErrors)

        package var description: String {
            switch self {
            case .unreadable(let error): "the settings cannot be read: \(error)"
            case .wrong(let errors): "\(errors)"
            }
        }
    }

    /// The file named by the operator; nil for the default one, if it exists.
    private let path: String?
    private let overrides: Overrides

    package init(path: String?, overrides: Overrides) {
        self.path = path
        self.overrides = overrides
    }

    /// Reads the file as it is now.
    package func load() throws(Failure) -> Settings {
        let read = try contents()
        do throws(SettingsErrors) {
            let settings = try read.map { (file) throws(SettingsErrors) in
                try Settings.parse(bytes: file.bytes, file: file.path)
            }
            return try (settings ?? Settings()).applying(overrides)
        } catch {
            throw .wrong(error)
        }
    }

    private func contents() throws(Failure) -> (path: String, bytes: [UInt8])? {
        let path = path ?? Self.defaultPath
        do throws(SystemError) {
            return (path, try OpenFile(hostPath: path).contents(limit: Self.largestFile))
        } catch {
            if self.path == nil, error.isMissing { return nil }
            throw .unreadable(error)
        }
    }
}
