/// The hardware address fields of a DHCP message: type, length, and all sixteen octets, echoed as they came.
package struct ClientHardware: Hashable, Sendable {
    /// ARP hardware type (`htype`); 1 is Ethernet.
    package let type: UInt8
    /// Octets of `chaddr` that count (`hlen`), 0...16.
    package let length: UInt8
    /// The first and the last eight octets of `chaddr`.
    package let high: UInt64
    package let low: UInt64

    package init(type: UInt8, length: UInt8, high: UInt64, low: UInt64) {
        self.type = type
        self.length = length
        self.high = high
        self.low = low
    }

    package init(_ mac: MACAddress) {
        self.init(type: 1, length: 6, high: mac.value << 16, low: 0)
    }

    /// Every packet is looked up by it, so what nearly all have costs nothing. All that `==` compares counts: fields left
    /// out would let one client make as many equal hashes as it likes.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(high)
        if type == 1, length == 6, low == 0 { return }
        hasher.combine(low)
        hasher.combine(UInt16(type) << 8 | UInt16(length))
    }

    /// The Ethernet address, or nil for a client that shows none (InfiniBand, EDK2 with SendGUID).
    package var mac: MACAddress? {
        length == 6 ? MACAddress(high >> 16) : nil
    }
}

extension ClientHardware: CustomStringConvertible {
    package var description: String {
        if let mac { return mac.description }
        let octets = [high, low].flatMap { word in
            stride(from: UInt64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
        }
        return "\(type)-" + octets.prefix(Int(length)).map(hex).joined()
    }
}
