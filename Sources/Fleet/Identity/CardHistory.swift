package import Wire

/// Which UUIDs were seen with which card: how one knows a USB dongle that goes from machine to machine, and a UUID that
/// several machines have.
///
/// A bounded value; the caller notes each boot before it asks who it is. Two rules of forgetting:
/// - Of the cards and UUIDs those not heard of for longest go first, at least half of `capacity` others later.
/// - Those known as shared or cloned are kept apart, in as many places again, and only pushed out by their like.
package struct CardHistory: Equatable, Sendable {
    /// What a boot told that was not known before.
    package enum Finding: Hashable, Sendable {
        /// The card came with another UUID than before: it is no machine's mark. Told at each further UUID, too.
        case cardIsShared(MACAddress, uuids: [MachineUUID])
        /// The UUID came with one more card; a machine with several cards looks so, and clones one after the other do.
        case severalCards(MachineUUID, cards: [MACAddress])
        /// Two machines have the UUID: its cards boot at the same time, or show different serials.
        case uuidIsCloned(MachineUUID, cards: [MACAddress])
    }

    /// UUIDs remembered of one card.
    package static let uuidLimit = 4
    /// Cards remembered of one UUID.
    package static let cardLimit = 8

    private var cards: RecentMap<MACAddress, Card>
    private var sharedCards: RecentMap<MACAddress, Card>
    private var boards: RecentMap<MachineUUID, Board>
    private var clonedBoards: RecentMap<MachineUUID, Board>

    /// `capacity` bounds each of four tables: cards, shared cards, UUIDs, cloned UUIDs.
    package init(capacity: Int = 65_536) {
        cards = RecentMap(capacity: capacity)
        sharedCards = RecentMap(capacity: capacity)
        boards = RecentMap(capacity: capacity)
        clonedBoards = RecentMap(capacity: capacity)
    }

    /// Notes a boot and tells what it proves.
    ///
    /// `boot` reaches from the first to the latest word of this boot from this card, in wall time; noting it again with
    /// a later end is right. Boots that follow each other must not overlap: a machine that tries its cards in turn has
    /// one UUID honestly.
    package mutating func note(_ evidence: Evidence, boot: ClosedRange<Moment>) -> [Finding] {
        guard let address = evidence.card, let uuid = evidence.uuid else { return [] }
        var findings: [Finding] = []
        var board = self.board(of: uuid) ?? Board()
        let wasCloned = board.isCloned
        let isNewCard = !board.boots.contains { $0.card == address }
        let isSameCardElsewhere = board.note(Board.Boot(card: address, serial: evidence.serial, span: boot))
        store(board, of: uuid)

        var card = card(of: address) ?? Card()
        if card.note(uuid, isElsewhere: isSameCardElsewhere) {
            findings.append(.cardIsShared(address, uuids: card.uuids))
        }
        store(card, of: address)
        if isNewCard, board.boots.count > 1 { findings.append(.severalCards(uuid, cards: board.cards)) }
        if board.isCloned, !wasCloned { findings.append(.uuidIsCloned(uuid, cards: board.cards)) }
        return findings
    }

    /// The card was seen with two machines or more.
    package func isShared(_ card: MACAddress) -> Bool { sharedCards[card] != nil }

    /// The UUID was seen with two machines.
    package func isCloned(_ uuid: MachineUUID) -> Bool { clonedBoards[uuid] != nil }

    /// The UUIDs seen with a card, the latest last; at most `uuidLimit`.
    package func uuids(with card: MACAddress) -> [MachineUUID] { self.card(of: card)?.uuids ?? [] }

    /// The cards seen with a UUID, the latest last; at most `cardLimit`.
    package func cards(with uuid: MachineUUID) -> [MACAddress] { board(of: uuid)?.cards ?? [] }

    /// It went on after it had come: a swapped card moves once, a dongle again and again.
    func moves(of card: MACAddress) -> Int { self.card(of: card)?.moves ?? 0 }

    /// The operator settled it: what was seen with the card counts no more.
    package mutating func forget(_ card: MACAddress) {
        for uuid in uuids(with: card) {
            guard var board = board(of: uuid) else { continue }
            board.boots.removeAll { $0.card == card }
            store(board, of: uuid)
        }
        cards[card] = nil
        sharedCards[card] = nil
    }

    /// The operator settled it: what was seen with the UUID counts no more.
    package mutating func forget(_ uuid: MachineUUID) {
        for address in cards(with: uuid) {
            guard var card = card(of: address) else { continue }
            card.forget(uuid)
            cards[address] = nil
            sharedCards[address] = nil
            if !card.uuids.isEmpty { store(card, of: address) }
        }
        boards[uuid] = nil
        clonedBoards[uuid] = nil
    }

    private func card(of address: MACAddress) -> Card? { sharedCards[address] ?? cards[address] }

    private func board(of uuid: MachineUUID) -> Board? { clonedBoards[uuid] ?? boards[uuid] }

    private mutating func store(_ card: Card, of address: MACAddress) {
        cards[address] = card.isShared ? nil : card
        if card.isShared { sharedCards[address] = card }
    }

    private mutating func store(_ board: Board, of uuid: MachineUUID) {
        boards[uuid] = board.isCloned ? nil : board
        if board.isCloned { clonedBoards[uuid] = board }
    }
}

/// What was seen with one card.
private struct Card: Equatable, Sendable {
    /// The latest last.
    var uuids: [MachineUUID] = []
    /// How often it came with another UUID than the time before.
    var moves = 0
    /// Two machines of the same UUID have shown it.
    var isElsewhere = false

    var isShared: Bool { uuids.count > 1 || isElsewhere }

    /// True when the card is shared, and was not, or not with this UUID.
    mutating func note(_ uuid: MachineUUID, isElsewhere: Bool) -> Bool {
        let wasElsewhere = self.isElsewhere
        let isNew = !uuids.contains(uuid)
        self.isElsewhere = wasElsewhere || isElsewhere
        if let last = uuids.last, last != uuid { moves += 1 }
        uuids.removeAll { $0 == uuid }
        uuids = uuids.suffix(CardHistory.uuidLimit - 1) + [uuid]
        return (uuids.count > 1 && isNew) || (isElsewhere && !wasElsewhere)
    }

    mutating func forget(_ uuid: MachineUUID) {
        uuids.removeAll { $0 == uuid }
        isElsewhere = false
        if uuids.count < 2 { moves = 0 }
    }
}

/// What was seen with one UUID.
private struct Board: Equatable, Sendable {
    /// The latest boot from one card.
    struct Boot: Equatable, Sendable {
        var card: MACAddress
        var serial: String?
        var span: ClosedRange<Moment>
    }

    /// The latest last.
    var boots: [Boot] = []
    var isCloned = false

    var cards: [MACAddress] { boots.map(\.card) }

    /// True when two machines have shown this UUID with one and the same card.
    mutating func note(_ boot: Boot) -> Bool {
        let differing = boots.filter { known in
            if let mine = boot.serial, let other = known.serial { mine != other } else { false }
        }
        let meets = boots.contains { $0.card != boot.card && $0.span.overlaps(boot.span) }
        isCloned = isCloned || meets || !differing.isEmpty
        var latest = boot
        latest.serial = boot.serial ?? boots.first { $0.card == boot.card }?.serial
        boots.removeAll { $0.card == boot.card }
        boots = boots.suffix(CardHistory.cardLimit - 1) + [latest]
        return differing.contains { $0.card == boot.card }
    }
}
