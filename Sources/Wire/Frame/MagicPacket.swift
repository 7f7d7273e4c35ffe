/// What a network card that sleeps looks for in every frame (Wake-on-LAN; AMD, Magic Packet Technology, publication 20213):
/// six octets of ones, then its own address sixteen times.
package enum MagicPacket {
    /// The ethertype of a frame that holds nothing else.
    package static let etherType: UInt16 = 0x0842

    /// - Parameter card: the one to be woken.
    /// - Returns: what stands behind the Ethernet header, 102 octets.
    package static func payload(waking card: MACAddress) -> [UInt8] {
        var writer = ByteWriter(capacity: 102)
        writer.append(MACAddress.broadcast.octets)
        for _ in 0..<16 { writer.append(card.octets) }
        return writer.bytes
    }
}
