/// How the octets of a file travel (RFC 1350 §5).
package enum TransferMode: Sendable {
    case octet
    /// Lines end in CR LF on the wire; see RFC 764.
    case netascii
}

/// Why a datagram to port 69 starts no transfer.
package enum TFTPRequestError: Error, Equatable, Sendable {
    /// Gets no answer: too short, an ERROR, an opcode that means nothing.
    case silence
    /// An ACK or DATA that belongs on a transfer's own port; answer it rarely.
    case strayPacket
    /// A client that wants to send us a file.
    case writeRefused
    /// `mail`, no mode at all, or one that nobody knows.
    case unknownMode
    /// A read request whose file name does not end.
    case malformed
    /// One whose name is longer than all that is taken in of a datagram: there is no such file.
    case endlessName

    /// The ERROR to send back; nil for silence.
    package var answer: TFTPErrorCode? {
        switch self {
        case .silence: nil
        case .writeRefused: .accessViolation
        case .strayPacket, .unknownMode, .malformed: .illegalOperation
        case .endlessName: .fileNotFound
        }
    }
}

/// A read request as it came to port 69: what the client calls the file, and how it wants it (RFC 1350 §5, RFC 2347).
package struct ReadRequest: Equatable, Sendable {
    /// The file's name as octets, without its NUL: possibly empty, possibly not UTF-8, never cleaned.
    package let name: [UInt8]
    package let mode: TransferMode
    package let options: TransferOptions

    /// Reads one datagram; copies the name, so this is for request time.
    ///
    /// - Throws: `TFTPRequestError`, which says what the sender gets back.
    package init(_ datagram: RawSpan) throws(TFTPRequestError) {
        guard datagram.byteCount >= 4 else { throw .silence }
        try Self.requireReadRequest(datagram)
        var strings = TerminatedStrings(datagram.extracting(2..<datagram.byteCount))
        guard let name = strings.next() else {
            // RFC 2347: a whole request has 512 octets at most.
            throw datagram.byteCount > 512 ? .endlessName : .malformed
        }
        if let mode = strings.next() {
            self.mode = try Self.mode(named: mode)
            options = TransferOptions(pairs: strings.rest)
        } else {
            // Some ROMs end the datagram with the mode and forget its NUL.
            mode = try Self.mode(named: strings.rest)
            options = TransferOptions()
        }
        self.name = name.array
    }

    private static func requireReadRequest(_ datagram: RawSpan) throws(TFTPRequestError) {
        let code = UInt16(datagram.octet(at: 0)) << 8 | UInt16(datagram.octet(at: 1))
        switch TFTPOpcode(rawValue: code) {
        case .readRequest: return
        case .writeRequest: throw .writeRefused
        case .data, .acknowledge: throw .strayPacket
        // An ERROR is never answered (RFC 1350 §7); nobody sends the rest to a server.
        case .error, .optionAcknowledge, nil: throw .silence
        }
    }

    private static func mode(named name: RawSpan) throws(TFTPRequestError) -> TransferMode {
        if name.equalsIgnoringCase("octet") { return .octet }
        if name.equalsIgnoringCase("netascii") { return .netascii }
        throw .unknownMode
    }
}
