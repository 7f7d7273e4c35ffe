import Testing
import Wire

@testable import Fleet

@Suite("a machine's three words")
struct WordsTests {
    @Test("there are 1,024 words of four to seven letters, in the order of the alphabet")
    func list() {
        #expect(WordList.all.count == 1024)
        #expect(WordList.all == WordList.all.sorted())
        #expect(WordList.all.allSatisfy { (4...7).contains($0.utf8.count) })
        #expect(WordList.all.allSatisfy { $0.utf8.allSatisfy { (0x61...0x7A).contains($0) } })
    }

    @Test("no two begin with the same four letters")
    func prefixes() {
        #expect(Set(WordList.all.map { $0.prefix(4) }).count == 1024)
        #expect(WordList.places.count == 1024)
    }

    @Test("no two differ by one letter that is wrong, missing or too much")
    func distances() {
        let words = Set(WordList.all)
        var shapes: [String] = []
        for word in WordList.all {
            for place in 0..<word.count {
                let (start, rest) = (word.prefix(place), word.dropFirst(place + 1))
                shapes.append("\(start)?\(rest)")
                #expect(!words.contains("\(start)\(rest)"), "\(word)")
            }
        }
        #expect(Set(shapes).count == shapes.count)
    }

    /// The list's order is for ever, and so is the way from a mark to its words.
    @Test("the words of a mark never change")
    func golden() throws {
        let card = try #require(MACAddress("52:54:00:12:34:56"))
        let uuid = try #require(MachineUUID("1902dcf5-7190-d811-bbd6-6ef21c690030"))
        #expect(MachineWords(of: Evidence(card: card, uuid: uuid, serial: "X9"))?.description == "recipe-lunch-zigzag")
        #expect(MachineWords(of: Evidence(card: card, serial: "X9"))?.description == "drift-domain-arcade")
        #expect(MachineWords(of: Evidence(card: nil, serial: "X9"))?.description == "wreath-amber-knife")
        #expect(MachineWords(of: Evidence(card: nil)) == nil)
    }

    @Test(
        "typing is forgiven",
        arguments: [
            "pumpkin-velvet-anchor", "PUMPKIN Velvet anchor", " pumpkin  velvet--anchor. ", "pump-velv-anch",
            "pumpk velvet, ANCHO", "\"pumpkin\u{2011}velvet\u{2011}anchor\"",
        ])
    func parsing(text: String) throws {
        #expect(try MachineWords(parsing: text).words == ["pumpkin", "velvet", "anchor"])
    }

    @Test(
        "what are no words is said",
        arguments: [
            ("", "a machine's name is three words, here are 0"),
            ("pumpkin velvet", "a machine's name is three words, here are 2"),
            ("pumpkin velvet anchor acorn", "a machine's name is three words, here are 4"),
            ("pumpkin velvet anc", "\"anc\" is too short: each word needs four letters"),
            ("pumpkins velvet anchor", "no machine is called \"pumpkins\"; perhaps \"pumpkin\""),
            ("pumpkin veluet anchor", "no machine is called \"veluet\""),
            ("pumpkin vélvet anchor", "no machine is called \"vélvet\""),
        ])
    func faults(text: String, sentence: String) {
        #expect {
            try MachineWords(parsing: text)
        } throws: {
            "\($0)" == sentence
        }
    }

    @Test("what is written is read")
    func roundTrip() throws {
        for number in 1...500 as ClosedRange<UInt64> {
            let words = try #require(MachineWords(of: Evidence(card: MACAddress(number))))
            #expect(try MachineWords(parsing: words.description) == words)
            #expect(try MachineWords(parsing: words.words.map { $0.prefix(4) }.joined(separator: " ")) == words)
        }
    }

    @Test("of 10,000 machines at most a few share their words, and all that do are told")
    func collisions() throws {
        let machines = (1...10_000 as ClosedRange<UInt64>).map { Evidence(card: MACAddress($0)) }
        let names = Set(machines.compactMap(MachineWords.init))
        #expect(names.count >= 9_998)
        let words = try #require(MachineWords(of: machines[7]))
        // With a serial that no words are made of it stands for a machine of the same words by chance.
        let twin = Evidence(card: MACAddress(8), serial: "X9")
        #expect(words.candidates(among: machines + [twin]) == [machines[7], twin])
    }
}
