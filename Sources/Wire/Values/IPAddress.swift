/// The two versions of IP that TFTP and HTTP are spoken over.
package enum IPFamily: Sendable, Hashable, CaseIterable {
    case ipv4
    case ipv6

    /// Octets of a packet's header without options (RFC 791 §3.1, RFC 8200 §3).
    package var headerSize: Int {
        switch self {
        case .ipv4: 20
        case .ipv6: 40
        }
    }
}

/// An address of IPv4 or IPv6, for those who speak both: TFTP, HTTP, their clients, and the rules for names. What belongs to DHCP
/// has an `IPv4Address`, for nothing else can stand in its messages.
///
/// Both versions have one form, an IPv4 address as IPv6 writes it (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2), so that to copy,
/// compare and hash one is the same few instructions for either, and nothing on a packet's road asks which it is. Our
/// sockets never mix the two (IPV6_V6ONLY), so no peer is ever known by two forms.
package struct IPAddress: Hashable, Sendable {
    /// The first and the last eight octets, in host byte order.
    package let high: UInt64
    package let low: UInt64
    /// The index of the interface on whose link a link-local address means somebody (RFC 4007 §6); 0 for all others, so
    /// that the same peer is never two.
    package let zone: UInt32

    /// The high half of the low one in an IPv4 address.
    private static let mapped: UInt64 = 0xFFFF

    /// - Parameter zone: index of the interface; kept for link-local addresses only.
    package init(high: UInt64, low: UInt64, zone: UInt32 = 0) {
        self.high = high
        self.low = low
        self.zone = Self.isLinkLocal(high) ? zone : 0
    }

    package init(_ address: IPv4Address) {
        high = 0
        low = Self.mapped << 32 | UInt64(address.value)
        zone = 0
    }

    /// `::`, "any" for a listener of IPv6 (RFC 4291 §2.5.2).
    /// The first address of its /64: one host may take any of them (RFC 4291 §2.5.1). For an IPv6 address.
    package var network: IPAddress { IPAddress(high: high, low: 0, zone: zone) }

    package static let anyIPv6 = IPAddress(high: 0, low: 0)

    package var family: IPFamily { ipv4 == nil ? .ipv6 : .ipv4 }

    /// The same as an IPv4 address; nil for IPv6.
    package var ipv4: IPv4Address? {
        high == 0 && low >> 32 == Self.mapped ? IPv4Address(UInt32(truncatingIfNeeded: low)) : nil
    }

    package var isAny: Bool { ipv4?.isAny ?? (high == 0 && low == 0) }
    package var isLoopback: Bool { ipv4?.isLoopback ?? (high == 0 && low == 1) }
    /// RFC 4291 §2.7: IPv6 has no broadcast; `ff02::1` is everybody on the link.
    package var isMulticast: Bool { ipv4?.isMulticast ?? (high >> 56 == 0xFF) }
    /// RFC 4291 §2.5.6: `fe80::/10`, which says nothing without its zone.
    package var isLinkLocal: Bool { Self.isLinkLocal(high) }

    /// Whether one host can have it for all to reach.
    package var isUnicast: Bool { ipv4?.isUnicast ?? !(isAny || isLoopback || isMulticast) }

    /// As the host of a URL: with brackets around an IPv6 address (RFC 3986 §3.2.2).
    package var urlHost: String { ipv4?.description ?? "[\(description)]" }

    /// The same without its zone: what other hosts call it.
    package var withoutZone: IPAddress { IPAddress(high: high, low: low) }

    /// One word says which IPv4 address it is, and tables of clients are asked for each request.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(low)
        guard high != 0 else { return }
        hasher.combine(high)
        hasher.combine(zone)
    }

    private static func isLinkLocal(_ high: UInt64) -> Bool { high >> 54 == 0xFE80 >> 6 }
}

extension IPAddress: LosslessStringConvertible {
    /// Reads a dotted quad, or an IPv6 address in any form of RFC 4291 §2.2, with the number of its zone behind a `%` if it
    /// is link-local (RFC 4007 §11); nil for anything else.
    package init?(_ text: String) {
        if let address = IPv4Address(text) {
            self.init(address)
            return
        }
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let groups = Self.groups(of: String(parts[0])) else { return nil }
        let halves = [groups[..<4], groups[4...]].map { $0.reduce(UInt64(0)) { $0 << 16 | UInt64($1) } }
        guard parts.count == 2 else {
            self.init(high: halves[0], low: halves[1])
            return
        }
        guard let zone = UInt32(parts[1]), String(zone) == parts[1], zone > 0, Self.isLinkLocal(halves[0]) else {
            return nil
        }
        self.init(high: halves[0], low: halves[1], zone: zone)
    }

