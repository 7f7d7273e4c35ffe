import Glibc

/// A file's octets in memory, to compare with what comes in.
package final class ReferenceFile: Sendable {
    private let memory: StableMemory

    /// Octets of the file.
    package var size: Int64 { Int64(memory.count) }

    /// Reads the whole file.
    ///
    /// - Throws: `SystemError` with the path as its subject.
    package init(path: String) throws(SystemError) {
        let descriptor = OwnedDescriptor(try check("open", path) { open(path, O_RDONLY | O_CLOEXEC) })
        var status = stat()
        try check("fstat", path) { fstat(descriptor.number, &status) }
        memory = try StableMemory(pages: Int(status.st_size))
        var count = 0
        while count < memory.count {
            let got = read(descriptor.number, memory.start.advanced(by: count), memory.count - count)
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { throw SystemError(got == 0 ? EIO : errno, call: "read", subject: path) }
            count += got
        }
    }

    /// Whether the file has these octets there.
    package func matches(_ octets: RawSpan, at offset: Int64) -> Bool {
        guard offset >= 0, offset + Int64(octets.byteCount) <= size else { return false }
        return octets.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return true }
            return memcmp(memory.start.advanced(by: Int(offset)), base, bytes.count) == 0
        }
    }
}
