import CLinuxNet
import Glibc

/// A regular file, open for reading, with the size and time it had when it was opened.
package struct OpenFile: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor
    /// Octets; what grows later is not served.
    package let size: Int64
    /// Modification time, nanoseconds since 1970.
    package let modified: Int64
    /// Which file this is, whatever its name.
    package let identity: FileIdentity

    init(_ descriptor: consuming OwnedDescriptor, name: String) throws(SystemError) {
        var status = stat()
        let number = descriptor.number
        try check("fstat", name) { fstat(number, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SystemError(status.st_mode & S_IFMT == S_IFDIR ? EISDIR : ENXIO, call: "open", subject: name)
        }
        size = Int64(status.st_size)
        modified = FileIdentity.time(status.st_mtim)
        identity = FileIdentity(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: size, modified: modified,
            changed: FileIdentity.time(status.st_ctim))
        self.descriptor = descriptor
    }
}

/// Tells two files, or two states of one file, apart.
package struct FileIdentity: Hashable, Sendable {
    package let device: UInt64
    package let inode: UInt64
    package let size: Int64
    package let modified: Int64
    /// The time that no tool sets back, as rsync and cp set `modified`.
    let changed: Int64

    /// Nanoseconds since 1970. It wraps around for the years after 2262, which some file systems know: times are only
    /// compared.
    static func time(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
