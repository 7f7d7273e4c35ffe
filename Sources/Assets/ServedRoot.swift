package import LinuxIO
import Synchronization

/// The root as its path names it now, for all who open files beneath it.
///
/// Its directory may be unmounted and mounted again, or replaced by a rename; who held on to the one of the start would
/// serve what is no longer there. So it is opened anew now and then, by a thread that may wait for a dead file server.
package final class ServedRoot: Sendable {
    /// The path that the settings name.
    package let path: String
    private let directory: Mutex<RootDirectory>

    package init(_ first: RootDirectory) {
        path = first.path
        directory = Mutex(first)
    }

    /// The root for commands, which look at what there is: where none was made yet, nothing lies in it.
    package static func forLooking(_ path: String) throws(SystemError) -> ServedRoot {
        do throws(SystemError) {
            return ServedRoot(try RootDirectory(path: path))
        } catch {
            guard error.isMissing else { throw error }
            return ServedRoot(try RootDirectory.empty(insteadOf: path))
        }
    }

    /// What files are opened beneath, until the next look.
    package var current: RootDirectory {
        directory.withLock { $0 }
    }

    /// Opens the path anew. Waits for the disk.
    ///
    /// The new descriptor holds even when it means the directory of before: that one's may be stale (NFS), or of a mount
    /// that is gone.
    ///
    /// - Returns: whether another directory has taken the place of the one of before.
    /// - Throws: `SystemError` when the path leads to no directory; the one of before stays.
    package func follow() throws(SystemError) -> Bool {
        let next = try RootDirectory(path: path)
        let before = directory.withLock { directory in
            defer { directory = next }
            // Let go outside the lock, for that closes it.
            return directory
        }
        return before.identity != next.identity
    }
}