    /// The eight groups of an IPv6 address, those left out by a `::` filled in.
    private static func groups(of text: String) -> [UInt16]? {
        let sides = text.components(around: "::")
        guard sides.count <= 2, let before = written(sides[0], mayEndInQuad: sides.count == 1) else { return nil }
        guard sides.count == 2 else { return before.count == 8 ? before : nil }
        // RFC 5952 §4.2.2 never writes "::" for a single group, RFC 4291 §2.2 lets others do it.
        guard let after = written(sides[1], mayEndInQuad: true), before.count + after.count <= 7 else { return nil }
        return before + Array(repeating: 0, count: 8 - before.count - after.count) + after
    }

    /// Groups between colons; the last two may be a dotted quad (RFC 4291 §2.2, 3).
    private static func written(_ text: Substring, mayEndInQuad: Bool) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        let words = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, word) in words.enumerated() {
            if mayEndInQuad, index == words.count - 1, let quad = IPv4Address(String(word)) {
                groups += [UInt16(quad.value >> 16), UInt16(truncatingIfNeeded: quad.value)]
                continue
            }
            guard (1...4).contains(word.utf8.count), word.first != "+", let group = UInt16(word, radix: 16) else {
                return nil
            }
            groups.append(group)
        }
        return groups
    }

    /// As RFC 5952 §4 has it: small letters, no leading zeros, the longest run of zeros as `::`. A zone is a number.
    package var description: String {
        if let ipv4 { return ipv4.description }
        let groups = [high, low].flatMap { half in
            [48, 32, 16, 0].map { UInt16(truncatingIfNeeded: half >> UInt64($0)) }
        }
        let suffix = zone == 0 ? "" : "%\(zone)"
        guard let gap = Self.longestGap(groups) else { return Self.text(groups[...]) + suffix }
        return Self.text(groups[..<gap.lowerBound]) + "::" + Self.text(groups[gap.upperBound...]) + suffix
    }

    /// The first of the longest runs of two zero groups or more (RFC 5952 §4.2.3).
    private static func longestGap(_ groups: [UInt16]) -> Range<Int>? {
        var longest = 0..<1
        var start = 0
        for index in groups.indices {
            if groups[index] != 0 { start = index + 1 }
            if index + 1 - start > longest.count { longest = start..<index + 1 }
        }
        return longest.count > 1 ? longest : nil
    }

    private static func text(_ groups: ArraySlice<UInt16>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
}

extension String {
    /// What stands between the places of `mark`.
    fileprivate func components(around mark: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = self[...]
        while let start = rest.indices.first(where: { rest[$0...].hasPrefix(mark) }) {
            parts.append(rest[..<start])
            rest = rest[start...].dropFirst(mark.count)
        }
        return parts + [rest]
    }
}

/// A network of IPv4 or IPv6: an address and the length of its prefix.
package struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    package let address: IPAddress
    /// Leading bits that all members share: 0...32 for IPv4, 0...128 for IPv6.
    package let prefixLength: Int

    package init(address: IPAddress, prefixLength: Int) {
        self.address = address
        self.prefixLength = min(max(prefixLength, 0), Self.longestPrefix(address.family))
    }

    package init(_ network: IPv4Network) {
        self.init(address: IPAddress(network.address), prefixLength: network.prefixLength)
    }

    package static func longestPrefix(_ family: IPFamily) -> Int {
        switch family {
        case .ipv4: 32
        case .ipv6: 128
        }
    }

    /// The first of its addresses.
    package var first: IPAddress {
        let mask = mask
        return IPAddress(high: address.high & mask.high, low: address.low & mask.low)
    }

    /// Whether an address is of this network; one of the other version never is.
    package func contains(_ other: IPAddress) -> Bool {
        let mask = mask
        return (address.high ^ other.high) & mask.high == 0 && (address.low ^ other.low) & mask.low == 0
            && address.family == other.family
    }

    /// Whether every address of `other` is of this network.
    package func contains(_ other: IPNetwork) -> Bool {
        prefixLength <= other.prefixLength && contains(other.address)
    }

    private var mask: (high: UInt64, low: UInt64) {
        let length = prefixLength + 128 - Self.longestPrefix(address.family)
        // A shift by the whole width gives 0.
        return (~0 << UInt64(max(64 - length, 0)), ~0 << UInt64(min(128 - length, 64)))
    }

    package var description: String { "\(address)/\(prefixLength)" }
}

/// An endpoint of IPv4 or IPv6.
package struct IPEndpoint: Hashable, Sendable, CustomStringConvertible {
    package var address: IPAddress
    package var port: UInt16

    package init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    package init(_ endpoint: Endpoint) {
        self.init(address: IPAddress(endpoint.address), port: endpoint.port)
    }

    /// The same as an endpoint of IPv4; nil for IPv6.
    package var ipv4: Endpoint? { address.ipv4.map { Endpoint(address: $0, port: port) } }

    /// With brackets around an IPv6 address (RFC 5952 §6).
    package var description: String { "\(address.urlHost):\(port)" }
}
