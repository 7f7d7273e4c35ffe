import Fleet
import Testing
import Wire

/// What boots over time prove; each is noted first and then asked about, as the service does.
@Suite("identity over time")
struct IdentityHistoryTests {
    /// A history that hears boots of ten seconds, one an hour.
    struct Diary {
        var history = CardHistory()
        var hours: Moment = 0

        mutating func hear(_ card: String, _ uuid: String, _ serial: String = "-") -> [CardHistory.Finding] {
            hours += 1
            let start = hours * 3_600_000
            return history.note(IdentityFleet.evidence(card, uuid, serial), boot: start...start + 10_000)
        }

        mutating func answer(_ card: String, _ uuid: String, _ serial: String = "-") -> String {
            _ = hear(card, uuid, serial)
            return IdentityFleet.word(IdentityFleet.answer(card, uuid, serial, seenElsewhere: history))
        }
    }

    /// Boots one after the other, and the answer to the last.
    @Test(
        "stories",
        arguments: [
            ("a machine boots again and again", ["A A A", "A A -", "A - -", "A A A"], "A"),
            ("a cloned UUID comes with a card of its own", ["A A A", "N A -"], "I006"),
            ("… and says its own serial", ["A A A", "N A N"], "I001"),
            ("… and the original stays itself", ["A A A", "N A N", "A A A"], "A"),
            ("a cloned UUID comes in another host", ["A A -", "C A -"], "I001"),
            ("two unknown machines have one UUID", ["N U P", "M U Q"], "I001"),
            ("… also by their first boot", ["N U P", "M U Q", "N U P"], "I001"),
            ("… of which one was adopted by its card", ["C U P", "M U Q", "C U P"], "C+serial"),
            ("an unknown machine has two cards", ["N U -", "M U -"], "?"),
            ("a card of A's is put into B", ["A A -", "B B -", "A B -"], "I002"),
            ("a card of A's is put into a machine that nobody knows", ["A A -", "A U -"], "I002"),
            ("… and into the next", ["A A -", "A U -", "A V -"], "I003"),
            ("… and A boots by it again", ["A A -", "A U -", "A A -"], "A"),
            ("a dongle on no record goes from A to B", ["D A A", "D B B"], "B"),
            ("a dongle installs unknown machines in turn", ["D U -", "D V -"], "?"),
            ("a dongle is all that is on record", ["C U -", "C V -"], "I003"),
            ("… and all that is shown", ["C U -", "C V -", "C - -"], "I003"),
            ("a dongle in machines without a UUID that differ", ["D U -", "D V -", "D - N"], "?"),
            ("a dongle in two machines of one UUID", ["D U P", "D U Q"], "I001"),
            ("one machine with cards of two hosts", ["C U -", "F U -"], "I005"),
            ("… asked about by the first again", ["C U -", "F U -", "C U -"], "I005"),
            ("a new card in a machine seen with a host's card", ["C U -", "N U -"], "I006"),
            ("a further card that the serial proves", ["A A A", "N A A"], "A+card"),
            ("a further card, but the UUID is known as cloned", ["A A A", "M A N", "N A A"], "I001"),
        ] as [(String, [String], String)])
    func stories(name: String, boots: [String], answer: String) {
        var diary = Diary()
        var last = ""
        for boot in boots {
            let marks = boot.split(separator: " ").map(String.init)
            last = diary.answer(marks[0], marks[1], marks[2])
        }
        #expect(last == answer)
    }

    @Test("what it finds is told once, and names all that it saw")
    func findings() {
        var diary = Diary()
        let (cardD, cardE) = (IdentityFleet.card("D"), IdentityFleet.card("E"))
        let (uuidU, uuidV) = (IdentityFleet.uuid("U").eitherOrder, IdentityFleet.uuid("V").eitherOrder)
        #expect(diary.hear("D", "U") == [])
        #expect(diary.hear("D", "U") == [])
        #expect(diary.hear("D", "V") == [.cardIsShared(cardD, uuids: [uuidU, uuidV])])
        #expect(diary.hear("D", "U") == [])
        #expect(diary.hear("E", "V", "P") == [.severalCards(uuidV, cards: [cardD, cardE])])
        #expect(diary.hear("D", "V", "Q") == [.uuidIsCloned(uuidV, cards: [cardE, cardD])])
        #expect(diary.hear("D", "-") == [])
        #expect(diary.history.isShared(cardD))
        #expect(!diary.history.isShared(cardE))
        #expect(diary.history.isCloned(uuidV))
    }

