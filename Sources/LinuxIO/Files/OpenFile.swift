import CLinuxNet
import Glibc

/// A regular file, open for reading, with the size and time it had when it was opened; or a part of one, which for those who
/// read it is a file of its own.
package struct OpenFile: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor
    /// Where its first octet lies in what is open: 0, but for a part.
    package let offset: Int64
    /// Octets; what grows later is not served.
    package let size: Int64
    /// Modification time, nanoseconds since 1970.
    package let modified: Int64
    /// Which file this is, whatever its name.
    package let identity: FileIdentity
    /// The user whose file it is.
    package let owner: UInt32
    /// Whether users may read it who neither own it nor belong to its group.
    package let isForAll: Bool
    /// Octets of the whole file.
    private let wholeSize: Int64

    init(_ descriptor: consuming OwnedDescriptor, name: String) throws(SystemError) {
        var status = stat()
        let number = descriptor.number
        try check("fstat", name) { fstat(number, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SystemError(status.st_mode & S_IFMT == S_IFDIR ? EISDIR : ENXIO, call: "open", subject: name)
        }
        offset = 0
        size = Int64(status.st_size)
        wholeSize = size
        owner = status.st_uid
        isForAll = status.st_mode & S_IROTH != 0
        modified = FileIdentity.time(status.st_mtim)
        identity = FileIdentity(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: size, modified: modified,
            changed: FileIdentity.time(status.st_ctim))
        self.descriptor = descriptor
    }

    /// A part of a file.
    ///
    /// - Parameter part: octets of the file.
    /// - Throws: `SystemError`; EINVAL when the file has no such octets.
    package init(_ part: Range<Int64>, of file: consuming OpenFile) throws(SystemError) {
        guard part.lowerBound >= 0, part.upperBound <= file.size else { throw SystemError(EINVAL, call: "part") }
        offset = file.offset + part.lowerBound
        size = Int64(part.count)
        wholeSize = file.wholeSize
        owner = file.owner
        isForAll = file.isForAll
        modified = file.modified
        identity = file.identity.part(at: offset, size: size)
        descriptor = file.descriptor
    }

    /// Whether the file on disk is still the one that was opened.
    package borrowing func isUnchanged() -> Bool {
        var status = stat()
        guard fstat(descriptor.number, &status) == 0 else { return false }
        return Int64(status.st_size) == wholeSize && FileIdentity.time(status.st_mtim) == modified
    }
}

/// Tells two files, or two states of one file, apart.
package struct FileIdentity: Hashable, Sendable {
    package let device: UInt64
    package let inode: UInt64
    package let size: Int64
    package let modified: Int64
    /// Where a part of a file begins.
    package private(set) var offset: Int64 = 0
    /// The time that no tool sets back, as rsync and cp set `modified`.
    let changed: Int64

    init(device: UInt64, inode: UInt64, size: Int64, modified: Int64, changed: Int64) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modified = modified
        self.changed = changed
    }

    /// A part of the same file.
    fileprivate func part(at offset: Int64, size: Int64) -> FileIdentity {
        var part = FileIdentity(device: device, inode: inode, size: size, modified: modified, changed: changed)
        part.offset = offset
        return part
    }

    /// Nanoseconds since 1970. It wraps around for the years after 2262, which some file systems know: times are only
    /// compared.
    static func time(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
