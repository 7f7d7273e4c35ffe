package import Wire

/// What the inventory knows of one host; marks that tell nothing are left out (`Evidence`).
package struct KnownHost: Hashable, Sendable {
    package let id: Int64
    package let name: String
    /// In the order of their numbers, each once.
    package let cards: [MACAddress]
    /// In `eitherOrder`.
    package let uuid: MachineUUID?
    /// As `Evidence` spells it.
    package let serial: String?

    /// `id` is the inventory's own and never reused; `cards` are those of all its network cards.
    package init(id: Int64, name: String, cards: [MACAddress], uuid: MachineUUID? = nil, serial: String? = nil) {
        let marks = Evidence(card: nil, uuid: uuid, serial: serial)
        self.id = id
        self.name = name
        self.cards = Set(cards.filter { !Worthless.isWorthless($0) }).sorted { $0.value < $1.value }
        self.uuid = marks.uuid
        self.serial = marks.serial
    }
}

/// The hosts that the inventory knows, found by any of their marks in constant time.
///
/// A mark that the inventory gives to two hosts is kept for both: who finds it there has a conflict.
package struct HostIndex: Sendable {
    private var hosts: [Int64: KnownHost] = [:]
    private var cards = Claims<MACAddress>()
    private var uuids = Claims<MachineUUID>()
    private var serials = Claims<String>()
    /// UUIDs and serials that the operator declared to tell nothing, beside those that everyone knows.
    private let ignored: Set<Evidence>

    /// Each id once. `ignoring` holds evidence of one UUID or one serial each, that this fleet's boards share.
    package init(_ hosts: some Sequence<KnownHost> = [], ignoring: some Sequence<Evidence> = []) {
        ignored = Set(ignoring)
        self.hosts.reserveCapacity(hosts.underestimatedCount)
        for host in hosts { insert(host) }
    }

    package var count: Int { hosts.count }

    package subscript(id: Int64) -> KnownHost? { hosts[id] }

    /// Adds a host, in place of the one that had its id.
    package mutating func insert(_ host: KnownHost) {
        remove(host.id)
        hosts[host.id] = host
        for card in host.cards { cards.claim(card, by: host.id) }
        if let uuid = host.uuid { uuids.claim(uuid, by: host.id) }
        if let serial = host.serial { serials.claim(serial, by: host.id) }
    }

    /// Takes a host out, if it is there.
    package mutating func remove(_ id: Int64) {
        guard let host = hosts.removeValue(forKey: id) else { return }
        for card in host.cards { cards.release(card, by: id) }
        if let uuid = host.uuid { uuids.release(uuid, by: id) }
        if let serial = host.serial { serials.release(serial, by: id) }
    }

    /// The hosts on whose record the card stands: one, unless the inventory contradicts itself. By id.
    package func hosts(with card: MACAddress) -> [KnownHost] { cards.owners(of: card).compactMap { hosts[$0] } }

    func hosts(with uuid: MachineUUID) -> [KnownHost] { uuids.owners(of: uuid).compactMap { hosts[$0] } }

    func hosts(with serial: String) -> [KnownHost] { serials.owners(of: serial).compactMap { hosts[$0] } }

    /// The marks of the evidence that the operator declared to tell nothing.
    func ignored(of evidence: Evidence) -> Marks {
        guard !ignored.isEmpty else { return [] }
        var marks: Marks = []
        if ignored.contains(evidence.without([.card, .serial])) { marks.insert(.uuid) }
        if ignored.contains(evidence.without([.card, .uuid])) { marks.insert(.serial) }
        return marks
    }
}

/// Whose each mark is.
private struct Claims<Mark: Hashable & Sendable>: Sendable {
    /// The others' array costs nothing while it is empty, as it should be.
    private struct Owners: Sendable {
        var first: Int64
        var others: [Int64] = []
    }

    private var owners: [Mark: Owners] = [:]

    mutating func claim(_ mark: Mark, by id: Int64) {
        guard var known = owners[mark] else {
            owners[mark] = Owners(first: id)
            return
        }
        known.others.append(id)
        owners[mark] = known
    }

    mutating func release(_ mark: Mark, by id: Int64) {
        let left = owners(of: mark).filter { $0 != id }
        owners[mark] = left.first.map { Owners(first: $0, others: Array(left.dropFirst())) }
    }

    /// In the order of their numbers: no answer depends on who came first.
    func owners(of mark: Mark) -> [Int64] {
        guard let known = owners[mark] else { return [] }
        return known.others.isEmpty ? [known.first] : ([known.first] + known.others).sorted()
    }
}
