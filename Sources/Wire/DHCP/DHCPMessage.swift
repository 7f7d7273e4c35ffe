/// A DHCP message that passed one check: a whole header, the magic cookie, options that can be walked.
///
/// After `init` no accessor fails, whatever the bytes are. The view borrows the packet and copies nothing but the
/// option that is asked for.
package struct DHCPMessage: ~Escapable {
    /// Octets of the fixed header and the magic cookie (RFC 2131 §2).
    package static let headerLength = 240
    package static let magicCookie: UInt32 = 0x6382_5363

    package let isRequest: Bool
    package let hops: UInt8
    package let transaction: UInt32
    /// `secs`: what the client says; iPXE keeps flags in it, so it is no clock.
    package let seconds: UInt16
    package let flags: UInt16
    package let clientAddress: IPv4Address
    package let yourAddress: IPv4Address
    package let serverAddress: IPv4Address
    package let relayAddress: IPv4Address
    package let hardware: ClientHardware

    private let serverNameField: RawSpan
    private let fileField: RawSpan
    private let optionField: RawSpan
    /// Option 52 (RFC 2132 §9.3): bit 0 when `file`, bit 1 when `sname` holds options; anything else counts as none.
    private let overload: UInt8
    /// Where the options stand: most that are asked for stand nowhere.
    private let places: OptionPlaces

    /// - Throws: `DecodeError` when the datagram is no DHCP message (RFC 2131 §3: the cookie is mandatory).
    @_lifetime(copy datagram)
    package init(_ datagram: RawSpan) throws(DecodeError) {
        guard datagram.byteCount >= Self.headerLength else {
            throw .truncated(needed: Self.headerLength, have: datagram.byteCount)
        }
        var reader = ByteReader(datagram)
        let operation = try reader.u8()
        guard operation == 1 || operation == 2 else { throw .invalid(field: "op", value: Int(operation)) }
        isRequest = operation == 1
        let hardwareType = try reader.u8()
        let hardwareLength = try reader.u8()
        guard hardwareLength <= 16 else { throw .invalid(field: "hlen", value: Int(hardwareLength)) }
        hops = try reader.u8()
        transaction = try reader.u32()
        seconds = try reader.u16()
        flags = try reader.u16()
        clientAddress = IPv4Address(try reader.u32())
        yourAddress = IPv4Address(try reader.u32())
        serverAddress = IPv4Address(try reader.u32())
        relayAddress = IPv4Address(try reader.u32())
        hardware = ClientHardware(
            type: hardwareType, length: hardwareLength, high: try reader.u64(), low: try reader.u64())
        serverNameField = try reader.take(64)
        fileField = try reader.take(128)
        let cookie = try reader.u32()
        guard cookie == Self.magicCookie else { throw .invalid(field: "magic cookie", value: Int(cookie)) }
        let options = try reader.take(reader.remaining)
        var places = OptionPlaces()
        places.collect(options)
        overload = Self.overload(options, places)
        if overload & 1 != 0 { places.collect(fileField) }
        if overload & 2 != 0 { places.collect(serverNameField) }
        self.places = places
        optionField = options
    }

    private static func overload(_ options: RawSpan, _ places: OptionPlaces) -> UInt8 {
        guard places.contains(.overload) else { return 0 }
        var found = OptionValue.absent
        found.collect(.overload, in: options)
        let value = found.bytes
        return value.count == 1 && (1...3).contains(value[0]) ? value[0] : 0
    }

    /// Whether the client asks for a broadcast answer (RFC 2131 §2, figure 2).
    package var wantsBroadcast: Bool { flags & 0x8000 != 0 }

    /// Option 53; nil for a BOOTP message or an unknown type.
    package var type: DHCPMessageType? {
        number(of: .messageType, length: 1).flatMap { DHCPMessageType(rawValue: UInt8(truncatingIfNeeded: $0)) }
    }

    /// A big-endian number of 1, 2 or 4 octets, or nil when the option is not there or of another length.
    package func number(of code: DHCPOptionCode, length: Int) -> UInt32? {
        if let octets = whole(code) {
            guard octets.byteCount == length else { return nil }
            return (0..<length).reduce(0) { $0 << 8 | UInt32(octets.octet(at: $1)) }
        }
        guard case .present(let value) = value(of: code, length: length) else { return nil }
        return (0..<length).reduce(0) { $0 << 8 | UInt32(value[$1]) }
    }

    /// The octets of an option where they stand, when it stands in one piece among the options; nil when it is not there
    /// or has to be put together, which `value` does.
    @_lifetime(copy self)
    package func whole(_ code: DHCPOptionCode) -> RawSpan? {
        guard overload == 0, let place = places.only(code) else { return nil }
        return optionField.extracting(place..<place + Int(optionField.octet(at: place - 1)))
    }

    /// The value of an option, its pieces joined in order of appearance (RFC 3396 §7), overload obeyed.
    package func value(of code: DHCPOptionCode) -> OptionValue {
        var found = OptionValue.absent
        guard places.contains(code) else { return found }
        if let octets = whole(code) {
            var copy = ShortBytes()
            return copy.append(octets) ? .present(copy) : .malformed
        }
        found.collect(code, in: optionField)
        // RFC 3396 §5: options, then file, then sname.
        if overload & 1 != 0 { found.collect(code, in: fileField) }
        if overload & 2 != 0 { found.collect(code, in: serverNameField) }
        return found
    }

    /// The value of an option of known length: the joined pieces when they have it, else the first piece.
    ///
    /// Some senders repeat a fixed-length option, which RFC 3396 would glue together into nonsense.
    package func value(of code: DHCPOptionCode, length: Int) -> OptionValue {
        let joined = value(of: code)
        if case .present(let value) = joined, value.count != length {
            return first(code, length: length).map(OptionValue.present) ?? .malformed
        }
        return joined
    }

    /// An IPv4 address option, or nil.
    package func address(of code: DHCPOptionCode) -> IPv4Address? {
        number(of: code, length: 4).map(IPv4Address.init)
    }

    private func first(_ code: DHCPOptionCode, length: Int) -> ShortBytes? {
        var cursor = OptionCursor(optionField)
        while let option = cursor.next() {
            guard option.code == code else { continue }
            var copy = ShortBytes()
            guard option.value.byteCount == length, copy.append(option.value) else { return nil }
            return copy
        }
        return nil
    }
}

