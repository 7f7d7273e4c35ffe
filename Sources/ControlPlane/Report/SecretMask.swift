import Foundation

/// Takes out of a text what nobody else may know. It would rather hide too much than too little: what it makes is sent to
/// strangers.
package enum SecretMask {
    /// What stands in place of a secret.
    package static let mask = "********"

    /// What a secret looks like, and what stays of it.
    private static let patterns: [(expression: NSRegularExpression, template: String)] = [
        // Keys in PEM; a text of a setting may hold line ends as \n.
        (#"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----"#, mask),
        // The user and password of a URL; a user alone may be a token.
        (#"([A-Za-z][A-Za-z0-9+.-]*://)[^/\s"'@]+@"#, "$1\(mask)@"),
        // HTTP's field, in whatever it stands.
        (#"(?i)\b(bearer|basic)(\s+)(?=[^\s"']*[0-9A-Z=])[A-Za-z0-9._~+/=-]{8,}"#, "$1$2\(mask)"),
        // Hashes of passwords, as crypt(5) writes them.
        (#"\$(?:1|2[abxy]?|5|6|7|y|gy|argon2\w*|pbkdf2[\w-]*|grub\.pbkdf2[\w.]*)\$[^\s"',;:]{8,}"#, mask),
        (#"(?i)\bgrub\.pbkdf2\.[A-Za-z0-9.]{16,}"#, mask),
        // Kickstart's line, and preseed's.
        (#"(?i)\b(rootpw(?:[ \t]+--[\w-]+)*[ \t]+)[^\s"'-][^\s"']*"#, "$1\(mask)"),
        (#"(?i)(passw(?:or)?d(?:-again|-crypted)?[ \t]+(?:password|string)[ \t]+)\S+"#, "$1\(mask)"),
        // A line of YAML or of a header: all of it, for it may have blanks.
        (#"(?im)^([ \t-]*[\w./-]*(?:\#(words))[\w./-]*:[ \t]+)[^\s"'].*$"#, "$1\(mask)"),
        // Names that say what their values are: arguments of kernels, queries, settings, JSON, YAML, environments.
        (named + separator + value, "$1$2\(mask)"),
        // Flags whose value is the next word.
        (#"(?i)(?<=\s)(--?[\w-]*(?:\#(words)))([ \t]+)[^\s"'-]\S*"#, "$1$2\(mask)"),
        // An install's token: whoever has it could say that the install is done.
        (#"\b[a-z2-7]{26}\b"#, mask),
    ].map { pattern, template in
        // Each is tried by the tests; one that is no expression is a mistake of ours.
        guard let expression = try? NSRegularExpression(pattern: pattern) else { preconditionFailure(pattern) }
        return (expression, template)
    }

    private static let words =
        "passw(?:or)?d|passphrase|token|secret|credential|psk|api[_-]?key|private[_-]?key|authorization"

    /// A name with one of those words in it, or one that ends in "key".
    private static let named = #"(?i)(?<![\w./-])([\w./-]*(?:\#(words))[\w./-]*|(?:[\w./-]*[_./-])?key)"#
    private static let separator = #"("?\\?"?[ \t]*[=:][ \t]*\\?)"#
    /// A text in quotes (of JSON in a text, with backslashes), or a word; that something is so, or not, is no secret.
    private static let value =
        #"((?<=\\)"[^"\\\n]+|"(?:[^"\\\n]|\\.)+"?|'[^'\n]+'?|[^\s"'\\,;&}\])]++(?<!\btrue)(?<!\bfalse)(?<!\bnull))"#

    /// The same text without secrets.
    package static func masked(_ text: String) -> String {
        patterns.reduce(text) { text, pattern in
            pattern.expression.stringByReplacingMatches(
                in: text, range: NSRange(text.startIndex..., in: text), withTemplate: pattern.template)
        }
    }
}
