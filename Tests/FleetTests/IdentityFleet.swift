import Fleet
import Testing
import Wire

/// A small fleet with a host of each kind of record, and the words in which the tables speak of it.
enum IdentityFleet {
    static let hosts = [
        KnownHost(id: 1, name: "alpha", cards: [card("A")], uuid: uuid("A"), serial: serial("A")),
        KnownHost(id: 2, name: "beta", cards: [card("B")], uuid: uuid("B"), serial: serial("B")),
        KnownHost(id: 3, name: "card-only", cards: [card("C")]),
        KnownHost(id: 4, name: "no-serial", cards: [card("E")], uuid: uuid("E")),
        KnownHost(id: 5, name: "no-uuid", cards: [card("F")], serial: serial("F")),
    ]

    static let ids: [String: Int64] = ["A": 1, "B": 2, "C": 3, "E": 4, "F": 5]

    /// Any letter has a card, a UUID and a serial of its own; those of `hosts` are on record.
    static func card(_ letter: String) -> MACAddress { MACAddress(0x5254_0000_0000 | number(letter)) }

    static func uuid(_ letter: String) -> MachineUUID {
        MachineUUID(high: 0x8A11_22C3_44D5_4166, low: 0x9000_0000_0000_0000 | number(letter))
    }

    static func serial(_ letter: String) -> String { "SN-7Q\(letter)" }

    /// `card` is a letter or `-`, with `~` behind it when the card is known to be shared.
    static func evidence(_ card: String, _ uuid: String, _ serial: String) -> Evidence {
        let letter = String(card.prefix { $0 != "~" })
        return Evidence(
            card: letter == "-" ? nil : self.card(letter), uuid: uuid == "-" ? nil : self.uuid(uuid),
            serial: serial == "-" ? nil : self.serial(serial))
    }

    /// The card went through machines that nobody knows, to and fro.
    static func history(_ card: String) -> CardHistory {
        var history = CardHistory()
        guard card.hasSuffix("~") else { return history }
        for (hour, stranger) in ["X", "Y", "X"].enumerated() {
            let start = Moment(hour) * 3_600_000
            _ = history.note(evidence(card, stranger, "-"), boot: start...start + 9_000)
        }
        return history
    }

    /// The answer in the tables' words: `A`, `A+card`, `?`, `I004`.
    static func word(_ answer: Identification) -> String {
        switch answer {
        case .unknown: return "?"
        case .conflict(let conflict): return String(conflict.code.dropFirst(3))
        case .host(let id, let news):
            let names: [(Marks, String)] = [(.card, "card"), (.uuid, "uuid"), (.serial, "serial")]
            let host = ids.first { $0.value == id }?.key ?? "none"
            return ([host] + names.filter { news.contains($0.0) }.map(\.1)).joined(separator: "+")
        }
    }

    static func answer(
        _ card: String, _ uuid: String, _ serial: String, seenElsewhere history: CardHistory? = nil
    ) -> Identification {
        Identification.of(
            evidence(card, uuid, serial), among: HostIndex(hosts), seenElsewhere: history ?? self.history(card))
    }

    private static func number(_ letter: String) -> UInt64 { letter.utf8.reduce(0) { $0 << 8 | UInt64($1) } }
}