/// Where each option of a message stands, without the heap.
private struct OptionPlaces {
    /// By code: the offset of the value, `nowhere`, or `often` (RFC 3396).
    private var offsets = InlineArray<256, UInt16>(repeating: nowhere)

    /// No value begins at either: a code and a length stand before it.
    private static let nowhere: UInt16 = 0
    private static let often: UInt16 = 1

    func contains(_ code: DHCPOptionCode) -> Bool {
        offsets[Int(code.rawValue)] != Self.nowhere
    }

    /// The offset of the value when the code stands in one place only.
    func only(_ code: DHCPOptionCode) -> Int? {
        let offset = offsets[Int(code.rawValue)]
        return offset > Self.often ? Int(offset) : nil
    }

    mutating func collect(_ field: RawSpan) {
        var cursor = OptionCursor(field)
        while let option = cursor.next() {
            let offset = UInt16(exactly: field.byteCount - cursor.remaining - option.value.byteCount)
            offsets[Int(option.code.rawValue)] = contains(option.code) ? Self.often : offset ?? Self.often
        }
    }
}

/// What a message says under one option code: nothing, something, or something we refuse to read.
package enum OptionValue: Equatable, Sendable {
    case absent
    case present(ShortBytes)
    /// Longer than 255 octets when joined, or not of the length that the option must have.
    case malformed

    /// The octets; empty when absent or malformed.
    package var bytes: ShortBytes {
        guard case .present(let value) = self else { return ShortBytes() }
        return value
    }

    fileprivate mutating func collect(_ code: DHCPOptionCode, in field: RawSpan) {
        var cursor = OptionCursor(field)
        while let option = cursor.next() {
            guard option.code == code else { continue }
            switch self {
            case .malformed: return
            case .absent:
                var copy = ShortBytes()
                self = copy.append(option.value) ? .present(copy) : .malformed
            case .present(var joined):
                self = joined.append(option.value) ? .present(joined) : .malformed
            }
        }
    }
}
