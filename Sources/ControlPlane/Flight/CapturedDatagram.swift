import Wire

/// A UDP datagram over IPv4 of a capture.
struct CapturedDatagram {
    let number: Int
    let time: Instant
    let source: Endpoint
    let destination: Endpoint
    let payload: [UInt8]
    /// Whether the host that captured it sent it.
    let isOutgoing: Bool
    let interface: Int?

    /// Octets of a packet up to which those that are missing read as zeros.
    private static let mostFilled = 2048

    /// - Returns: nil for a packet that carries something else. Of DHCP and of a request for a file that was cut, what is missing
    ///   reads as zeros; of what else was cut, the payload is what is there.
    init?(_ packet: CapturedPacket) {
        guard var octets = packet.ipv4 else { return nil }
        let there = octets.count
        if packet.isCut, octets.count >= 4 {
            let whole = Int(octets[2]) << 8 | Int(octets[3])
            octets += [UInt8](repeating: 0, count: max(whole - octets.count, 0))
        }
        // A sender of this host may have left its checksum to a card that never ran.
        guard let datagram = try? UDPPacket(ipv4: octets.span.bytes, checksumReady: false) else { return nil }
        number = packet.number
        time = packet.time
        source = datagram.source
        destination = datagram.destination
        let isFilled =
            [67, 68, 4011].contains(datagram.source.port) || [67, 68, 4011, 69].contains(datagram.destination.port)
        let missing = octets.count - (isFilled ? max(there, min(octets.count, Self.mostFilled)) : there)
        payload = datagram.payload.withUnsafeBytes { Array($0.dropLast(missing)) }
        isOutgoing = packet.isOutgoing
        interface = packet.interface
    }
}
