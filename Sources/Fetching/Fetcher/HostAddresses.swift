import CCurl
import Glibc

/// Addresses that mean this very host or its link, where a server out there has nothing to name: nobody shall reach what listens
/// on our loopback by redirecting us, or by a name that resolves to it. Who is asked for such an address by the settings
/// asks it.
enum HostAddresses {
    /// Whether a request may reach them: its own URL names one, or the proxy does of a scheme that the request may take.
    ///
    /// - Parameters:
    ///   - isLed: whether redirects are followed; they lead from http to https, but not back.
    ///   - variable: a variable of the environment.
    static func areMeant(
        by url: String, isLed: Bool,
        variable: (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
    ) -> Bool {
        let isSecure = url.lowercased().hasPrefix("https:")
        let schemes = isSecure ? ["https"] : isLed ? ["http", "https"] : ["http"]
        return names(url) || schemes.contains { proxy(of: $0, variable).map(names) == true }
    }

    /// Where libcurl-env(3) finds it: the first that is not empty, and no HTTP_PROXY, which a web server fills from a
    /// request's field `Proxy`.
    private static func proxy(of scheme: String, _ variable: (String) -> String?) -> String? {
        let own = scheme == "http" ? ["http_proxy"] : ["https_proxy", "HTTPS_PROXY"]
        return (own + ["all_proxy", "ALL_PROXY"]).lazy.compactMap(variable).first { !$0.isEmpty }
    }

    /// Whether a URL's host is such an address, or a name that always stands for one (RFC 6761 §6.3).
    static func names(_ url: String) -> Bool {
        guard let host = host(of: url)?.lowercased() else { return false }
        return host == "localhost" || host.hasSuffix(".localhost") || contain(host)
    }

    /// The host as libcurl reads it, which knows every way to write an address.
    private static func host(of url: String) -> String? {
        guard let parts = curl_url() else { return nil }
        defer { curl_url_cleanup(parts) }
        guard curl_url_set(parts, CURLUPART_URL, url, UInt32(CURLU_GUESS_SCHEME)) == CURLUE_OK else { return nil }
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(parts, CURLUPART_HOST, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    /// - Parameter text: an address of either family, as libcurl writes it; names are none.
    static func contain(_ text: String) -> Bool {
        let bare = text.filter { $0 != "[" && $0 != "]" }.prefix { $0 != "%" }
        var octets = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, String(bare), &octets) == 1 { return contain(ipv4: octets[0..<4]) }
        return inet_pton(AF_INET6, String(bare), &octets) == 1 && contain(ipv6: octets)
    }

    static func contain(_ address: UnsafePointer<curl_sockaddr>) -> Bool {
        let raw = place(of: address)
        switch address.pointee.family {
        case AF_INET:
            let found = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
            return contain(ipv4: withUnsafeBytes(of: found) { Array($0) }[...])
        case AF_INET6:
            let found = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            return contain(ipv6: withUnsafeBytes(of: found) { Array($0) })
        default: return true
        }
    }

    /// Where the address itself begins; what libcurl declares as its type is shorter than some addresses.
    private static func place(of address: UnsafePointer<curl_sockaddr>) -> UnsafeRawPointer {
        UnsafeRawPointer(address) + (MemoryLayout<curl_sockaddr>.offset(of: \.addr) ?? 0)
    }

    /// This host (0/8 and 127/8, RFC 1122 §3.2.1.3) and its link (RFC 3927).
    private static func contain(ipv4 octets: ArraySlice<UInt8>) -> Bool {
        let octets = Array(octets)
        return octets[0] == 0 || octets[0] == 127 || octets[0] == 169 && octets[1] == 254
    }

    /// `::`, `::1` and fe80::/10 (RFC 4291 §2.5), and the IPv4 ones in IPv6's clothes.
    private static func contain(ipv6 octets: [UInt8]) -> Bool {
        if octets[0] == 0xFE && octets[1] & 0xC0 == 0x80 { return true }
        guard octets[..<10].allSatisfy({ $0 == 0 }) else { return false }
        switch (octets[10], octets[11]) {
        case (0xFF, 0xFF): return contain(ipv4: octets[12...])
        case (0, 0): return octets[12..<15].allSatisfy { $0 == 0 } && octets[15] <= 1
        default: return false
        }
    }
}

extension HostAddresses {
    /// For messages.
    static func text(_ address: UnsafePointer<curl_sockaddr>) -> String {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let result = getnameinfo(
            place(of: address).assumingMemoryBound(to: sockaddr.self), address.pointee.addrlen, &text,
            socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard result == 0 else { return "an address" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
