/// What a client sent to a transfer's own port; every datagram is one of these.
package enum TFTPClientPacket: Equatable, Sendable {
    case acknowledge(BlockNumber)
    /// The client ends the transfer; never answered (RFC 1350 §7, and Intel's UNDI hangs on an answer).
    case error(code: UInt16)
    /// A request that strayed from port 69.
    case readRequest
    /// Any other opcode, known or not.
    case other(opcode: UInt16)
    /// Too short to mean anything.
    case malformed

    package init(_ datagram: RawSpan) {
        var reader = ByteReader(datagram)
        guard let code = try? reader.u16() else {
            self = .malformed
            return
        }
        switch TFTPOpcode(rawValue: code) {
        case .acknowledge:
            // Windows appends an octet with the window it wishes: more than four octets are right, too.
            guard let number = try? reader.u16() else {
                self = .malformed
                return
            }
            self = .acknowledge(BlockNumber(number))
        case .error:
            guard let error = try? reader.u16() else {
                self = .malformed
                return
            }
            self = .error(code: error)
        case .readRequest:
            self = .readRequest
        case .writeRequest, .data, .optionAcknowledge, nil:
            self = .other(opcode: code)
        }
    }

    /// The text of an ERROR datagram, for logs: at most 64 characters, printable ASCII, `?` for anything else.
    ///
    /// Allocates; empty when the datagram has no text.
    package static func errorText(_ datagram: RawSpan) -> String {
        var text = ""
        var offset = 4
        while offset < datagram.byteCount, offset < 4 + 64 {
            let octet = datagram.octet(at: offset)
            if octet == 0 { break }
            text.unicodeScalars.append(0x20..<0x7F ~= octet ? Unicode.Scalar(octet) : "?")
            offset += 1
        }
        return text
    }
}
