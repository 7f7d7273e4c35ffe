import Glibc

/// The same place by an absolute path without links.
///
/// - Throws: `SystemError` when nothing is there.
package func realPath(_ path: String) throws(SystemError) -> String {
    guard let real = realpath(path, nil) else { throw SystemError(call: "open", subject: path) }
    defer { free(real) }
    return String(cString: real)
}

/// Brings the names of a directory to the disk, so that what was renamed survives a power cut.
///
/// - Throws: `SystemError` with the path as its subject.
package func synchronize(directory path: String) throws(SystemError) {
    let descriptor = OwnedDescriptor(try check("open", path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
    try check("fsync", path) { fsync(descriptor.number) }
}
