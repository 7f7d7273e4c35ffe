/// An IPv4 address; `value` is in host byte order, so 10.0.0.1 is 0x0A000001.
package struct IPv4Address: Hashable, Sendable {
    package var value: UInt32

    package init(_ value: UInt32) {
        self.value = value
    }

    package init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        value = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    /// 0.0.0.0: "this host" before it has an address, and "any" for a listener.
    package static let any = IPv4Address(0)

    /// 255.255.255.255: the limited broadcast (RFC 919 §7).
    package static let broadcast = IPv4Address(0xFFFF_FFFF)

    package var isAny: Bool { value == 0 }
    package var isLoopback: Bool { value >> 24 == 127 }
    package var isMulticast: Bool { value >> 28 == 0xE }

    /// Whether packets to this address reach one host; false for 0/8, 127/8, multicast, class E and broadcast.
    package var isUnicast: Bool {
        value >> 24 != 0 && !isLoopback && value >> 28 < 0xE
    }

    /// The address's four octets, first to last.
    package var octets: [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    }
}

extension IPv4Address: LosslessStringConvertible {
    /// Reads a dotted quad; nil for anything else (no short forms, no leading zeros).
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard let octet = UInt8(part), String(octet) == part else { return nil }
            value = value << 8 | UInt32(octet)
        }
        self.value = value
    }

    package var description: String {
        "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
    }
}

/// An IPv4 network: an address and the length of its prefix.
package struct IPv4Network: Hashable, Sendable, CustomStringConvertible {
    package let address: IPv4Address
    /// Leading bits that all members share, 0...32.
    package let prefixLength: Int

    package init(address: IPv4Address, prefixLength: Int) {
        self.address = address
        self.prefixLength = min(max(prefixLength, 0), 32)
    }

    private var mask: UInt32 {
        prefixLength == 0 ? 0 : ~UInt32(0) << UInt32(32 - prefixLength)
    }

    /// The first of its addresses, and how many there are.
    package var first: IPv4Address { IPv4Address(address.value & mask) }
    package var size: Int { 1 << (32 - prefixLength) }

    package func contains(_ other: IPv4Address) -> Bool {
        address.value & mask == other.value & mask
    }

    /// Whether `other` can be the address of one host in it: neither the network's own nor its directed broadcast address
    /// (RFC 1122 §3.2.1.3).
    package func hasHost(_ other: IPv4Address) -> Bool {
        guard contains(other) else { return false }
        return prefixLength > 30 || other.value & ~mask != 0 && other != directedBroadcast
    }

    /// The network's directed broadcast address; for /31 and /32 there is none (RFC 3021).
    package var directedBroadcast: IPv4Address? {
        prefixLength > 30 ? nil : IPv4Address(address.value | ~mask)
    }

    package var description: String { "\(address)/\(prefixLength)" }
}

/// A UDP or TCP endpoint of IPv4; `IPEndpoint` for those who speak IPv6 as well.
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    package var address: IPv4Address
    package var port: UInt16

    package init(address: IPv4Address, port: UInt16) {
        self.address = address
        self.port = port
    }

    package var description: String { "\(address):\(port)" }
}
