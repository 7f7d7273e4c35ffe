import Doctor
import Testing

@Suite("JSON of other programs")
struct JSONFactTests {
    @Test(
        "values",
        arguments: [
            ("null", JSONFact.null), (" true ", .flag(true)), ("-12", .number(-12)), ("1.5e2", .number(150)),
            (#""a\"\\\n\u00e4""#, .text("a\"\\\nä")), ("[1, [], {}]", .list([.number(1), .list([]), .object([:])])),
            (#"{"a": {"b": "c"}}"#, .object(["a": .object(["b": .text("c")])])),
        ] as [(String, JSONFact)])
    func values(text: String, value: JSONFact) {
        #expect(JSONFact(Array(text.utf8)) == value)
    }

    @Test(
        "what is no JSON",
        arguments: [
            "", "{", "[1,]", "{\"a\"}", "{1:2}", "nul", "1 2", "\"a", "\"\\u12\"", "-", "1e999",
            String(repeating: "[", count: 100_000),
        ])
    func broken(text: String) {
        #expect(JSONFact(Array(text.utf8)) == nil)
    }
}
