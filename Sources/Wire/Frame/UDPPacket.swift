/// A UDP datagram inside an IPv4 packet, as a packet socket hands it over: borrowed, checked, whole.
///
/// The kernel has not looked at such a packet yet, so everything it would check is checked here.
package struct UDPPacket: ~Escapable {
    package let source: Endpoint
    package let destination: Endpoint
    package let payload: RawSpan

    /// - Parameters:
    ///   - packet: the octets from the IPv4 header on; link padding behind the packet is allowed.
    ///   - checksumReady: false when the sender left the UDP checksum to hardware that never ran (same host, veth).
    /// - Throws: `DecodeError` for anything but a whole, unfragmented, undamaged UDP datagram.
    @_lifetime(copy packet)
    package init(ipv4 packet: RawSpan, checksumReady: Bool) throws(DecodeError) {
        let header = try IPv4Header(packet)
        let datagram = packet.extracting(header.length..<header.totalLength)
        var reader = ByteReader(datagram)
        let sourcePort = try reader.u16()
        let destinationPort = try reader.u16()
        let length = Int(try reader.u16())
        let checksum = try reader.u16()
        guard length >= Self.headerLength, length <= datagram.byteCount else {
            throw .invalid(field: "UDP length", value: length)
        }
        // RFC 768: an all-zero checksum means that the sender computed none (Raspberry Pi ROMs do so).
        if checksumReady, checksum != 0 {
            var sum = InternetChecksum()
            Self.addPseudoHeader(to: &sum, source: header.source, destination: header.destination, length: length)
            sum.add(datagram.extracting(0..<length))
            guard sum.value == 0 else { throw .invalid(field: "UDP checksum", value: Int(checksum)) }
        }
        source = Endpoint(address: header.source, port: sourcePort)
        destination = Endpoint(address: header.destination, port: destinationPort)
        payload = datagram.extracting(Self.headerLength..<length)
    }

    /// Writes an IPv4 packet with one UDP datagram, both checksums computed, DF clear (PXE ROMs dislike it).
    ///
    /// - Parameters:
    ///   - payload: at most 1,472 octets, so that no link fragments it.
    ///   - identification: the IPv4 identification; any number that differs between packets.
    package static func write(
        from source: Endpoint, to destination: Endpoint, payload: [UInt8], identification: UInt16,
        into writer: inout ByteWriter
    ) {
        precondition(payload.count <= 1472, "DHCP replies are never larger than one Ethernet frame")
        let length = headerLength + payload.count
        let start = writer.count
        IPv4Header.write(
            from: source.address, to: destination.address, payloadLength: length, identification: identification,
            into: &writer)
        let udp = writer.count
        writer.u16(source.port)
        writer.u16(destination.port)
        writer.u16(UInt16(length))
        writer.u16(0)
        writer.append(payload)
        var sum = InternetChecksum()
        addPseudoHeader(to: &sum, source: source.address, destination: destination.address, length: length)
        writer.add(from: udp, to: &sum)
        // RFC 768: a computed zero is sent as all ones, for zero means "none".
        writer.patch(u16: sum.value == 0 ? 0xFFFF : sum.value, at: udp + 6)
        assert(writer.count - start == IPv4Header.minimumLength + length)
    }

    private static let headerLength = 8

    private static func addPseudoHeader(
        to sum: inout InternetChecksum, source: IPv4Address, destination: IPv4Address, length: Int
    ) {
        sum.add(u32: source.value)
        sum.add(u32: destination.value)
        sum.add(u16: UInt16(IPv4Header.protocolUDP))
        sum.add(u16: UInt16(truncatingIfNeeded: length))
    }
}
