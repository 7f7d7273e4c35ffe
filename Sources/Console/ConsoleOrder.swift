package import LinuxIO
package import Wire

/// What the process of the control API is told when it starts: everything, for it may open nothing itself.
package struct ConsoleOrder: Equatable, Sendable {
    /// Where it is called.
    package enum Door: UInt8, Sendable {
        /// A Unix socket, whose mode says who may connect: everything is allowed there.
        case socket = 1
        /// TCP as it is, of this host only.
        case loopback
        /// TCP with TLS.
        case network
    }

    /// The service's control socket; an absolute path.
    package var control: String
    /// What has to be shown for changes over TCP; empty where there are none over TCP.
    package var token: String
    /// Whether views over TCP want the token too.
    package var isPrivate: Bool
    /// A chain of certificates (PEM) and the key of the first (PEM); both empty without TLS.
    package var certificate: [UInt8]
    package var key: [UInt8]
    package var doors: [Door]

    package init(
        control: String, token: String = "", isPrivate: Bool = false, certificate: [UInt8] = [], key: [UInt8] = [],
        doors: [Door] = []
    ) {
        self.control = control
        self.token = token
        self.isPrivate = isPrivate
        self.certificate = certificate
        self.key = key
        self.doors = doors
    }

    /// Octets of certificates and key together that a message of the channel has room for.
    package static let mostPEM = 100 << 10

    package var encoded: [UInt8] {
        var writer = ByteWriter(capacity: 4096)
        writer.counted(control)
        writer.counted(token)
        writer.u8(isPrivate ? 1 : 0)
        writer.counted(certificate)
        writer.counted(key)
        writer.counted(doors.map(\.rawValue))
        return writer.bytes
    }

    package init(_ message: [UInt8]) throws(DecodeError) {
        let span = message.span
        var reader = ByteReader(span.bytes)
        control = try reader.countedText()
        token = try reader.countedText()
        isPrivate = try reader.u8() == 1
        certificate = try reader.countedOctets()
        key = try reader.countedOctets()
        doors = []
        for number in try reader.countedOctets() {
            guard let door = Door(rawValue: number) else { throw .invalid(field: "door", value: Int(number)) }
            doors.append(door)
        }
    }

    // MARK: The way there

    /// Says it, and hands the sockets over.
    ///
    /// - Parameter listeners: bound ones, one for each of `doors`.
    package func send(_ listeners: [Int32], on channel: borrowing ChannelSocket) throws(SystemError) {
        try channel.send(encoded, waits: true)
        for listener in listeners { try channel.send([0], file: listener, waits: true) }
    }

    /// Hears it; nil when the other end went away, or says something else.
    package static func receive(
        from channel: borrowing ChannelSocket
    ) throws(SystemError) -> (order: ConsoleOrder, listeners: [SharedDescriptor])? {
        guard let order = try? ConsoleOrder(try channel.awaitNext().message) else { return nil }
        var listeners: [SharedDescriptor] = []
        for _ in order.doors {
            guard let file = try channel.awaitNext().file else { return nil }
            listeners.append(file)
        }
        return (order, listeners)
    }
}

/// What that process tells the operator, by way of the service's log.
package struct ConsoleWord: Equatable, Sendable {
    package enum Level: UInt8, Sendable {
        case info = 1
        case warning
        case error
    }

    package var level: Level
    /// A sentence.
    package var text: String

    package init(_ level: Level, _ text: String) {
        self.level = level
        self.text = text
    }

    package var encoded: [UInt8] { [level.rawValue] + Array(text.utf8) }

    /// Nil for what is none.
    package init?(_ message: [UInt8]) {
        guard let level = message.first.flatMap(Level.init) else { return nil }
        self.init(level, String(decoding: message.dropFirst(), as: UTF8.self))
    }
}
