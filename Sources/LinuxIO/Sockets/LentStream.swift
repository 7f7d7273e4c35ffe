import CLinuxNet
import Glibc

/// A connected stream socket that belongs to somebody else, lent for a moment to send what it takes at once.
package struct LentStream {
    private let descriptor: Int32

    /// - Parameter descriptor: open, connected, and one that does not wait (O_NONBLOCK). The process ignores SIGPIPE.
    package init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Sends octets.
    ///
    /// - Parameter hasMore: whether more follows at once, which they shall share a packet with (MSG_MORE, send(2)).
    /// - Returns: how many the kernel took; 0 when it takes none now.
    package func send(_ octets: ArraySlice<UInt8>, hasMore: Bool) throws(SystemError) -> Int {
        let flags = Int32(MSG_NOSIGNAL) | (hasMore ? Int32(MSG_MORE) : 0)
        return try Self.taken("send") {
            octets.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
        }
    }

    /// Sends octets of a file without copying them.
    ///
    /// - Returns: how many the kernel took, 0 when it takes none now; nil when the file no longer has them.
    package func send(_ octets: Range<Int64>, of file: borrowing OpenFile) throws(SystemError) -> Int? {
        let source = file.descriptor.number
        var start = off_t(file.offset + octets.lowerBound)
        var isGone = false
        let taken = try Self.taken("sendfile") {
            let taken = sendfile(descriptor, source, &start, octets.count)
            isGone = taken == 0
            return taken
        }
        return isGone ? nil : taken
    }

    private static func taken(_ call: String, _ body: () -> Int) throws(SystemError) -> Int {
        while true {
            let result = body()
            if result >= 0 { return result }
            let code = errno
            if code == EAGAIN { return 0 }
            if code != EINTR { throw SystemError(code, call: call) }
        }
    }
}
