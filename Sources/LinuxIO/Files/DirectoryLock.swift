import Glibc

/// Keeps a directory for one process: a second lock on it fails for as long as this one lives, and its process (flock(2)).
/// Nothing is left of it when the process is killed.
package final class DirectoryLock: Sendable {
    private let descriptor: OwnedDescriptor

    /// - Throws: `SystemError`; EWOULDBLOCK when somebody else has it.
    package init(_ path: String) throws(SystemError) {
        let number = try check("open", path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        descriptor = OwnedDescriptor(number)
        try check("flock", path) { flock(number, LOCK_EX | LOCK_NB) }
    }
}
