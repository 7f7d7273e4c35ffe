import Wire

/// Who a machine is.
///
/// Pure, and fails closed: only marks that agree make a host, and whatever contradicts anything is nobody. What no
/// server can see stays unseen: a machine that shows card, UUID and serial of another, or a dongle's first boot in a
/// machine without a UUID when nothing but the dongle's address is on record.
package enum Identification: Hashable, Sendable {
    /// That host; `news` are marks of its that are not on its record yet: a further card, a UUID or serial where it had
    /// none.
    case host(Int64, news: Marks)
    /// No host has anything in common with it.
    case unknown
    case conflict(Conflict)

    /// Who shows this. Give `CardHistory.note` the boot first; without that a card's first wandering goes unseen.
    package static func of(
        _ evidence: Evidence, among index: HostIndex, seenElsewhere history: CardHistory
    ) -> Identification {
        Inquiry(evidence.without(index.ignored(of: evidence)), index, history).answer
    }

    /// What is left of the evidence without marks that tell nothing in this fleet: ignored ones, a shared card, a
    /// cloned UUID.
    ///
    /// This is what an adoption puts on record, and what a machine's three words are made of.
    package static func trusted(
        _ evidence: Evidence, among index: HostIndex, seenElsewhere history: CardHistory
    ) -> Evidence {
        var distrusted = index.ignored(of: evidence)
        if let card = evidence.card, history.isShared(card) { distrusted.insert(.card) }
        if let uuid = evidence.uuid, history.isCloned(uuid) { distrusted.insert(.uuid) }
        return evidence.without(distrusted)
    }
}

/// One question, with what the inventory and the history say about each mark.
private struct Inquiry {
    /// How a mark stands to the only host in question.
    private enum Agreement {
        /// Not shown.
        case absent
        case same
        /// Shown, nobody's, and the host has none on record.
        case new
        /// Shown, nobody's, and the host has another on record.
        case other
    }

    private let evidence: Evidence
    private let index: HostIndex
    private let history: CardHistory
    private let byCard: [KnownHost]
    private let byUUID: [KnownHost]
    private let bySerial: [KnownHost]

    init(_ evidence: Evidence, _ index: HostIndex, _ history: CardHistory) {
        self.evidence = evidence
        self.index = index
        self.history = history
        byCard = evidence.card.map { index.hosts(with: $0) } ?? []
        byUUID = evidence.uuid.map { index.hosts(with: $0) } ?? []
        bySerial = evidence.serial.map { index.hosts(with: $0) } ?? []
    }

    private var isShared: Bool { evidence.card.map(history.isShared) ?? false }
    private var isCloned: Bool { evidence.uuid.map(history.isCloned) ?? false }

    /// A card that went on once was moved; one that goes on and on, or comes back, is a dongle.
    private var movedCard: Conflict.Kind {
        evidence.card.map { history.moves(of: $0) > 1 } == true ? .sharedCard : .swappedCard
    }

    private var owners: [KnownHost] {
        var seen: Set<Int64> = []
        return (byCard + byUUID + bySerial).filter { seen.insert($0.id).inserted }
    }

    var answer: Identification {
        if max(byCard.count, byUUID.count, bySerial.count) > 1 { return conflict(.doubleRecord) }
        let owners = owners
        guard let host = owners.first else { return stranger }
        return owners.count > 1 ? conflict(contradiction) : only(host)
    }

    // MARK: Marks of two hosts or three

    private var contradiction: Conflict.Kind {
        let (card, uuid, serial) = (byCard.first, byUUID.first, bySerial.first)
        guard let uuid else { return movedCard }
        guard let card, card.id != uuid.id else { return .serialElsewhere }
        if let serial {
            if serial.id == uuid.id { return movedCard }
            return serial.id == card.id && !isShared ? .clonedUUID : .serialElsewhere
        }
        if isCloned { return .clonedUUID }
        // The card's host has another UUID, so its card is in another machine; else it may be a clone that never told.
        return card.uuid != nil || movedCard == .sharedCard ? movedCard : .clonedUUID
    }

    // MARK: Marks of one host

    private func only(_ host: KnownHost) -> Identification {
        var uuid = agreement(evidence.uuid, isHosts: !byUUID.isEmpty, record: host.uuid)
        // A cloned UUID is no mark of this host's, whose record can do without.
        if uuid == .new, isCloned { uuid = .absent }
        let serial = agreement(evidence.serial, isHosts: !bySerial.isEmpty, record: host.serial)
        if byCard.isEmpty { return withoutCard(of: host, uuid, serial) }
        return isShared ? sharedCard(of: host, uuid, serial) : card(of: host, uuid, serial)
    }