    @Test(
        "cards of one UUID that boot at the same time are two machines",
        arguments: [(0, 10, 11, 20, false), (0, 10, 10, 20, true), (0, 10, 5, 8, true), (5, 8, 0, 10, true)]
            as [(Moment, Moment, Moment, Moment, Bool)])
    func overlap(start: Moment, end: Moment, otherStart: Moment, otherEnd: Moment, isCloned: Bool) {
        var history = CardHistory()
        _ = history.note(IdentityFleet.evidence("N", "U", "-"), boot: start...end)
        _ = history.note(IdentityFleet.evidence("M", "U", "-"), boot: otherStart...otherEnd)
        #expect(history.isCloned(IdentityFleet.uuid("U").eitherOrder) == isCloned)
        let answer = IdentityFleet.answer("M", "U", "-", seenElsewhere: history)
        #expect(IdentityFleet.word(answer) == (isCloned ? "I001" : "?"))
    }

    @Test("a boot that goes on meets the one that began meanwhile")
    func growingBoot() {
        var history = CardHistory()
        _ = history.note(IdentityFleet.evidence("N", "U", "-"), boot: 0...0)
        _ = history.note(IdentityFleet.evidence("M", "U", "-"), boot: 5...5)
        #expect(!history.isCloned(IdentityFleet.uuid("U").eitherOrder))
        _ = history.note(IdentityFleet.evidence("N", "U", "-"), boot: 0...10)
        #expect(history.isCloned(IdentityFleet.uuid("U").eitherOrder))
    }

    @Test("firmware that turns the UUID round is the same machine as its iPXE")
    func orderOfOctets() throws {
        let text = try #require(MachineUUID("12345678-9abc-4def-8012-3456789abcde"))
        let turned = try #require(MachineUUID("78563412-bc9a-ef4d-8012-3456789abcde"))
        var history = CardHistory()
        let card = IdentityFleet.card("N")
        _ = history.note(Evidence(card: card, uuid: turned), boot: 0...1)
        #expect(history.note(Evidence(card: card, uuid: text), boot: 2...3) == [])
        #expect(!history.isShared(card))
    }

    @Test("the operator settles it: what was seen is forgotten")
    func forgetting() {
        var diary = Diary()
        _ = diary.hear("D", "U", "P")
        _ = diary.hear("D", "V")
        _ = diary.hear("N", "U", "Q")
        diary.history.forget(IdentityFleet.card("D"))
        #expect(!diary.history.isShared(IdentityFleet.card("D")))
        #expect(diary.history.cards(with: IdentityFleet.uuid("U").eitherOrder) == [IdentityFleet.card("N")])
        diary.history.forget(IdentityFleet.uuid("U").eitherOrder)
        #expect(!diary.history.isCloned(IdentityFleet.uuid("U").eitherOrder))
        #expect(diary.history.uuids(with: IdentityFleet.card("N")) == [])
    }

    @Test("it stays small, forgets the oldest first, and shared cards last")
    func bounded() {
        var history = CardHistory(capacity: 100)
        func note(_ card: UInt64, _ uuid: UInt64) {
            _ = history.note(
                Evidence(card: MACAddress(card << 8), uuid: MachineUUID(high: 7, low: uuid)),
                boot: Moment(uuid)...Moment(uuid))
        }
        note(1, 1)
        note(1, 2)
        for number in 3...49 as ClosedRange<UInt64> { note(number, number) }
        #expect(!history.uuids(with: MACAddress(3 << 8)).isEmpty)
        for number in 50...10_000 as ClosedRange<UInt64> { note(number, number) }
        #expect(history.isShared(MACAddress(1 << 8)))
        #expect(history.uuids(with: MACAddress(3 << 8)).isEmpty)
        let kept = (1...10_000 as ClosedRange<UInt64>).filter { !history.uuids(with: MACAddress($0 << 8)).isEmpty }
        #expect(kept.count <= 101)
        #expect(kept.suffix(50) == Array(9951...10_000))
    }

    @Test("one card's UUIDs and one UUID's cards are few, the latest")
    func fewOfEach() {
        var diary = Diary()
        for number in 0..<20 { _ = diary.hear("D", "U\(number)") }
        for number in 0..<20 { _ = diary.hear("D\(number)", "U") }
        #expect(diary.history.uuids(with: IdentityFleet.card("D")).count == CardHistory.uuidLimit)
        #expect(diary.history.cards(with: IdentityFleet.uuid("U").eitherOrder).count == CardHistory.cardLimit)
    }
}
