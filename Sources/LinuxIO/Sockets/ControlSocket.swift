import CLinuxNet
import Glibc
import Wire

/// A Unix socket on which the operator's commands reach a running service: one line asked, a text answered, and that is
/// all. What is too long for a line goes behind it, and the line's last word says how much that is: `import +812`, line end, 812 octets.
/// Who may connect is decided by the directory and mode of the socket (unix(7)).
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

    /// - Throws: `SystemError`; EADDRINUSE when another service listens there.
    package init(path: String) throws(SystemError) {
        let owned = try ListeningSocket.open(path: path, owner: nil)
        let number = owned.number
        try check("listen", path) { listen(number, 8) }
        descriptor = owned
        self.path = path
    }

    /// The next caller, or nil.
    package func accept() -> ControlCall? {
        let number = pilotfish_accept(descriptor.number)
        return number < 0 ? nil : ControlCall(OwnedDescriptor(number), patience: ControlCall.patienceOfService)
    }

    deinit {
        if let path { unlink(path) }
    }
}

/// One call: of a command to the service, or as the service sees it.
package struct ControlCall: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// The longest line, and the most behind it; an answer may be of any length.
    private static let longestLine = 65_536
    private static let longestAttachment = 64 << 20
    /// The service does this on the thread that does everything slow; a caller who stalls must not stop it for long.
    fileprivate static let patienceOfService = TimeSpan.seconds(1)
    /// The service may be at work on a reload, on a long list, or wait for its disk.
    private static let patienceOfCaller = TimeSpan.seconds(60)
    /// For all of a question or an answer together.
    private let patience: TimeSpan

    fileprivate init(_ descriptor: consuming OwnedDescriptor, patience: TimeSpan) {
        self.patience = patience
        // No single call waits for longer than all of them may.
        var patience = timeval(tv_sec: Int(patience.nanoseconds / 1_000_000_000), tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor.number, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(descriptor.number, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        self.descriptor = descriptor
    }

    /// Calls the service that listens at `path`.
    ///
    /// - Throws: `SystemError`: ENOENT or ECONNREFUSED when no service runs there, EACCES when one may not.
    package init(to path: String) throws(SystemError) {
        let number = try check("socket", path) { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) }
        let owned = OwnedDescriptor(number)
        try withUnixAddress(path) { address, length throws(SystemError) in
            try check("connect", path) { connect(number, address, length) }
        }
        self.init(owned, patience: Self.patienceOfCaller)
    }

    /// What a caller asks.
    package struct Question: Equatable, Sendable {
        package var line: String
        package var attachment: String

        package init(line: String, attachment: String = "") {
            self.line = line
            self.attachment = attachment
        }
    }

    /// The service's side: the question, or nil when none came whole, in time, as UTF-8 and no longer than allowed.
    package func question() -> Question? {
        let lineFeed = UInt8(ascii: "\n")
        guard let start = read(upTo: Self.longestLine, until: { $0.contains(lineFeed) }),
            let end = start.firstIndex(of: lineFeed), let line = String(validating: start[..<end], as: UTF8.self)
        else { return nil }
        guard let mark = line.lastIndex(of: " "), line[mark...].hasPrefix(" +"),
            let size = Int(line[mark...].dropFirst(2))
        else { return end == start.count - 1 ? Question(line: line) : nil }
        var attachment = Array(start[(end + 1)...])
        guard (0...Self.longestAttachment).contains(size), attachment.count <= size else { return nil }
        if attachment.count < size {
            let rest = size - attachment.count
            guard let more = read(upTo: rest, until: { $0.count >= rest }) else { return nil }
            attachment += more
        }
        guard attachment.count == size, let text = String(validating: attachment, as: UTF8.self) else { return nil }
        return Question(line: String(line[..<mark]), attachment: text)
    }

    /// The caller's side: asks, and waits for the whole answer.
    ///
    /// - Throws: `SystemError` when the service goes away before it has answered.
    package func ask(_ question: String, attaching attachment: String = "") throws(SystemError) -> String {
        say(attachment.isEmpty ? question + "\n" : "\(question) +\(attachment.utf8.count)\n\(attachment)")
        return try answer()
    }

    /// The caller's side: what the service says, to its end.
    package func answer() throws(SystemError) -> String {
        guard let answer = read(upTo: 1 << 28, until: { _ in false }), !answer.isEmpty else {
            throw SystemError(ECONNRESET, call: "read", subject: "control socket")
        }
        return String(decoding: answer, as: UTF8.self)
    }

    /// Sends a text; a caller who left is no error.
    package func say(_ text: String) {
        var rest = Array(text.utf8)[...]
        let end = Clock.now + patience
        while !rest.isEmpty, Clock.now < end {
            let sent = rest.withUnsafeBytes { send(descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }

    /// Reads until it is whole, its writer has ended, or `limit` octets are there, and no octet more.
    private func read(upTo limit: Int, until isWhole: ([UInt8]) -> Bool) -> [UInt8]? {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        let end = Clock.now + patience
        while all.count < limit, Clock.now < end {
            let count = recv(descriptor.number, &piece, min(piece.count, limit - all.count), 0)
            guard count >= 0 else { return nil }
            all += piece.prefix(count)
            if count == 0 || isWhole(all) { return all }
        }
        return all.count == limit ? all : nil
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