    private func agreement<Mark>(_ shown: Mark?, isHosts: Bool, record: Mark?) -> Agreement {
        guard shown != nil else { return .absent }
        return isHosts ? .same : record == nil ? .new : .other
    }

    /// The card is on the host's record, and on its only.
    private func card(of host: KnownHost, _ uuid: Agreement, _ serial: Agreement) -> Identification {
        switch (uuid, serial) {
        case (.same, .other), (.other, .same): return conflict(.changed)
        case (.other, _), (_, .other): return conflict(movedCard)
        default: break
        }
        guard uuid == .new else { return found(host, serial == .new ? .serial : []) }
        let others = hostsSeenWithUUID.filter { $0.id != host.id }
        guard others.isEmpty else { return conflict(.oneMachineTwice, seen: others) }
        return found(host, serial == .new ? [.uuid, .serial] : .uuid)
    }

    /// The card is on the host's record, but was seen in other machines: the rest must decide.
    private func sharedCard(of host: KnownHost, _ uuid: Agreement, _ serial: Agreement) -> Identification {
        switch (uuid, serial) {
        case (.same, _) where isCloned && serial != .same: conflict(.clonedUUID)
        case (.same, .other): conflict(.clonedUUID)
        case (.same, _): found(host, serial == .new ? .serial : [])
        case (.absent, .same) where host.uuid == nil: found(host, [])
        case (.other, _), (_, .other): conflict(movedCard)
        default: conflict(.sharedCard)
        }
    }

    /// The card is on no record, or none is shown; UUID, serial or both are the host's.
    private func withoutCard(of host: KnownHost, _ uuid: Agreement, _ serial: Agreement) -> Identification {
        let isFurtherCard = evidence.card != nil && !isShared
        switch (uuid, serial) {
        case (.same, .other): return conflict(.clonedUUID)
        case (.same, _) where isCloned: return conflict(.clonedUUID)
        case (.same, .same): return found(host, isFurtherCard ? .card : [])
        case (.same, _): return isFurtherCard ? conflict(.unproven) : found(host, serial == .new ? .serial : [])
        case (.other, _): return conflict(.serialElsewhere)
        case (.absent, _) where host.uuid == nil && !isFurtherCard: return found(host, [])
        default: return conflict(.unproven)
        }
    }

    // MARK: Marks of nobody

    private var stranger: Identification {
        if isCloned { return conflict(.clonedUUID) }
        let seen = hostsSeenWithUUID
        guard seen.isEmpty else { return conflict(seen.count > 1 ? .oneMachineTwice : .unproven, seen: seen) }
        return isShared && evidence.uuid == nil && evidence.serial == nil ? conflict(.sharedCard) : .unknown
    }

    /// The hosts whose cards were seen with this UUID; shared cards tell nothing.
    private var hostsSeenWithUUID: [KnownHost] {
        guard let uuid = evidence.uuid else { return [] }
        let cards = history.cards(with: uuid).filter { $0 != evidence.card && !history.isShared($0) }
        let hosts = cards.flatMap { index.hosts(with: $0) }
        return Dictionary(hosts.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }).values.sorted {
            $0.id < $1.id
        }
    }

    // MARK: Answers

    private func found(_ host: KnownHost, _ news: Marks) -> Identification { .host(host.id, news: news) }

    /// `seen` are hosts that the history names, beside those whose marks the machine shows.
    private func conflict(_ kind: Conflict.Kind, seen: [KnownHost] = []) -> Identification {
        var marks: [Int64: Marks] = [:]
        var names: [Int64: String] = [:]
        let sides: [([KnownHost], Marks)] = [(byCard, .card), (byUUID, .uuid), (bySerial, .serial), (seen, [])]
        for (hosts, mark) in sides {
            for host in hosts {
                marks[host.id, default: []].insert(mark)
                names[host.id] = host.name
            }
        }
        let cards = evidence.uuid.map(history.cards) ?? []
        let uuids = evidence.card.map(history.uuids) ?? []
        return .conflict(
            Conflict(
                kind: kind, evidence: evidence,
                hosts: marks.keys.sorted().map { Conflict.Side(id: $0, name: names[$0] ?? "", marks: marks[$0] ?? []) },
                cards: cards.filter { $0 != evidence.card }.sorted { $0.value < $1.value },
                uuids: uuids.filter { $0 != evidence.uuid }.sorted { $0.description < $1.description }))
    }
}
