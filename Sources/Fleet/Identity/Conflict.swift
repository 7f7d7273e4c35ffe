package import Wire

/// Marks that contradict each other: the machine is nobody, and gets no install until the operator has settled it.
package struct Conflict: Hashable, Sendable {
    /// What is wrong; its code is for people and scripts, and never gets a second meaning.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Two machines show one UUID.
        case clonedUUID = "PF-I001"
        /// A card on one host's record comes in another machine.
        case swappedCard = "PF-I002"
        /// A card goes from machine to machine, and nothing else says whose machine it is in.
        case sharedCard = "PF-I003"
        /// The serial is one host's, the UUID another's.
        case serialElsewhere = "PF-I004"
        /// One machine has cards of two hosts.
        case oneMachineTwice = "PF-I005"
        /// Something of a host's is shown with a card that is on no record, and it proves too little.
        case unproven = "PF-I006"
        /// Two marks are a host's, the third is new and contradicts its record.
        case changed = "PF-I007"
        /// The inventory gives one mark to two hosts.
        case doubleRecord = "PF-I008"
    }

    /// A host that has to do with it.
    package struct Side: Hashable, Sendable {
        package let id: Int64
        package let name: String
        /// What of the machine's marks stands on this host's record.
        package let marks: Marks
    }

    package let kind: Kind
    /// What the machine shows: the one side.
    package let evidence: Evidence
    /// The other: the hosts whose marks it shows, or that its UUID was seen with; by id, none for two unknown machines.
    package let hosts: [Side]
    /// The cards that were seen with its UUID, without its own; by their numbers.
    package let cards: [MACAddress]
    /// The UUIDs that were seen with its card, without its own; in the order of their text.
    package let uuids: [MachineUUID]

    /// `PF-I…`.
    package var code: String { kind.rawValue }
}

extension Conflict {
    /// One sentence: what is seen, with both sides' names.
    package var cause: String {
        switch kind {
        case .clonedUUID where hosts.isEmpty:
            "UUID \(uuid) is shown by machines that differ: this one with card \(card), others with \(others)."
        case .clonedUUID:
            "UUID \(uuid) is \(owner(of: .uuid))'s, but this machine's \(foreign): the UUID was cloned."
        case .swappedCard:
            "Card \(card) is on the record of \(owner(of: .card)), but this machine shows \(rest): the card was moved."
        case .sharedCard:
            "Card \(card)\(recorded) goes from machine to machine\(seenWith) and tells nothing; this one shows \(rest)."
        case .serialElsewhere:
            "Serial \(serial) is \(owner(of: .serial))'s, but this machine's other marks are not: \(marks)."
        case .oneMachineTwice:
            "UUID \(uuid) was seen with cards of \(names): one machine stands in the inventory as several hosts."
        case .unproven:
            "This machine shows something of \(names)'s, but card \(card) is on no record, and nothing else proves it."
        case .changed:
            "Card \(card) and more are \(names)'s, but this machine also shows \(rest), which is not on its record."
        case .doubleRecord:
            "The inventory gives one mark of this machine to several hosts, \(names): \(marks)."
        }
    }

    /// Its code, what is seen, and what the operator can do.
    package var sentence: String { "\(code): \(cause) \(cure)" }

    /// One sentence: what the operator can do.
    package var cure: String {
        switch kind {
        case .clonedUUID:
            "Give the clone a UUID of its own, boot it by network once, and adopt it under its name."
        case .swappedCard:
            "If this is \(owner(of: .card)) with another main board, adopt it under that name; "
                + "if the card was moved for good, release and forget that host and adopt this machine by another name."
        case .sharedCard where evidence.uuid == nil:
            "Boot it by a card of its own: it shows nothing else that could tell it."
        case .sharedCard:
            "Adopt it under its name, and it is told by its UUID; or boot it by a card of its own."
        case .serialElsewhere:
            "Correct the serial in the firmware or on the record; if boards were swapped, adopt both machines again."
        case .oneMachineTwice:
            "Remove all but one of the hosts and give that one the cards of the others."
        case .unproven:
            "Adopt it under that host's name if it is a further card of that machine, else under a name of its own."
        case .changed:
            "If its main board was replaced, adopt it under its name again, which renews the record."
        case .doubleRecord:
            "Take the mark off the record of all hosts but the one that has it."
        }
    }

    private var card: String { evidence.card.map(\.description) ?? "none" }
    private var uuid: String { evidence.uuid.map(\.description) ?? "none" }
    private var serial: String { evidence.serial ?? "none" }

    private var marks: String { "card \(card), UUID \(uuid), serial \(serial)" }

    private var rest: String { "UUID \(shown(.uuid)), serial \(shown(.serial))" }

    /// A mark with the host's name behind it.
    private func shown(_ mark: Marks) -> String {
        let text = mark == .uuid ? uuid : serial
        let owners = names(of: mark)
        return owners.isEmpty ? text : "\(text) of \(owners)"
    }

    /// What of the machine contradicts the host that the UUID belongs to.
    private var foreign: String {
        let others = hosts.filter { !$0.marks.contains(.uuid) }
        let theirs = others.isEmpty ? "" : " (of \(others.map(\.name).joined(separator: ", ")))"
        guard evidence.serial != nil else { return "card \(card)\(theirs) is not" }
        return "card \(card) and serial \(serial)\(theirs) are not"
    }

    private var others: String { Self.list(cards.map(\.description), none: "the same card and another serial") }

    private var recorded: String {
        let owners = names(of: .card)
        return owners.isEmpty ? "" : ", on the record of \(owners),"
    }

    private var seenWith: String {
        uuids.isEmpty ? "" : " (also seen with UUID \(Self.list(uuids.map(\.description))))"
    }

    private var names: String { Self.list(hosts.map(\.name), none: "nobody") }

    private func names(of mark: Marks) -> String {
        hosts.filter { $0.marks.contains(mark) }.map(\.name).joined(separator: ", ")
    }

    private func owner(of mark: Marks) -> String {
        let owners = names(of: mark)
        return owners.isEmpty ? names : owners
    }

    private static func list(_ words: [String], none: String = "") -> String {
        words.isEmpty ? none : words.joined(separator: ", ")
    }
}
