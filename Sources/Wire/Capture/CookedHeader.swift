/// The sixteen octets before a packet of a "cooked" capture (LINKTYPE_LINUX_SLL), which tell what a socket knows of a link: no
/// Ethernet header was ever there to be kept.
package enum CookedHeader {
    /// Octets that stand before the packet.
    package static let size = 16

    /// - Parameters:
    ///   - hardware: who sent it on the link, if that is known.
    ///   - isBroadcast: whether everybody on the link got it; says nothing of what this host sent.
    ///   - family: what follows.
    package static func write(
        isOutgoing: Bool, isBroadcast: Bool, hardware: MACAddress?, family: IPFamily, into writer: inout ByteWriter
    ) {
        // packet(7): PACKET_HOST, PACKET_BROADCAST and PACKET_OUTGOING.
        writer.u16(isOutgoing ? 4 : isBroadcast ? 1 : 0)
        // ARPHRD_ETHER.
        writer.u16(1)
        writer.u16(hardware == nil ? 0 : 6)
        writer.u64((hardware?.value ?? 0) << 16)
        writer.u16(family == .ipv4 ? 0x0800 : 0x86DD)
    }
}
