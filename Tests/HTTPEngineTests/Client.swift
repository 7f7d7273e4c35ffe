import Glibc
import LinuxIO
import Testing
import Wire

/// A response as it came.
struct Response {
    var status: Int
    /// Names in lower case.
    var fields: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
}

/// A blocking HTTP client that knows nothing but Content-Length; every read ends after ten seconds.
final class Client {
    let descriptor: OwnedDescriptor
    private var received: [UInt8] = []

    init(_ address: IPAddress, _ port: UInt16, from source: IPv4Address? = nil, receiveBuffer: Int32? = nil) throws {
        let domain = address.family == .ipv4 ? AF_INET : AF_INET6
        let descriptor = OwnedDescriptor(socket(domain, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(
            descriptor.number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        if var receiveBuffer {
            setsockopt(
                descriptor.number, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        if let source { try #require(onAddress(IPAddress(source), 0) { bind(descriptor.number, $0, $1) } == 0) }
        try #require(onAddress(address, port) { connect(descriptor.number, $0, $1) } == 0)
        self.descriptor = descriptor
    }

    func send(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Sends a request and reads the answer.
    func ask(_ method: String, _ target: String, _ fields: [String] = []) throws -> Response {
        request(method, target, fields)
        return try read(hasBody: method != "HEAD")
    }

    func request(_ method: String, _ target: String, _ fields: [String] = []) {
        send((["\(method) \(target) HTTP/1.1", "Host: test"] + fields).joined(separator: "\r\n") + "\r\n\r\n")
    }

    func read(hasBody: Bool = true) throws -> Response {
        var response = try readHead()
        let length = Int(response.fields["content-length"] ?? "") ?? 0
        if hasBody && response.status != 304 {
            while received.count < length { try #require(receive() > 0, "\(received.count) of \(length)") }
            response.body = Array(received.prefix(length))
            received.removeFirst(length)
        }
        return response
    }

    func readHead() throws -> Response {
        var end = headEnd
        while end == nil {
            try #require(receive() > 0, "no head")
            end = headEnd
        }
        let head = String(decoding: received.prefix(end ?? 0), as: UTF8.self)
        received.removeFirst(end ?? 0)
        let lines = head.split(separator: "\r\n")
        let pairs = lines.dropFirst().map { line in
            let parts = line.split(separator: ": ", maxSplits: 1)
            return (parts[0].lowercased(), parts.count > 1 ? String(parts[1]) : "")
        }
        let status = try #require(Int(lines[0].split(separator: " ")[1]))
        return Response(status: status, fields: Dictionary(pairs) { $0 + "," + $1 }, body: [])
    }

    private var headEnd: Int? {
        let mark = Array("\r\n\r\n".utf8)
        return received.indices.first { received[$0...].starts(with: mark) }.map { $0 + mark.count }
    }

    /// Reads what there is; 0 at the end and -1 on errors.
    @discardableResult
    func receive(_ most: Int = 262_144) -> Int {
        let count = withUnsafeTemporaryAllocation(byteCount: most, alignment: 1) { room in
            let count = recv(descriptor.number, room.baseAddress, most, 0)
            if count > 0 { received += room[..<count] }
            return count
        }
        return count
    }

    /// Throws away what was read, or what there is; how many octets that were, 0 at the end and on errors.
    func discard() -> Int {
        if received.isEmpty { guard receive() > 0 else { return 0 } }
        defer { received.removeAll(keepingCapacity: true) }
        return received.count
    }

    /// Reads until the other side closes; how many octets that were, with those read before.
    func drain() -> Int {
        while receive() > 0 {}
        return received.count
    }

    /// Whether something arrives within `milliseconds`.
    func hears(within milliseconds: Int32) -> Bool {
        var interest = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        return poll(&interest, 1, milliseconds) > 0
    }
}
