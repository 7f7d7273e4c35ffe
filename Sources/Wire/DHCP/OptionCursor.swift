/// One option as it stands in a packet.
package struct DHCPOption: ~Escapable {
    package let code: DHCPOptionCode
    package let value: RawSpan

    @_lifetime(copy value)
    init(code: DHCPOptionCode, value: RawSpan) {
        self.code = code
        self.value = value
    }
}

/// Walks a field of {code, length, value} in wire order.
///
/// 0 is padding without a length, 255 ends. A missing 255 is accepted; an option that runs past the end stops the walk.
package struct OptionCursor: ~Escapable {
    private var reader: ByteReader

    /// Whether the walk met an option longer than what was left.
    package private(set) var isBroken = false

    /// Octets behind the option read last.
    package var remaining: Int { reader.remaining }

    @_lifetime(copy field)
    package init(_ field: RawSpan) {
        reader = ByteReader(field)
    }

    /// The next option, or nil at the end.
    @_lifetime(self: copy self)
    @_lifetime(copy self)
    package mutating func next() -> DHCPOption? {
        while reader.remaining > 0, let code = try? reader.u8() {
            if code == DHCPOptionCode.pad.rawValue { continue }
            if code == DHCPOptionCode.end.rawValue { return nil }
            guard let length = try? reader.u8(), let value = try? reader.take(Int(length)) else {
                isBroken = true
                return nil
            }
            return DHCPOption(code: DHCPOptionCode(code), value: value)
        }
        return nil
    }
}
