import Glibc
package import LinuxIO

/// The user that the service runs as once its sockets are open.
package struct ServiceUser: Equatable, Sendable {
    package let name: String
    package let id: UInt32
    package let group: UInt32

    /// The default, made by the Debian package, and who stands in for it before the package is installed.
    package static let defaultName = "pilotfish"
    private static let standIn = "nobody"

    /// Looks a user up; nil when there is none, or when it is root.
    package init?(named name: String) {
        guard let entry = getpwnam(name), entry.pointee.pw_uid != 0 else { return nil }
        self.name = name
        id = entry.pointee.pw_uid
        group = entry.pointee.pw_gid
    }

    /// The user to run as: the one named, or for the default name a harmless stand-in.
    package static func find(_ name: String) -> ServiceUser? {
        ServiceUser(named: name) ?? (name == defaultName ? ServiceUser(named: standIn) : nil)
    }

    /// Makes a directory for the user, or takes over an empty one, so that the state can be written after the switch.
    ///
    /// A directory with something in it is never given away: somebody may have named the wrong one.
    ///
    /// - Returns: whether the directory is the user's now.
    /// - Throws: `SystemError` with the path as its subject.
    package func own(directory path: String) throws(SystemError) -> Bool {
        if mkdir(path, 0o750) != 0, errno != EEXIST { throw SystemError(call: "mkdir", subject: path) }
        // Not through a link, which another user could turn elsewhere between check and change.
        let number = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(call: "open", subject: path) }
        defer { close(number) }
        var status = stat()
        guard fstat(number, &status) == 0 else { throw SystemError(call: "fstat", subject: path) }
        if status.st_uid == id { return true }
        guard Self.isEmpty(directory: path) else { return false }
        if fchown(number, id, group) != 0 { throw SystemError(call: "fchown", subject: path) }
        return true
    }

    private static func isEmpty(directory path: String) -> Bool {
        guard let directory = opendir(path) else { return false }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count <= 2  // "." and ".."
    }
}
