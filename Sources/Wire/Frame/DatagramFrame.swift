/// A datagram as the network carried it, made anew of what a socket had of it: for captures, not for sending.
package enum DatagramFrame {
    private static let udpHeader = 8

    /// Writes the headers of IP and UDP, and what was kept of the payload.
    ///
    /// Checksums are computed where the whole payload is there; else the UDP checksum is zero, "none" (RFC 768).
    ///
    /// - Parameters:
    ///   - payload: the payload's first octets.
    ///   - carried: octets of the whole payload, no fewer than are in `payload`.
    package static func write(
        from source: IPEndpoint, to destination: IPEndpoint, payload: [UInt8], carried: Int,
        into writer: inout ByteWriter
    ) {
        let length = min(max(carried, payload.count), 65_000) + udpHeader
        let isWhole = payload.count + udpHeader == length
        var sum = InternetChecksum()
        if let from = source.ipv4, let to = destination.ipv4 {
            IPv4Header.write(
                from: from.address, to: to.address, payloadLength: length, identification: 0, into: &writer)
            sum.add(u32: from.address.value)
            sum.add(u32: to.address.value)
        } else {
            writeIPv6Header(from: source.address, to: destination.address, length: length, into: &writer)
            for half in [source.address.high, source.address.low, destination.address.high, destination.address.low] {
                sum.add(u32: UInt32(half >> 32))
                sum.add(u32: UInt32(truncatingIfNeeded: half))
            }
        }
        // The rest of the pseudo header: protocol and length (RFC 768, RFC 8200 §8.1).
        sum.add(u16: UInt16(IPv4Header.protocolUDP))
        sum.add(u16: UInt16(length))
        let start = writer.count
        writer.u16(source.port)
        writer.u16(destination.port)
        writer.u16(UInt16(length))
        writer.u16(0)
        writer.append(payload)
        guard isWhole else { return }
        writer.add(from: start, to: &sum)
        writer.patch(u16: sum.value == 0 ? 0xFFFF : sum.value, at: start + 6)
    }

    /// RFC 8200 §3.
    private static func writeIPv6Header(
        from source: IPAddress, to destination: IPAddress, length: Int, into writer: inout ByteWriter
    ) {
        writer.u32(0x6000_0000)
        writer.u16(UInt16(length))
        writer.u8(IPv4Header.protocolUDP)
        writer.u8(64)
        for address in [source, destination] {
            writer.u64(address.high)
            writer.u64(address.low)
        }
    }
}
