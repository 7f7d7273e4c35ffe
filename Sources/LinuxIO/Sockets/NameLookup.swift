import Glibc
package import Wire

/// The first IPv4 address of a host, by whatever the system asks for names; may wait.
///
/// - Returns: nil when there is none.
package func lookUp(host: String) -> IPv4Address? {
    if let address = IPv4Address(host) { return address }
    var hints = addrinfo()
    hints.ai_family = AF_INET
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0, let first = list else { return nil }
    defer { freeaddrinfo(first) }
    guard let address = first.pointee.ai_addr else { return nil }
    return UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self).endpoint.address
}
