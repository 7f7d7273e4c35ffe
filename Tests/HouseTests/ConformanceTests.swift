import Testing

/// The conformance statements of the references, ProxyDHCP's C01...C140 and TFTP's T1...T156: each is held by a test that has
/// its number in its name, or by a check of the lab that has it in its words, or stands in one of the tables here.
@Suite("every conformance statement has its test")
struct ConformanceTests {
    @Test("none is forgotten", arguments: Reference.all)
    func complete(reference: Reference) {
        let held = TestNames.held(of: reference)
        let known = held.union(reference.withoutTest.keys).union(reference.pending.keys)
        #expect(reference.statements.filter { !known.contains($0) } == [])
        #expect(held.subtracting(reference.statements) == [])
        #expect(known.subtracting(reference.statements) == [])
    }

    @Test("the tables name nothing that a test has meanwhile, and say why", arguments: Reference.all)
    func tables(reference: Reference) {
        let held = TestNames.held(of: reference)
        #expect(held.intersection(reference.withoutTest.keys) == [])
        #expect(held.intersection(reference.pending.keys) == [])
        #expect(Set(reference.withoutTest.keys).isDisjoint(with: reference.pending.keys))
        #expect(reference.withoutTest.values.allSatisfy { $0.count > 20 })
        #expect(reference.pending.values.allSatisfy { $0.count > 10 })
    }

    @Test("the statements are counted as the references count them")
    func statements() {
        #expect(Reference.proxyDHCP.statements.count == 140)
        #expect(Reference.transfers.statements.count == 157)
        #expect(Reference.transfers.statements.contains("T75b"))
    }

    @Test(
        "the reader of names sees numbers in texts, and only there",
        arguments: [
            ("@Test(\"C01 C140 x\")", ["C01", "C140"]), ("    \"C07 C100 a, C9 b\", arguments: C22", ["C07", "C100"]),
            ("// \"C05\" is a comment", []), ("let a = 0xC05", []), ("\"0xC05 AC06 C070x C1234\"", []),
            ("\"a\", \"C11,\"", ["C11"]), ("#expect(x == \"C12\")  // C13", ["C12"]),
            ("@Test(\"T1, T75b and T156\")", ["T1", "T75b", "T156"]), ("\"T01 XT2 T3b PF-T004 T5c\"", []),
            ("check_that 'T42 it leaves' \"$T43\"", ["T42"]), ("# 'T44' in a comment", []),
            ("\"it's T45\"", ["T45"]),
        ] as [(String, Set<String>)])
    func reader(line: String, numbers: Set<String>) {
        let found = TestNames.words(in: line)
        let counted = found.filter { word in Reference.all.contains { $0.isNumber(word) } }
        #expect(Set(counted.map(String.init)) == numbers)
    }
}
