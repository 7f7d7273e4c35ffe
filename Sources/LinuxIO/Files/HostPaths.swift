import Glibc

/// The same place by an absolute path without links.
///
/// - Throws: `SystemError` when nothing is there.
package func realPath(_ path: String) throws(SystemError) -> String {
    guard let real = realpath(path, nil) else { throw SystemError(call: "open", subject: path) }
    defer { free(real) }
    return String(cString: real)
}

/// A directory to write in, found step by step without following links: who may write above it leads us nowhere else.
package struct FoundDirectory: ~Copyable, Sendable {
    /// For messages.
    package let path: String
    let descriptor: OwnedDescriptor

    /// - Parameters:
    ///   - root: where to begin; links in its own path are followed.
    ///   - parts: what lies below, made where it is missing.
    /// - Throws: `SystemError`; ELOOP or ENOTDIR for a link.
    package init(_ parts: [String], beneath root: String) throws(SystemError) {
        var here = OwnedDescriptor(try check("open", root) { open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        var path = root
        for part in parts {
            path += "/\(part)"
            let parent = here.number
            if mkdirat(parent, part, 0o755) != 0, errno != EEXIST { throw SystemError(call: "mkdir", subject: path) }
            let number = openat(parent, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard number >= 0 else { throw SystemError(call: "open", subject: path) }
            here = OwnedDescriptor(number)
        }
        self.path = path
        descriptor = here
    }

    /// A path of a name in it that leads there whatever becomes of the directory's own name.
    func place(of name: String) -> String { "/proc/self/fd/\(descriptor.number)/\(name)" }

    /// Whether something has that name, be it a link to nowhere.
    package func has(_ name: String) -> Bool { faccessat(descriptor.number, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 }

    /// Takes a name away, if it is there.
    package func remove(_ name: String) { unlinkat(descriptor.number, name, 0) }

    /// Brings its names to the disk, so that what was renamed survives a power cut.
    package func synchronize() throws(SystemError) {
        try check("fsync", path) { fsync(descriptor.number) }
    }
}
