import Glibc
import LinuxIO
import Synchronization
import Wire

/// A web server on loopback that says what a test wants, octet for octet, one connection after the other.
final class ScriptedServer: Sendable {
    /// What it does on a connection once it has read a request.
    enum Answer: Sendable {
        /// These octets, and then the connection is closed.
        case text(String)
        /// These octets, and then nothing until the client goes.
        case hangs(after: String)
        /// The first, then these octets one after the other, a little apart, and then nothing until the client goes.
        case drips(String, after: String)
    }

    let port: UInt16
    private let listener: OwnedDescriptor
    private let asked = Mutex<[String]>([])

    /// The requests so far, fields and body.
    var requests: [String] { asked.withLock { $0 } }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    init(_ answer: @escaping @Sendable (_ path: String) -> Answer) throws {
        listener = OwnedDescriptor(socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let number = listener.number
        try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(number, address, length) == 0, listen(number, 16) == 0,
                    getsockname(number, address, &length) == 0
                else { throw SystemError(call: "listen") }
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        _ = try EngineThread(name: "web") { [self] in serve(answer) }
    }

    /// Ends the thread.
    func close() { shutdown(listener.number, Int32(SHUT_RDWR)) }

    private func serve(_ answer: (String) -> Answer) {
        while true {
            let number = accept(listener.number, nil, nil)
            guard number >= 0 else { return }
            _ = fcntl(number, F_SETFD, FD_CLOEXEC)
            let connection = OwnedDescriptor(number)
            let request = read(connection)
            asked.withLock { $0.append(request) }
            let path = request.split(separator: " ").dropFirst().first.map(String.init) ?? ""
            switch answer(path) {
            case .text(let text): say(text, connection)
            case .hangs(let text):
                say(text, connection)
                awaitEnd(connection)
            case .drips(let body, let head):
                say(head, connection)
                for character in body {
                    say(String(character), connection)
                    Clock.nap(.milliseconds(25))
                }
                awaitEnd(connection)
            }
        }
    }

    private func awaitEnd(_ connection: borrowing OwnedDescriptor) {
        var octet: UInt8 = 0
        while recv(connection.number, &octet, 1, 0) > 0 {}
    }

    private func say(_ text: String, _ connection: borrowing OwnedDescriptor) {
        let octets = Array(text.utf8)
        _ = send(connection.number, octets, octets.count, Int32(MSG_NOSIGNAL))
    }

    private func read(_ connection: borrowing OwnedDescriptor) -> String {
        var text = ""
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(connection.number, &piece, piece.count, 0)
            guard count > 0 else { return text }
            text += String(decoding: piece.prefix(count), as: UTF8.self)
            guard let end = text.firstRange(of: "\r\n\r\n") else { continue }
            let length = text.firstMatch(of: #/Content-Length: (\d+)/#).flatMap { Int($0.1) } ?? 0
            if text[end.upperBound...].utf8.count >= length { return text }
        }
    }
}
