import Glibc

/// A directory, open for its names to be read.
package struct OpenDirectory: ~Copyable {
    private let descriptor: OwnedDescriptor
    /// What it was like when it was opened.
    package let state: DirectoryState

    init(_ descriptor: consuming OwnedDescriptor, name: String) throws(SystemError) {
        var status = stat()
        let number = descriptor.number
        try check("fstat", name) { fstat(number, &status) }
        state = DirectoryState(
            identity: DirectoryIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)),
            modified: FileIdentity.time(status.st_mtim),
            changed: Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec))
        self.descriptor = descriptor
    }

    /// The names in it that are UTF-8, without `.` and `..`.
    ///
    /// - Parameter limit: the most entries to read.
    /// - Returns: the names, and whether these are all; and how many entries were read.
    /// - Throws: `SystemError` when it cannot be read.
    package consuming func names(limit: Int) throws(SystemError) -> DirectoryNames {
        let number = descriptor.release()
        guard let stream = fdopendir(number) else {
            let error = SystemError(call: "fdopendir")
            close(number)
            throw error
        }
        defer { closedir(stream) }
        var result = DirectoryNames()
        errno = 0
        while let entry = readdir(stream) {
            guard result.read < limit else {
                result.isComplete = false
                break
            }
            result.read += 1
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                String(validatingCString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
            }
            guard let name, name != ".", name != ".." else { continue }
            result.names.append(name)
        }
        return result
    }
}

/// Names read of a directory.
package struct DirectoryNames: Sendable {
    package var names: [String] = []
    /// Whether there are no others.
    package var isComplete = true
    /// Entries looked at.
    package var read = 0
}

/// Which directory, whatever its path.
package struct DirectoryIdentity: Hashable, Sendable {
    package let device: UInt64
    package let inode: UInt64
}

/// Tells two states of a directory apart.
package struct DirectoryState: Hashable, Sendable {
    package let identity: DirectoryIdentity
    /// When a name last came or went, nanoseconds since 1970.
    package let modified: Int64
    package let changed: Int64
}

extension RootDirectory {
    /// Opens a directory beneath the root, or with an empty path the root itself.
    ///
    /// - Throws: `SystemError`; EXDEV when the path would leave the root.
    package func openDirectory(
        _ path: String, _ patience: Patience = .waits
    ) throws(SystemError) -> OpenDirectory {
        let number = try openBeneath(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY, patience)
        return try OpenDirectory(OwnedDescriptor(number), name: path)
    }
}
