import Testing

/// A reference's numbered statements, and those among them that no test has.
struct Reference: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let statements: [String]
    /// What no test decides, or does not apply, and why.
    let withoutTest: [String: String]
    /// What is still to be held, and by whom: an entry goes when its test comes.
    let pending: [String: String]
    /// How many digits a number has at least.
    private let digits: Int

    static let all = [proxyDHCP, transfers]

    /// Whether a word looks like a number of this reference, be there such a statement or not.
    func isNumber(_ word: Substring) -> Bool {
        guard let letter = statements.first?.first, word.first == letter else { return false }
        let number = word.dropFirst().prefix(while: \.isWholeNumber)
        let rest = word.dropFirst(1 + number.count)
        guard (digits...3).contains(number.count) else { return false }
        return digits == 1 ? number.first != "0" && (rest.isEmpty || statements.contains(String(word))) : rest.isEmpty
    }

    static let proxyDHCP = Reference(
        testDescription: "C01 to C140: a ProxyDHCP server",
        statements: (1...140).map { $0 < 10 ? "C0\($0)" : "C\($0)" },
        withoutTest: [
            "C25": "a time on the wire depends on the machine; the storm of the lab measures and prints it"
        ],
        pending: [:], digits: 2)

    static let transfers = Reference(
        testDescription: "T1 to T156: a TFTP server",
        statements: (1...156).map { "T\($0)" } + ["T75b"],
        withoutTest: [:],
        pending: [:], digits: 1)
}
