extension String {
    /// The last of the parts between slashes; empty when there is none.
    package var lastPathPart: String { String(split(separator: "/").last ?? "") }
}

/// Paths as they stand in the URLs that clients get.
enum URLPath {
    /// Whether a file's name is a URL and no path under the root.
    static func isURL(_ name: String) -> Bool { name.contains("://") }

    /// A path as part of a URL: everything but unreserved characters and `/` percent-encoded (RFC 3986 §2.1).
    ///
    /// - Parameter kept: what else stays as it is.
    static func escaped(_ path: String, beside kept: String = "") -> String {
        let unreserved = Set(("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/" + kept).utf8)
        let digits = Array("0123456789ABCDEF")
        var text = ""
        for octet in path.utf8 {
            if unreserved.contains(octet) {
                text.unicodeScalars.append(Unicode.Scalar(octet))
            } else {
                text += "%\(digits[Int(octet >> 4)])\(digits[Int(octet & 15)])"
            }
        }
        return text
    }
}
