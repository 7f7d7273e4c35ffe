/// A word of a command that people paste into a shell, whoever it came from.
struct ShellWord {
    let text: String

    /// Nil for what cannot be shown safely: control characters, letters that look like others, or what a command takes for an option.
    init?(_ word: String) {
        let octets = Array(word.utf8)
        guard let first = octets.first, first != UInt8(ascii: "-"), octets.allSatisfy({ (0x20..<0x7F).contains($0) })
        else { return nil }
        if octets.allSatisfy(Self.isPlain) {
            text = word
            return
        }
        // Within single quotes a shell replaces nothing, and only a quote itself ends them.
        text = "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    private static func isPlain(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "/"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
