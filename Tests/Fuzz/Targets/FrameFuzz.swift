import Wire

/// An IPv4 packet as a packet socket brings it. The first octet says whether its UDP checksum counts.
enum FrameFuzz {
    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        let isReady = (octets.first ?? 0) & 1 != 0
        let packet = Array(octets.dropFirst())
        guard let datagram = try? UDPPacket(ipv4: packet.span.bytes, checksumReady: isReady) else { return }
        complaints.demand(datagram.payload.byteCount + 28 <= packet.count, "more octets than there are")
        complaints.demand(packet[9] == 17 && packet[0] >> 4 == 4, "no UDP, or no IPv4")
        let header = Int(packet[0] & 15) * 4
        let payload = datagram.payload.array
        complaints.demand(payload.elementsEqual(packet[(header + 8)...].prefix(payload.count)), "another payload")
        guard payload.count <= 1472 else { return }
        var writer = ByteWriter()
        UDPPacket.write(
            from: datagram.source, to: datagram.destination, payload: payload, identification: 7, into: &writer)
        guard let again = try? UDPPacket(ipv4: writer.bytes.span.bytes, checksumReady: true) else {
            return complaints.add(["what was written cannot be read"])
        }
        complaints.demand(
            again.source == datagram.source && again.destination == datagram.destination
                && again.payload.array == payload, "what was written reads otherwise")
    }
}
