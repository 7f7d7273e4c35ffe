import Fleet
import Testing
import Wire

/// The truth table: every cell is a row of the test.
///
/// Hosts A and B have card, UUID and serial on record. `N` is on no record, `-` not shown, `~` a card known to be
/// shared.
@Suite("who a machine is")
struct IdentityTableTests {
    struct Cell: CustomTestStringConvertible, Sendable {
        let card: String
        let uuid: String
        let serial: String
        let answer: String

        var testDescription: String { "card \(card), UUID \(uuid), serial \(serial): \(answer)" }
    }

    /// Of each card a square: a row for each UUID, a column for each serial.
    static let squares = """
        card A    -      A      B      N
        -         A      A      I002   I002
        A         A      A      I004   I007
        B         I002   I001   I002   I002
        N         I002   I007   I002   I002

        card N    -      A      B      N
        -         ?      I006   I006   ?
        A         I006   A+card I004   I001
        B         I006   I004   B+card I001
        N         ?      I004   I004   ?

        card A~   -      A      B      N
        -         I003   I003   I003   I003
        A         A      A      I004   I001
        B         I003   I004   I003   I003
        N         I003   I003   I003   I003

        card N~   -      A      B      N
        -         I003   I006   I006   ?
        A         A      A      I004   I001
        B         B      I004   B      I001
        N         ?      I004   I004   ?

        card -    -      A      B      N
        -         ?      I006   I006   ?
        A         A      A      I004   I001
        B         B      I004   B      I001
        N         ?      I004   I004   ?
        """

    static let cells: [Cell] = squares.split(separator: "\n\n").flatMap { square in
        let rows = square.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        return rows.dropFirst().flatMap { row in
            zip(rows[0].dropFirst(2), row.dropFirst()).map { serial, answer in
                Cell(card: rows[0][1], uuid: row[0], serial: serial, answer: answer)
            }
        }
    }

    @Test("hosts with all marks on record", arguments: cells)
    func full(cell: Cell) {
        #expect(IdentityFleet.word(IdentityFleet.answer(cell.card, cell.uuid, cell.serial)) == cell.answer)
    }

    @Test("the table has a cell for each case")
    func complete() {
        #expect(Self.cells.count == 5 * 4 * 4)
    }

    /// C has but a card on record, E no serial, F no UUID.
    @Test(
        "hosts with less on record: card, UUID, serial, answer",
        arguments: [
            ("C", "-", "-", "C"), ("C", "N", "-", "C+uuid"), ("C", "-", "N", "C+serial"),
            ("C", "N", "N", "C+uuid+serial"),
            ("C", "A", "-", "I001"), ("C", "A", "A", "I002"), ("C", "A", "B", "I004"), ("C", "A", "N", "I001"),
            ("C", "-", "A", "I002"), ("C", "N", "A", "I002"),
            ("C~", "-", "-", "I003"), ("C~", "N", "-", "I003"), ("C~", "-", "N", "I003"), ("C~", "N", "N", "I003"),
            ("C~", "A", "-", "I003"), ("C~", "A", "A", "I003"), ("C~", "-", "A", "I003"), ("C~", "N", "A", "I003"),
            ("E", "E", "-", "E"), ("E", "E", "N", "E+serial"), ("E", "N", "-", "I002"), ("E", "-", "N", "E+serial"),
            ("N", "E", "-", "I006"), ("N", "E", "N", "I006"), ("N~", "E", "N", "E+serial"), ("-", "E", "-", "E"),
            ("E~", "E", "N", "E+serial"), ("E~", "-", "N", "I003"), ("N", "E", "A", "I004"),
            ("F", "-", "F", "F"), ("F", "N", "F", "F+uuid"), ("F", "N", "-", "F+uuid"), ("F", "N", "N", "I002"),
            ("F", "-", "N", "I002"), ("N", "-", "F", "I006"), ("N", "N", "F", "I006"), ("N", "A", "F", "I004"),
            ("F~", "-", "F", "F"), ("F~", "N", "F", "I003"), ("F~", "-", "N", "I003"), ("N~", "-", "F", "F"),
            ("N~", "N", "F", "I006"), ("-", "-", "F", "F"),
        ])
    func partial(card: String, uuid: String, serial: String, answer: String) {
        #expect(IdentityFleet.word(IdentityFleet.answer(card, uuid, serial)) == answer)
    }

    @Test("an inventory that gives one mark to two hosts has no answer for it", arguments: ["card", "UUID", "serial"])
    func doubleRecord(mark: String) throws {
        let twin = KnownHost(
            id: 9, name: "twin", cards: [IdentityFleet.card(mark == "card" ? "A" : "T")],
            uuid: IdentityFleet.uuid(mark == "UUID" ? "A" : "T"),
            serial: IdentityFleet.serial(mark == "serial" ? "A" : "T"))
        let answer = Identification.of(
            IdentityFleet.evidence("A", "A", "A"), among: HostIndex(IdentityFleet.hosts + [twin]),
            seenElsewhere: CardHistory())
        let conflict = try #require(answer.conflict)
        #expect(conflict.kind == .doubleRecord)
        #expect(conflict.hosts.map(\.name) == ["alpha", "twin"])
    }

    @Test("marks that the operator ignores count no more, and the rest decides")
    func ignored() {
        let shared = Evidence(card: nil, uuid: IdentityFleet.uuid("A"))
        let index = HostIndex(IdentityFleet.hosts, ignoring: [shared])
        let evidence = IdentityFleet.evidence("C", "A", "-")
        #expect(Identification.of(evidence, among: index, seenElsewhere: CardHistory()) == .host(3, news: []))
        let trusted = Identification.trusted(evidence, among: index, seenElsewhere: CardHistory())
        #expect(trusted == IdentityFleet.evidence("C", "-", "-"))
    }
}

extension Identification {
    var conflict: Conflict? {
        if case .conflict(let conflict) = self { conflict } else { nil }
    }

    var hostID: Int64? {
        if case .host(let id, _) = self { id } else { nil }
    }
}
