/// Reads one HTTP/1.1 response as it comes in (RFC 9112), and keeps of it only what is a script.
struct ResponseReader {
    enum Phase: Equatable {
        case head
        case body
        case complete
        case failed(String)
    }

    private(set) var phase = Phase.head
    private(set) var status = 0
    /// Octets of the body so far.
    private(set) var received: Int64 = 0
    private var length: Int64?
    private var head: [UInt8] = []
    private var kept: [UInt8] = []
    private var keeps: Bool

    private static let mark = Array("#!ipxe".utf8)
    private static let longestHead = 16_384
    private static let longestScript = 262_144

    /// - Parameter keepsScript: whether a body that begins as scripts do is kept.
    init(keepsScript: Bool) {
        keeps = keepsScript
    }

    /// The script that came; nil for anything else.
    var script: String? {
        keeps && kept.starts(with: Self.mark) ? String(decoding: kept, as: UTF8.self) : nil
    }

    /// Octets that may come next and that nobody looks at; 0 when the next ones matter.
    var unseen: Int64 {
        guard phase == .body, !keeps else { return 0 }
        return length.map { $0 - received } ?? 0
    }

    mutating func take(_ octets: ArraySlice<UInt8>) {
        var rest = octets
        while phase == .head, let octet = rest.popFirst() {
            head.append(octet)
            if octet == 10, head.suffix(4).elementsEqual([13, 10, 13, 10]) { readHead() }
            if head.count > Self.longestHead { phase = .failed("an endless response head") }
        }
        guard phase == .body, !rest.isEmpty else { return }
        keep(rest)
        skip(Int64(rest.count))
    }

    /// Octets of the body came that nobody looked at.
    mutating func skip(_ count: Int64) {
        received += count
        if phase == .body, let length, received >= length { phase = .complete }
    }

    /// The server has closed the connection.
    mutating func close() {
        switch phase {
        case .body where length == nil: phase = .complete
        case .head: phase = .failed(head.isEmpty ? "the connection closed unanswered" : "half a response head")
        case .body: phase = .failed("fewer octets than announced")
        case .complete, .failed: break
        }
    }

    private mutating func keep(_ octets: ArraySlice<UInt8>) {
        guard keeps else { return }
        kept += octets
        keeps = kept.starts(with: Self.mark) || Self.mark.starts(with: kept)
        if !keeps { kept = [] }
        if kept.count > Self.longestScript { phase = .failed("a script without end") }
    }

    private mutating func readHead() {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        head = []
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let code = Int(words[1]) else {
            phase = .failed("no HTTP response")
            return
        }
        status = code
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let value = String(parts[1].drop { $0 == " " })
            switch parts[0].lowercased() {
            case "content-length": length = Int64(value)
            // Nothing of ours is sent so, and no body of unknown length can be checked.
            case "transfer-encoding": phase = .failed("transfer-encoding \(value)")
            default: break
            }
        }
        guard phase == .head else { return }
        phase = length == 0 ? .complete : .body
    }
}
