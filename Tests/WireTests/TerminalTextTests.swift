import Testing
import Wire

@Suite("text for a terminal")
struct TerminalTextTests {
    @Test(
        "what steers a terminal stands there by its number, all else as it is",
        arguments: [
            ("vmlinuz", "vmlinuz"), ("é ü 漢", "é ü 漢"),
            ("x\u{1B}]0;pwn\u{7}\u{1B}[2J", #"x\u{1B}]0;pwn\u{07}\u{1B}[2J"#),
            ("a\r\nb", #"a\r\nb"#), ("\u{202E}x\u{2028}", #"\u{202E}x\u{2028}"#), ("\u{9B}2J", #"\u{009B}2J"#),
        ])
    func steering(text: String, shown: String) {
        #expect(text.forTerminal == shown)
    }
}
