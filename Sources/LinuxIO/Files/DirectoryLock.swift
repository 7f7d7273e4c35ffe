import Glibc

/// Keeps a directory for one process: a second lock on it fails for as long as this one lives (flock(2)). Nothing is left of it
/// when the process is killed.
package struct DirectoryLock: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// - Throws: `SystemError`; EWOULDBLOCK when somebody else has it.
    package init(_ path: String) throws(SystemError) {
        let number = try check("open", path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        let owned = OwnedDescriptor(number)
        try check("flock", path) { flock(number, LOCK_EX | LOCK_NB) }
        descriptor = owned
    }

    /// Holds it until the process ends, however it does.
    package consuming func keepForLife() {
        _ = descriptor.release()
    }
}
