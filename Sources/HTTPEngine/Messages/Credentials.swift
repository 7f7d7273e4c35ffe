import Wire

/// What a client says to prove itself (RFC 7617).
enum Credentials {
    /// Beyond any password; a header of that length is junk.
    private static let longest = 1024

    /// The password in a field `Authorization`; whose it is does not matter.
    ///
    /// - Returns: nil when there is none, or it is not of the scheme Basic.
    static func password(_ field: String?) -> String? {
        guard let field, field.utf8.count <= longest else { return nil }
        let words = field.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "basic", let octets = Base64.decode(words[1].utf8),
            let colon = octets.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        return String(validating: octets[(colon + 1)...], as: UTF8.self)
    }
}
