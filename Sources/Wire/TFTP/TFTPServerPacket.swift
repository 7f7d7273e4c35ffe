/// What a server sent to a client, DATA apart: that is by far the most frequent and has a shorter way.
package enum TFTPServerPacket: Equatable, Sendable {
    /// The options granted; `isOdd` when there was one that we do not know, or a value that means nothing.
    case optionAcknowledge(TransferOptions, isOdd: Bool)
    case error(code: UInt16)
    /// Too short, or an opcode that no server sends.
    case other

    /// The octets before a block's contents.
    package static let dataHeader = 4

    /// The number of a DATA packet, whose contents are all that follows `dataHeader`; nil for any other packet.
    package static func blockNumber(_ datagram: RawSpan) -> BlockNumber? {
        guard datagram.byteCount >= dataHeader, datagram.octet(at: 0) == 0,
            datagram.octet(at: 1) == UInt8(TFTPOpcode.data.rawValue)
        else { return nil }
        return BlockNumber(UInt16(datagram.octet(at: 2)) << 8 | UInt16(datagram.octet(at: 3)))
    }

    package init(_ datagram: RawSpan) {
        var reader = ByteReader(datagram)
        guard let code = try? reader.u16() else {
            self = .other
            return
        }
        switch TFTPOpcode(rawValue: code) {
        case .optionAcknowledge:
            let pairs = datagram.extracting(2..<datagram.byteCount)
            let options = TransferOptions(pairs: pairs)
            self = .optionAcknowledge(options, isOdd: Self.pairCount(pairs) != options.count)
        case .error:
            guard let error = try? reader.u16() else {
                self = .other
                return
            }
            self = .error(code: error)
        case .readRequest, .writeRequest, .data, .acknowledge, nil:
            self = .other
        }
    }

    private static func pairCount(_ pairs: RawSpan) -> Int {
        var strings = TerminatedStrings(pairs)
        var count = 0
        while strings.next() != nil, strings.next() != nil { count += 1 }
        return count
    }
}

extension TransferOptions {
    /// Options that have a value.
    fileprivate var count: Int {
        (blockSize == nil ? 0 : 1) + (transferSize == nil ? 0 : 1) + (timeout == nil ? 0 : 1)
            + (windowSize == nil ? 0 : 1)
    }
}
