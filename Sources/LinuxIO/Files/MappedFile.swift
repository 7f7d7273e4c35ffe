import CLinuxNet
import Glibc

/// A file's octets, mapped for the kernel to send from.
///
/// Nobody here reads them: a file cut short would be a SIGBUS for us, and is only an EFAULT for `sendmsg`.
package final class MappedFile: @unchecked Sendable {
    // Safe to send: address and size never change, and the memory is read by the kernel only.

    /// The first octet; nil for an empty file.
    package let start: UnsafeRawPointer?
    /// Octets, as they were when the file was opened.
    package let size: Int64

    /// - Throws: `SystemError` when the kernel has no room for the mapping.
    package init(_ file: borrowing OpenFile) throws(SystemError) {
        size = file.size
        guard file.size > 0 else {
            start = nil
            return
        }
        let address = mmap(nil, Int(file.size), PROT_READ, MAP_SHARED, file.descriptor.number, 0)
        guard let address, address != MAP_FAILED else { throw SystemError(call: "mmap") }
        start = UnsafeRawPointer(address)
    }

    deinit {
        if let start { munmap(UnsafeMutableRawPointer(mutating: start), Int(size)) }
    }
}

extension OpenFile {
    /// Reads the whole file into memory, for what must be changed before it is sent.
    ///
    /// - Parameter limit: the most octets to read.
    /// - Throws: `SystemError`; EFBIG above the limit, EIO when the file got shorter meanwhile.
    package borrowing func contents(limit: Int) throws(SystemError) -> [UInt8] {
        guard size <= Int64(limit) else { throw SystemError(EFBIG, call: "read") }
        var failure: SystemError?
        let number = descriptor.number
        let wanted = Int(size)
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            count = 0
            while count < wanted {
                let read = pread(number, buffer.baseAddress?.advanced(by: count), wanted - count, off_t(count))
                if read < 0, errno == EINTR { continue }
                guard read > 0 else {
                    failure = SystemError(read == 0 ? EIO : errno, call: "read")
                    return
                }
                count += read
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
