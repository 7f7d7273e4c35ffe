import Glibc

/// Files of a directory that is ours alone.
extension FoundDirectory {
    /// A new empty file, for reading and writing; nobody else may read it.
    ///
    /// - Throws: `SystemError`; EEXIST when the name is taken.
    package borrowing func create(_ name: String) throws(SystemError) -> SharedDescriptor {
        let number = openat(
            descriptor.number, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(0o600))
        guard number >= 0 else { throw SystemError(call: "create", subject: "\(path)/\(name)") }
        return SharedDescriptor(OwnedDescriptor(number))
    }

    /// - Throws: `SystemError`; ENOENT when there is no such file, ELOOP for a link.
    package borrowing func file(_ name: String) throws(SystemError) -> OpenFile {
        let number = openat(descriptor.number, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(call: "open", subject: "\(path)/\(name)") }
        return try OpenFile(OwnedDescriptor(number), name: name)
    }

    /// Gives a file another name; whatever had that name is gone.
    package borrowing func rename(_ name: String, to other: String) throws(SystemError) {
        let number = descriptor.number
        try check("rename", "\(path)/\(name)") { renameat(number, name, number, other) }
    }

    /// What the file system that it lies on has.
    package borrowing func room() throws(SystemError) -> FileSystemRoom { try FileSystemRoom(descriptor, path) }

    /// All names in it.
    package borrowing func names() throws(SystemError) -> [String] {
        let number = openat(descriptor.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(call: "open", subject: path) }
        return try OpenDirectory(OwnedDescriptor(number), name: path).names(limit: .max).names
    }
}

/// What a file system has for users other than root, in octets.
package struct FileSystemRoom: Equatable, Sendable {
    package let total: Int64
    package let free: Int64

    fileprivate init(_ descriptor: borrowing OwnedDescriptor, _ name: String) throws(SystemError) {
        var status = statvfs()
        let number = descriptor.number
        try check("fstatvfs", name) { fstatvfs(number, &status) }
        total = Self.octets(UInt64(status.f_blocks), of: UInt64(status.f_frsize))
        free = Self.octets(UInt64(status.f_bavail), of: UInt64(status.f_frsize))
    }

    /// - Parameter path: a directory that this process may read.
    package init(path: String) throws(SystemError) {
        let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(call: "open", subject: path) }
        try self.init(OwnedDescriptor(number), path)
    }

    /// As many as a number holds: a file system (FUSE, NFS) may say anything.
    static func octets(_ blocks: UInt64, of size: UInt64) -> Int64 {
        let (octets, isOver) = blocks.multipliedReportingOverflow(by: size)
        return isOver ? .max : Int64(clamping: octets)
    }
}

extension SharedDescriptor {
    /// What the file system that it lies on has.
    ///
    /// - Parameter name: for messages.
    package func room(_ name: String) throws(SystemError) -> FileSystemRoom { try FileSystemRoom(descriptor, name) }

    /// The same file opened once more, for reading: with a place in it of its own.
    ///
    /// - Parameter name: for messages.
    package func reopened(_ name: String) throws(SystemError) -> OpenFile {
        // By way of /proc, for the file may have another name by now, or none.
        let number = Glibc.open("/proc/self/fd/\(descriptor.number)", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(call: "open", subject: name) }
        return try OpenFile(OwnedDescriptor(number), name: name)
    }

    /// What was written is on the disk.
    package func synchronize(_ name: String) throws(SystemError) {
        let number = descriptor.number
        try check("fsync", name) { fsync(number) }
    }
}
