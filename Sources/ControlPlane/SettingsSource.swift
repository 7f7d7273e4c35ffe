package import LinuxIO
package import Settings

/// Where the settings come from: a file and those in `conf.d` beside it, or the defaults, and the flags over them.
package struct SettingsSource: Sendable {
    /// What `serve` reads when no file is named; it need not exist.
    package static let defaultPath = "/etc/pilotfish/pilotfish.toml"
    /// Nobody writes a megabyte of settings by hand.
    private static let largestFile = 1 << 20
    private static let mostFiles = 10_000

    package enum Failure: Error, CustomStringConvertible {
        case unreadable(SystemError)
        case wrong(SettingsErrors)
        /// Paths that the settings name and the running service cannot read.
        case outOfReach([String])
        /// Files of certificates that the settings name and the running process that fetches cannot read.
        case outOfFetchersReach([String])

        package var description: String {
            switch self {
            case .unreadable(let error): "the settings cannot be read: \(error)"
            case .wrong(let errors): "\(errors)"
            case .outOfReach(let paths):
                "\(paths.joined(separator: ", ")): a service that runs reads no place that its settings did not name when it "
                    + "started; restart it"
            case .outOfFetchersReach(let paths):
                "\(paths.joined(separator: ", ")): the process that asks other servers was started with the service, and reads "
                    + "certificates only where the settings named some by then, and where the system keeps its own; restart "
                    + "the service"
            }
        }
    }

    /// The file named by the operator; nil for the default one, if it exists.
    private let path: String?
    private let overrides: Overrides
    /// Whether a file or directory of this host can be read, as far as it is not for permissions to say.
    package var isWithinReach: @Sendable (String) -> Bool = { _ in true }
    /// The same of a file of certificates, which the process that fetches reads.
    package var isWithinFetchersReach: @Sendable (String) -> Bool = { _ in true }

    package init(path: String?, overrides: Overrides) {
        self.path = path
        self.overrides = overrides
    }

    /// Reads the file as it is now.
    package func load() throws(Failure) -> Settings {
        try settings(of: files())
    }

    /// What would hold if a file of `conf.d` had other content, or were gone.
    package func load(with file: String, being bytes: [UInt8]?) throws(Failure) -> Settings {
        let files = try files()
        let main = files.filter { !$0.name.hasPrefix(directory + "/") }
        let others = files.dropFirst(main.count).filter { $0.name != file }
        let changed = bytes.map { [Settings.File(name: file, bytes: $0)] } ?? []
        return try settings(of: main + (others + changed).sorted { $0.name < $1.name })
    }

    /// What the files themselves say; no other file that they name is read, so they may be wrong all the same.
    package func loadAlone() throws(Failure) -> Settings {
        try alone(files())
    }

    private func alone(_ files: [Settings.File]) throws(Failure) -> Settings {
        try checked { () throws(SettingsErrors) in try Settings.parse(files).applying(overrides) }
    }

    private func settings(of files: [Settings.File]) throws(Failure) -> Settings {
        var settings = try alone(files)
        let outside = settings.hostPaths.filter { !isWithinReach($0) }
        guard outside.isEmpty else { throw .outOfReach(outside) }
        let unread = settings.authorities.filter { !isWithinFetchersReach($0) }
        guard unread.isEmpty else { throw .outOfFetchersReach(unread) }
        try checked { () throws(SettingsErrors) in try AnswerLoader().complete(&settings) }
        return settings
    }

    private func checked<Result>(_ body: () throws(SettingsErrors) -> Result) throws(Failure) -> Result {
        do throws(SettingsErrors) {
            return try body()
        } catch {
            throw .wrong(error)
        }
    }

    /// Looks whether the user that we are by now can read what a reload will read again: root could read everything.
    ///
    /// - Parameter settings: as they were loaded.
    package func checkAccess(_ settings: Settings) throws(Failure) {
        _ = try checked { () throws(SettingsErrors) in try AnswerLoader().load(settings) }
    }

    /// The directory whose files are read after the named one, in the order of their names.
    package var directory: String {
        let path = path ?? Self.defaultPath
        let parent = path.lastIndex(of: "/").map { path[..<$0] } ?? "."
        return "\(parent)/conf.d"
    }

    /// The files as they are, in the order in which they are read.
    package func files() throws(Failure) -> [Settings.File] {
        do throws(SystemError) {
            var files: [Settings.File] = []
            if let main = try file(path ?? Self.defaultPath, mayBeMissing: path == nil) { files.append(main) }
            for name in try names() {
                // One that went away since the directory was read is no settings any more.
                if let more = try file("\(directory)/\(name)", mayBeMissing: true) { files.append(more) }
            }
            return files
        } catch {
            throw .unreadable(error)
        }
    }

    private func file(_ path: String, mayBeMissing: Bool) throws(SystemError) -> Settings.File? {
        do throws(SystemError) {
            return Settings.File(name: path, bytes: try OpenFile(hostPath: path).contents(limit: Self.largestFile))
        } catch {
            guard mayBeMissing, error.isMissing else { throw error }
            return nil
        }
    }

    private func names() throws(SystemError) -> [String] {
        do throws(SystemError) {
            let all = try RootDirectory(path: directory).openDirectory("").names(limit: Self.mostFiles)
            // Half of what the operator wrote is not what he wrote.
            guard all.isComplete else { throw .tooLarge("read", directory) }
            return all.names.filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }.sorted()
        } catch {
            guard error.isMissing else { throw error }
            return []
        }
    }
}
