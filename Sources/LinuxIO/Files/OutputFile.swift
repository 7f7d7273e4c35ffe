import Glibc

/// A file that appears under its name only when it is whole: written beside it, then renamed over it.
///
/// What is no regular file (a terminal, a pipe, a device) is written to as it is.
package struct OutputFile: ~Copyable {
    private let descriptor: Int32
    /// Where it belongs, and what messages call that.
    private let path: String
    private let subject: String
    /// Where it is until it is whole; empty when it is written in place.
    private var temporary: String
    private let buffer: UnsafeMutableRawPointer
    private var filled = 0

    private static let capacity = 256 << 10

    /// - Parameter path: `-` for the standard output.
    /// - Throws: `SystemError` with the path as its subject.
    package init(path: String) throws(SystemError) {
        let (descriptor, temporary, final) = try Self.open(path)
        self.descriptor = descriptor
        self.temporary = temporary
        self.path = final
        subject = final
        buffer = .allocate(byteCount: Self.capacity, alignment: 4096)
    }

    /// A file in a directory that others may write to: what has that name there is replaced, and a link is not followed.
    ///
    /// - Parameter name: without slashes.
    package init(_ name: String, in directory: borrowing FoundDirectory) throws(SystemError) {
        path = directory.place(of: name)
        subject = "\(directory.path)/\(name)"
        var template = Array(directory.place(of: ".\(name).XXXXXX").utf8CString)
        let number = mkstemp(&template)
        guard number >= 0 else { throw SystemError(call: "create", subject: subject) }
        descriptor = number
        temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        buffer = .allocate(byteCount: Self.capacity, alignment: 4096)
    }

    deinit {
        if !temporary.isEmpty { unlink(temporary) }
        if descriptor != STDOUT_FILENO { _ = Glibc.close(descriptor) }
        buffer.deallocate()
    }

    /// Adds octets at the end.
    ///
    /// - Throws: `SystemError` with the path as its subject: ENOSPC when the disk is full.
    package mutating func append(_ octets: RawSpan) throws(SystemError) {
        var taken = 0
        while taken < octets.byteCount {
            if filled == Self.capacity { try flush() }
            let count = min(octets.byteCount - taken, Self.capacity - filled)
            let place = buffer.advanced(by: filled)
            octets.extracting(taken..<taken + count).withUnsafeBytes { bytes in
                if let base = bytes.baseAddress { place.copyMemory(from: base, byteCount: bytes.count) }
            }
            filled += count
            taken += count
        }
    }

    /// All that was added is on the disk; the file has not got its name yet.
    package mutating func synchronize() throws(SystemError) {
        try flush()
        try check("fsync", subject) { fsync(descriptor) }
    }

    /// The file is whole: it gets its name.
    package mutating func finish() throws(SystemError) {
        try flush()
        guard !temporary.isEmpty else { return }
        // mkstemp made it for us alone; it gets the rights of any new file.
        let mask = umask(0)
        umask(mask)
        try check("chmod", subject) { fchmod(descriptor, 0o666 & ~mask) }
        try check("rename", subject) { rename(temporary, path) }
        temporary = ""
    }

    private mutating func flush() throws(SystemError) {
        var written = 0
        while written < filled {
            let count = write(descriptor, buffer.advanced(by: written), filled - written)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError(call: "write", subject: subject) }
            written += count
        }
        filled = 0
    }

    /// The descriptor, the temporary's path, and where the file belongs in the end.
    private static func open(_ path: String) throws(SystemError) -> (Int32, String, String) {
        if path == "-" { return (STDOUT_FILENO, "", "the standard output") }
        var final = path
        var status = stat()
        if stat(path, &status) == 0 {
            if status.st_mode & S_IFMT != S_IFREG {
                return (try check("open", path) { Glibc.open(path, O_WRONLY | O_CLOEXEC) }, "", path)
            }
            // A link stays one: the file behind it is what is replaced.
            final = (try? realPath(path)) ?? path
        }
        let slash = final.lastIndex(of: "/").map { final.index(after: $0) } ?? final.startIndex
        var template = Array("\(final[..<slash]).\(final[slash...]).XXXXXX".utf8CString)
        let descriptor = try check("create", path) { mkstemp(&template) }
        return (descriptor, String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self), final)
    }
}
