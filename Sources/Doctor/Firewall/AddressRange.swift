import Wire

/// IPv4 addresses as numbers, so that rules compare them as they compare ports.
enum AddressRange {
    /// `192.0.2.1`, `192.0.2.0/24`, `192.0.2.0/255.255.255.0`; nil for anything else.
    static func read(_ text: String) -> ClosedRange<Int>? {
        let parts = text.split(separator: "/", maxSplits: 1)
        guard let first = parts.first, let address = IPv4Address(String(first)) else { return nil }
        guard parts.count == 2 else { return Int(address.value)...Int(address.value) }
        if let length = Int(parts[1]), (0...32).contains(length) {
            return of(IPv4Network(address: address, prefixLength: length))
        }
        guard let mask = IPv4Address(String(parts[1])) else { return nil }
        return of(IPv4Network(address: address, prefixLength: mask.value.nonzeroBitCount))
    }

    static func of(_ network: IPv4Network) -> ClosedRange<Int> {
        let first = Int(network.first.value)
        return first...first + network.size - 1
    }
}
