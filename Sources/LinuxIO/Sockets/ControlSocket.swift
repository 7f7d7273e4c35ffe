import CLinuxNet
import Glibc
import Wire

/// A Unix socket on which the operator's commands reach a running service: one line asked, a text answered, and that is
/// all. What is too long for a line goes behind it, and the line's last word says how much that is: `import +812`, line
/// end, 812 octets. The last octet of an answer is a line end; what ends otherwise is not whole.
/// Who may connect is decided by the directory and mode of the socket (unix(7)). `ControlCallers` serves who does.
package struct ControlListener: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor
    /// What is taken away with this value; nil where the socket is somebody else's to take away.
    private let path: String?

    /// Takes over a socket that somebody else opened, and that listens.
    package init(adopting descriptor: consuming OwnedDescriptor) throws(SystemError) {
        let number = descriptor.number
        try neverBlock(number)
        self.descriptor = descriptor
        path = nil
    }

    /// Callers who wait until they are looked at.
    private static let backlog: Int32 = 128

    /// - Throws: `SystemError`; EADDRINUSE when another service listens there.
    package init(path: String) throws(SystemError) {
        let owned = try ListeningSocket.open(path: path, owner: nil)
        let number = owned.number
        try check("listen", path) { listen(number, Self.backlog) }
        descriptor = owned
        self.path = path
    }

    deinit {
        if let path { unlink(path) }
    }
}

/// One call of a command to the service.
package struct ControlCall: ~Copyable, Sendable {
    let descriptor: OwnedDescriptor

    /// Octets of the longest answer.
    private static let longestAnswer = 1 << 28
    /// For all of a question or an answer together: the service may be at work on a reload, on a long list, or wait for
    /// its disk.
    private static let patience = TimeSpan.seconds(60)

    /// Calls the service that listens at `path`.
    ///
    /// - Throws: `SystemError`: ENOENT or ECONNREFUSED when no service runs there, EACCES when one may not.
    package init(to path: String) throws(SystemError) {
        let number = try check("socket", path) {
            socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        }
        let owned = OwnedDescriptor(number)
        // No single call waits for longer than all of them may.
        var patience = timeval(tv_sec: Int(Self.patience.nanoseconds / 1_000_000_000), tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        try withUnixAddress(path) { address, length throws(SystemError) in
            try check("connect", path) { connect(number, address, length) }
        }
        descriptor = owned
    }

    /// Asks, and waits for the whole answer.
    ///
    /// - Throws: `SystemError`, a broken pipe when the answer does not come whole: the service went away, sent this
    ///   caller away for others, or took too long.
    package func ask(_ question: String, attaching attachment: String = "") throws(SystemError) -> String {
        say(attachment.isEmpty ? question + "\n" : "\(question) +\(attachment.utf8.count)\n\(attachment)")
        return try answer()
    }

    /// What the service says, to its end, which is a line end.
    ///
    /// - Throws: as `ask` does.
    package func answer() throws(SystemError) -> String {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        let end = Clock.now + Self.patience
        // The errno, or zero where the service has closed the connection; nil while more may come.
        var ending: Int32?
        while ending == nil, all.count < Self.longestAnswer, Clock.now < end {
            let count = recv(descriptor.number, &piece, piece.count, 0)
            if count > 0 {
                all += piece.prefix(count)
            } else if count == 0 || errno != EINTR {
                ending = count == 0 ? 0 : errno
            }
        }
        // Who was refused before all was heard is reset behind the refusal (unix(7)).
        guard ending == 0 || ending == ECONNRESET, all.last == UInt8(ascii: "\n") else {
            // Silence to the end is a service that hangs; a few words, one that sent us away, or died.
            guard all.isEmpty else { throw SystemError(ECONNRESET, call: "read", subject: "answer, cut off") }
            let code =
                switch ending {
                case nil, EAGAIN: ETIMEDOUT
                case 0: ENODATA
                case let code?: code
                }
            throw SystemError(code, call: "read", subject: "answer")
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// Sends a text; a service that has ended is no error here.
    package func say(_ text: String) {
        var rest = Array(text.utf8)[...]
        let end = Clock.now + Self.patience
        while !rest.isEmpty, Clock.now < end {
            let sent = rest.withUnsafeBytes { send(descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if sent < 0, errno == EINTR { continue }
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }
}

/// - Throws: ENAMETOOLONG for a path that the kernel has no room for (108 octets with the NUL).
func withUnixAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemError) -> Void
) throws(SystemError) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
        throw SystemError(ENAMETOOLONG, call: "bind", subject: path)
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    try withUnsafePointer(to: &address) { pointer throws(SystemError) in
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address throws(SystemError) in
            try body(address, length)
        }
    }
}
