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
    /// Octets of the mapping before the first: a mapping begins with a page, a part of a file anywhere.
    let inset: Int

    static let page = Int(sysconf(Int32(_SC_PAGESIZE)))

    /// - Throws: `SystemError` when the kernel has no room for the mapping.
    package init(_ file: borrowing OpenFile) throws(SystemError) {
        size = file.size
        inset = Int(file.offset) % Self.page
        guard file.size > 0 else {
            start = nil
            return
        }
        let address = mmap(
            nil, Int(file.size) + inset, PROT_READ, MAP_SHARED, file.descriptor.number, off_t(Int(file.offset) - inset))
        guard let address, address != MAP_FAILED else { throw SystemError(call: "mmap") }
        start = UnsafeRawPointer(address.advanced(by: inset))
    }

    deinit {
        if let start { munmap(UnsafeMutableRawPointer(mutating: start.advanced(by: -inset)), Int(size) + inset) }
    }
}

extension OpenFile {
    /// Reads the whole file into memory, for what must be changed before it is sent.
    ///
    /// - Parameter limit: the most octets to read.
    /// - Throws: `SystemError`; EFBIG above the limit, EIO when the file got shorter meanwhile.
    package borrowing func contents(limit: Int) throws(SystemError) -> [UInt8] {
        guard size <= Int64(limit) else { throw SystemError(EFBIG, call: "read") }
        return try octets(0..<size)
    }

    /// Reads a part of the file into memory.
    ///
    /// - Throws: `SystemError`; EINVAL when the file never had these octets, EIO when it got shorter meanwhile.
    package borrowing func octets(_ part: Range<Int64>) throws(SystemError) -> [UInt8] {
        guard part.lowerBound >= 0, part.upperBound <= size else { throw SystemError(EINVAL, call: "read") }
        var failure: SystemError?
        let number = descriptor.number
        let first = offset + part.lowerBound
        let wanted = part.count
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            count = 0
            while count < wanted {
                let read = pread(
                    number, buffer.baseAddress?.advanced(by: count), wanted - count, off_t(first) + off_t(count))
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
