/// Octets and texts with their length before them, for messages between our own processes.
extension ByteWriter {
    package mutating func counted(_ octets: [UInt8]) {
        u32(UInt32(clamping: octets.count))
        append(octets)
    }

    package mutating func counted(_ text: String) {
        counted(Array(text.utf8))
    }

    /// At most 65,535 of them.
    package mutating func counted(_ texts: [String]) {
        u16(UInt16(clamping: texts.count))
        for text in texts.prefix(Int(UInt16.max)) { counted(text) }
    }

    /// In nanoseconds; less than none is none.
    package mutating func time(_ time: TimeSpan) {
        u64(UInt64(clamping: time.nanoseconds))
    }
}

extension ByteReader {
    @_lifetime(self: copy self)
    package mutating func countedOctets() throws(DecodeError) -> [UInt8] {
        let count = Int(try u32())
        return try take(count).array
    }

    /// What is no UTF-8 becomes what stands for it.
    @_lifetime(self: copy self)
    package mutating func countedText() throws(DecodeError) -> String {
        String(decoding: try countedOctets(), as: UTF8.self)
    }

    @_lifetime(self: copy self)
    package mutating func countedTexts() throws(DecodeError) -> [String] {
        var texts: [String] = []
        for _ in 0..<(try u16()) { texts.append(try countedText()) }
        return texts
    }

    @_lifetime(self: copy self)
    package mutating func time() throws(DecodeError) -> TimeSpan {
        TimeSpan(nanoseconds: Int64(clamping: try u64()))
    }
}
