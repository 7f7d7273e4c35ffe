extension InstallPath {
    /// A packet with a path in it, as it may be shown: of the same length, of each token only the beginning.
    ///
    /// - Returns: nil where there is no token.
    package static func masked(octets: [UInt8]) -> [UInt8]? {
        guard octets.count > top.utf8.count + InstallToken.length else { return nil }
        let slashes: Set<UInt8> = [UInt8(ascii: "/"), UInt8(ascii: "\\")]
        let top = Array(top.utf8)
        var masked = octets
        var hasToken = false
        // However it is spelled: only what lies between two slashes, or behind the last one, is a token.
        var start = 0
        var isInstall = false
        for end in 0...octets.count where end == octets.count || slashes.contains(octets[end]) || octets[end] == 0 {
            let part = octets[start..<end]
            if isInstall, InstallToken(String(decoding: part, as: UTF8.self)) != nil {
                for place in (start + 4)..<end { masked[place] = UInt8(ascii: "-") }
                hasToken = true
            }
            let isPath = end < octets.count && slashes.contains(octets[end])
            isInstall = isPath && (isInstall || part.suffix(top.count).elementsEqual(top))
            start = end + 1
        }
        return hasToken ? masked : nil
    }
}
