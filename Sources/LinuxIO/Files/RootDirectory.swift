import CLinuxNet
import Glibc

/// How long an opening may take.
package enum Patience: Sendable {
    /// As long as the disk or the file server needs.
    case waits
    /// What the kernel cannot answer from its memory is refused (`SystemError.wouldWait`): for threads that serve others.
    case answersFromMemory
}

/// The directory whose files clients may fetch; nothing outside it can be opened through it.
package final class RootDirectory: Sendable {
    /// Its path, for messages.
    package let path: String
    /// Which directory that was when it was opened.
    package let identity: DirectoryIdentity
    private let descriptor: OwnedDescriptor
    private let storage: Storage

    /// - Throws: `SystemError` when there is no such directory.
    package convenience init(path: String) throws(SystemError) {
        try self.init(path: path, opening: path)
    }

    /// One in which nothing lies, for who wants to know what there would be besides.
    ///
    /// - Parameter path: where it would be.
    /// - Throws: `SystemError` when no temporary directory can be made.
    package static func empty(insteadOf path: String) throws(SystemError) -> RootDirectory {
        var name = Array("/tmp/pilotfish-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else { throw SystemError(call: "mkdtemp", subject: "/tmp") }
        let place = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // Whoever looks into a directory that is gone finds nothing, and nobody can put anything there.
        defer { rmdir(place) }
        return try RootDirectory(path: path, opening: place)
    }

    private init(path: String, opening place: String) throws(SystemError) {
        let number = try check("open", place) { Glibc.open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        descriptor = OwnedDescriptor(number)
        var status = stat()
        try check("fstat", path) { fstat(number, &status) }
        identity = DirectoryIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        storage = Storage(type: pilotfish_file_system_type(number))
        self.path = path
    }

    /// Opens a regular file beneath the root.
    ///
    /// - Parameter path: relative; the kernel refuses `..`, absolute links and links that lead outside (openat2(2),
    ///   RESOLVE_BENEATH), so a race between check and open cannot exist.
    /// - Throws: `SystemError`; EXDEV when the path would leave the root.
    package func open(_ path: String, _ patience: Patience = .waits) throws(SystemError) -> OpenFile {
        try OpenFile(OwnedDescriptor(openBeneath(path, O_RDONLY, patience)), name: path)
    }

    func openBeneath(_ path: String, _ flags: Int32, _ patience: Patience) throws(SystemError) -> Int32 {
        let beneath = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS
        switch patience {
        case .waits:
            return try openAtLast(descriptor.number, path, flags, resolve: beneath)
        case .answersFromMemory:
            // A mount beneath the root may be of any kind: what lies there waits.
            let resolve = beneath | RESOLVE_NO_XDEV
            switch storage {
            case .memory: return try openPromptly(descriptor.number, path, flags, resolve: resolve)
            case .disk: return try openPromptly(descriptor.number, path, flags, resolve: resolve | RESOLVE_CACHED)
            case .others: throw .wouldWait("open", path)
            }
        }
    }
}

/// What a file system needs to open a file.
private enum Storage {
    /// Nothing but memory. It keeps no note of names that are not there, so the kernel's cache alone would not do.
    case memory
    /// A disk of this host for the names; when those are in the kernel's cache, nothing more.
    case disk
    /// A server or a process, asked at each opening (NFSv4, CIFS, FUSE); or nobody knows.
    case others

    /// - Parameter type: `f_type` of statfs(2); the numbers are those of linux/magic.h and of each file system.
    init(type: Int64) {
        switch UInt32(truncatingIfNeeded: type) {
        // tmpfs, ramfs
        case 0x0102_1994, 0x8584_58F6: self = .memory
        // ext2 to ext4, XFS, Btrfs, F2FS, bcachefs, ZFS, overlay; squashfs, EROFS, ISO 9660, UDF, FAT, exFAT, NTFS3
        case 0xEF53, 0x5846_5342, 0x9123_683E, 0xF2F5_2010, 0xCA45_1A4E, 0x2FC1_2FC1, 0x794C_7630,
            0x7371_7368, 0xE0F5_E1E2, 0x9660, 0x1501_3346, 0x4D44, 0x2011_BAB0, 0x7366_746E:
            self = .disk
        default: self = .others
        }
    }
}

private func openAt(
    _ directory: Int32, _ path: String, _ flags: Int32, resolve: Int32
) throws(SystemError) -> Int32 {
    try check("open", path) {
        // O_NONBLOCK: a FIFO in the way must not stop the thread.
        pilotfish_openat2(directory, path, UInt64(flags | O_CLOEXEC | O_NONBLOCK), 0, UInt64(resolve))
    }
}

/// Opens again what was in doubt: of a link that goes up (`..`), the kernel cannot tell that it stays beneath while anything on
/// this host is renamed or mounted (EAGAIN of openat2(2)).
private func openAtLast(
    _ directory: Int32, _ path: String, _ flags: Int32, resolve: Int32
) throws(SystemError) -> Int32 {
    let tries = 200
    for _ in 1..<tries {
        do throws(SystemError) {
            return try openAt(directory, path, flags, resolve: resolve)
        } catch {
            guard error.isWouldBlock else { throw error }
        }
    }
    return try openAt(directory, path, flags, resolve: resolve)
}

/// Opens what can be opened without waiting.
private func openPromptly(
    _ directory: Int32, _ path: String, _ flags: Int32, resolve: Int32
) throws(SystemError) -> Int32 {
    do throws(SystemError) {
        return try openAt(directory, path, flags, resolve: resolve)
    } catch {
        // EXDEV: it may lead out, or onto another mount. EINVAL: a kernel before 5.12 does not know RESOLVE_CACHED.
        throw error.leavesRoot || error.code == EINVAL ? .wouldWait("open", path) : error
    }
}

extension OpenFile {
    /// Opens a file that the settings name.
    ///
    /// - Parameter followsLinks: as for what the administrator named; a path that once was the real one needs no links, and
    ///   one that appeared in it since leads elsewhere.
    /// - Throws: `SystemError`; EISDIR or ENXIO for what is no regular file.
    package init(hostPath: String, _ patience: Patience = .waits, followsLinks: Bool = true) throws(SystemError) {
        let links = followsLinks ? 0 : RESOLVE_NO_SYMLINKS
        let number: Int32
        switch patience {
        case .waits: number = try openAt(AT_FDCWD, hostPath, O_RDONLY, resolve: links)
        // Without another mount on the way it lies where this program does.
        case .answersFromMemory:
            number = try openPromptly(
                AT_FDCWD, hostPath, O_RDONLY, resolve: links | RESOLVE_CACHED | RESOLVE_NO_XDEV)
        }
        try self.init(OwnedDescriptor(number), name: hostPath)
    }
}
