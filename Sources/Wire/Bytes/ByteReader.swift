/// Reads big-endian numbers from borrowed bytes, front to back, and never past their end.
///
/// The unsafe loads of the house stand in this folder: each is preceded by its bounds check.
package struct ByteReader: ~Escapable {
    @usableFromInline let bytes: RawSpan

    /// Octets consumed so far.
    @usableFromInline package private(set) var offset = 0

    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan) {
        self.bytes = bytes
    }

    /// Octets not read yet.
    package var remaining: Int { bytes.byteCount - offset }

    /// The next octet.
    ///
    /// - Throws: `DecodeError.truncated` at the end.
    @_lifetime(self: copy self)
    package mutating func u8() throws(DecodeError) -> UInt8 {
        try require(1)
        defer { offset += 1 }
        return unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// The next two octets, in network byte order.
    ///
    /// - Throws: `DecodeError.truncated` when fewer are left.
    @_lifetime(self: copy self)
    package mutating func u16() throws(DecodeError) -> UInt16 {
        try require(2)
        defer { offset += 2 }
        return unsafe UInt16(bigEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt16.self))
    }

    /// The next four octets, in network byte order.
    ///
    /// - Throws: `DecodeError.truncated` when fewer are left.
    @_lifetime(self: copy self)
    package mutating func u32() throws(DecodeError) -> UInt32 {
        try require(4)
        defer { offset += 4 }
        return unsafe UInt32(bigEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self))
    }

    /// The next eight octets, in network byte order.
    ///
    /// - Throws: `DecodeError.truncated` when fewer are left.
    @_lifetime(self: copy self)
    package mutating func u64() throws(DecodeError) -> UInt64 {
        let high = try u32()
        let low = try u32()
        return UInt64(high) << 32 | UInt64(low)
    }

    /// The next `count` octets, borrowed.
    ///
    /// - Throws: `DecodeError.truncated` when fewer are left.
    @_lifetime(self: copy self)
    @_lifetime(copy self)
    package mutating func take(_ count: Int) throws(DecodeError) -> RawSpan {
        try require(count)
        defer { offset += count }
        return bytes.extracting(offset..<offset + count)
    }

    /// Steps over `count` octets.
    ///
    /// - Throws: `DecodeError.truncated` when fewer are left.
    @_lifetime(self: copy self)
    package mutating func skip(_ count: Int) throws(DecodeError) {
        try require(count)
        offset += count
    }

    private func require(_ count: Int) throws(DecodeError) {
        guard count >= 0, remaining >= count else {
            throw .truncated(needed: offset + count, have: bytes.byteCount)
        }
    }
}

extension RawSpan {
    /// The octet at `offset`; a programmer's error outside `0..<byteCount`.
    @inlinable
    package func octet(at offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < byteCount, "octet outside the span")
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// The number in the four octets at `offset`, in network byte order; a programmer's error past the end.
    package func u32(at offset: Int) -> UInt32 {
        precondition(offset >= 0 && offset + 4 <= byteCount, "number outside the span")
        return unsafe UInt32(bigEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self))
    }

    /// A copy on the heap, for request time and tests; not for per-packet code.
    package var array: [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(byteCount)
        for offset in 0..<byteCount {
            copy.append(octet(at: offset))
        }
        return copy
    }

    /// Whether the octets begin with those of `text`.
    package func starts(with text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard byteCount >= length else { return false }
        for offset in 0..<length {
            guard octet(at: offset) == (unsafe text.utf8Start[offset]) else { return false }
        }
        return true
    }
}
