import Glibc
package import Wire

/// The first IPv4 address of a host, or its first IPv6 address if it has no other, by whatever the system asks for names;
/// may wait. IPv4 first, for most TFTP servers speak nothing else.
///
/// - Parameter host: a name, or an address; an IPv6 address may have the name of its interface behind a `%`.
/// - Returns: nil when there is none.
package func lookUp(host: String) -> IPAddress? {
    if let address = IPAddress(host) { return address }
    return lookUp(host, .ipv4) ?? lookUp(host, .ipv6)
}

private func lookUp(_ host: String, _ family: IPFamily) -> IPAddress? {
    var hints = addrinfo()
    hints.ai_family = family.domain
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0, let first = list else { return nil }
    defer { freeaddrinfo(first) }
    return first.pointee.ai_addr.map { SocketAddress.read($0).address }
}
