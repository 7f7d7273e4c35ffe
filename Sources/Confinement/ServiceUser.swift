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

    /// Makes a directory, if need be, and gives it to the user, so that the state can be written after the switch.
    ///
    /// - Throws: `SystemError` with the path as its subject.
    package func own(directory path: String) throws(SystemError) {
        if mkdir(path, 0o750) != 0, errno != EEXIST { throw SystemError(call: "mkdir", subject: path) }
        if chown(path, id, group) != 0 { throw SystemError(call: "chown", subject: path) }
    }
}
