import NIOHTTP1

extension Answer {
    /// The status line and all fields as they are sent (RFC 9112 §4 and §5). Names and values are ours: nothing in them comes
    /// from a client.
    ///
    /// - Parameter keepsAlive: whether another request may follow. Said in both cases: HTTP/1.0 closes and HTTP/1.1 keeps
    ///   unless told otherwise (RFC 9112 §9.3).
    func head(date: String, keepsAlive: Bool) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(384)
        octets += "HTTP/1.1 \(status.code) ".utf8
        octets += status.reasonPhrase.utf8
        octets += "\r\n".utf8
        for (name, value) in fields { octets.append(field: name, value) }
        octets.append(field: "Date", date)
        octets.append(field: "Connection", keepsAlive ? "keep-alive" : "close")
        octets += "\r\n".utf8
        return octets
    }
}

extension [UInt8] {
    fileprivate mutating func append(field name: String, _ value: String) {
        self += name.utf8
        self += ": ".utf8
        self += value.utf8
        self += "\r\n".utf8
    }
}
