/// The header of an unfragmented IPv4 packet that carries UDP (RFC 791 §3.1).
struct IPv4Header {
    static let minimumLength = 20
    static let protocolUDP: UInt8 = 17

    /// Octets of the header with its options.
    let length: Int
    /// Octets of header and payload, never more than there are.
    let totalLength: Int
    let source: IPv4Address
    let destination: IPv4Address

    init(_ packet: RawSpan) throws(DecodeError) {
        var reader = ByteReader(packet)
        let first = try reader.u8()
        length = Int(first & 0xF) * 4
        guard first >> 4 == 4, length >= Self.minimumLength else {
            throw .invalid(field: "IPv4 version and header length", value: Int(first))
        }
        try reader.skip(1)
        totalLength = Int(try reader.u16())
        guard totalLength >= length, totalLength <= packet.byteCount else {
            throw .truncated(needed: max(totalLength, length), have: packet.byteCount)
        }
        try reader.skip(2)
        let fragment = try reader.u16()
        // More fragments to come, or not the first one: a DHCP client never needs it.
        guard fragment & 0x3FFF == 0 else { throw .invalid(field: "IPv4 fragment", value: Int(fragment)) }
        try reader.skip(1)
        let transport = try reader.u8()
        guard transport == Self.protocolUDP else { throw .invalid(field: "IPv4 protocol", value: Int(transport)) }
        try reader.skip(2)
        source = IPv4Address(try reader.u32())
        destination = IPv4Address(try reader.u32())
        var sum = InternetChecksum()
        sum.add(packet.extracting(0..<length))
        guard sum.value == 0 else { throw .invalid(field: "IPv4 header checksum", value: Int(sum.value)) }
    }

    static func write(
        from source: IPv4Address, to destination: IPv4Address, payloadLength: Int, identification: UInt16,
        into writer: inout ByteWriter
    ) {
        let start = writer.count
        writer.u8(0x45)
        writer.u8(0x10)  // Type of service "low delay", as DHCP servers send it.
        writer.u16(UInt16(minimumLength + payloadLength))
        writer.u16(identification)
        writer.u16(0)
        writer.u8(64)
        writer.u8(protocolUDP)
        writer.u16(0)
        writer.u32(source.value)
        writer.u32(destination.value)
        var sum = InternetChecksum()
        writer.add(from: start, to: &sum)
        writer.patch(u16: sum.value, at: start + 10)
    }
}
