import Fleet
import Testing
import Wire

@Suite("what a conflict says")
struct IdentityConflictTests {
    /// Codes are in scripts and handbooks: none ever changes.
    @Test("each code has a line and a paragraph of its own", arguments: Conflict.Kind.allCases)
    func texts(kind: Conflict.Kind) {
        #expect(!kind.summary.isEmpty && kind.summary.last != "." && kind.explanation.last == ".")
        let others = Conflict.Kind.allCases.filter { $0 != kind }
        #expect(others.allSatisfy { $0.summary != kind.summary && $0.explanation != kind.explanation })
    }

    @Test("codes are for ever")
    func codes() {
        let codes = Conflict.Kind.allCases.map { "\($0) \($0.rawValue)" }
        #expect(
            codes == [
                "clonedUUID PF-I001", "swappedCard PF-I002", "sharedCard PF-I003", "serialElsewhere PF-I004",
                "oneMachineTwice PF-I005", "unproven PF-I006", "changed PF-I007", "doubleRecord PF-I008",
            ])
    }

    @Test(
        "the cause names both sides, the cure is a sentence",
        arguments: [
            ("C", "A", "-", ["alpha", "card-only", "52:54:00:00:00:43", "cloned"]),
            ("N", "A", "N", ["alpha", "SN-7QN"]),
            ("A", "B", "-", ["alpha", "beta", "moved"]),
            ("A", "N", "-", ["alpha", "UUID"]),
            ("C~", "-", "-", ["card-only", "from machine to machine", "also seen with UUID"]),
            ("N~", "-", "-", ["from machine to machine"]),
            ("A", "A", "B", ["beta", "SN-7QB"]),
            ("N", "A", "-", ["alpha", "52:54:00:00:00:4e"]),
            ("A", "A", "N", ["alpha", "SN-7QN"]),
        ] as [(String, String, String, [String])])
    func sentences(card: String, uuid: String, serial: String, words: [String]) throws {
        let conflict = try #require(IdentityFleet.answer(card, uuid, serial).conflict)
        for word in words { #expect(conflict.cause.contains(word), "\(conflict.cause)") }
        for sentence in [conflict.cause, conflict.cure] {
            #expect(sentence.hasSuffix(".") && !sentence.contains("  ") && !sentence.contains(" ,"), "\(sentence)")
            #expect(sentence.first?.isUppercase == true)
        }
    }

    @Test("hosts that only the history knows are named, too")
    func seenHosts() throws {
        var history = CardHistory()
        _ = history.note(IdentityFleet.evidence("C", "U", "-"), boot: 0...1)
        _ = history.note(IdentityFleet.evidence("F", "U", "-"), boot: 2...3)
        let conflict = try #require(IdentityFleet.answer("F", "U", "-", seenElsewhere: history).conflict)
        #expect(conflict.hosts.map(\.name) == ["card-only", "no-uuid"])
        #expect(conflict.hosts.map(\.marks) == [[], .card])
        #expect(conflict.cards == [IdentityFleet.card("C")])
        #expect(conflict.cause.contains("card-only, no-uuid"))
    }

    @Test("two unknown machines of one UUID are told by their cards")
    func strangers() throws {
        var history = CardHistory()
        _ = history.note(IdentityFleet.evidence("N", "U", "-"), boot: 0...9)
        _ = history.note(IdentityFleet.evidence("M", "U", "-"), boot: 5...9)
        let conflict = try #require(IdentityFleet.answer("M", "U", "-", seenElsewhere: history).conflict)
        #expect(conflict.hosts == [])
        #expect(conflict.cause.contains("\(IdentityFleet.card("N"))"))
        #expect(conflict.cause.contains("\(IdentityFleet.card("M"))"))
    }
}
