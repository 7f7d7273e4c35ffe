import BootPolicy
import Wire

/// The memory of a flight recorder: octets in small pieces, chained to records, chained to clients; all of it reserved once and
/// touched only as it is used. Nobody else points there, so it goes where its owner goes.
struct FlightStore: ~Copyable, @unchecked Sendable {
    private struct Slot {
        var facts: FlightFacts
        var length: Int32
        var firstPiece: Int32
        /// The next record of the same client.
        var next: Int32
    }

    private struct Client {
        var name: FlightClient
        /// Its hash in `places`.
        var hash: UInt32
        /// Its oldest and its newest record.
        var first: Int32
        var last: Int32
        var packets: Int32 = 0
        var events: Int32 = 0
        /// Its neighbours in the line of clients: who was heard of before it, and after it.
        var older: Int32
        var newer: Int32
    }

    /// Octets of one piece; a DISCOVER takes two or three.
    private static let pieceSize = 192
    /// No datagram that is kept is longer.
    private static let longest = 2048
    private static let none: Int32 = -1
    /// What a client costs in the table that finds it, which is between a half and a quarter full.
    private static let costOfName = 4 * MemoryLayout<UInt64>.stride
    /// So many pieces for each client that can be known at once: one that was heard once takes two.
    private static let piecesPerClient = 4

    /// A machine room that is switched on, and then as many as people switch on by hand. More in so short a time are a storm or a
    /// flood of made-up addresses: of these some are kept, and they do not wash away what is known of others.
    private static let (roomfulOfNewcomers, newcomersPerSecond) = (4096, 250)

    private let mostOfOne: Int32
    private let octets: UnsafeMutableRawPointer
    private let nextPiece: UnsafeMutablePointer<Int32>
    private let slots: UnsafeMutablePointer<Slot>
    private let table: UnsafeMutablePointer<Client>
    private var freePieces: FreePlaces
    private var freeSlots: FreePlaces
    private var freeClients: FreePlaces
    private var places: HashedPlaces
    private var newcomers: Ration
    /// Who was heard of longest ago, and last.
    private var oldest = none
    private var newest = none
    private var forgotten = 0
    private var leftOut = 0
    private let capacity: Int

    /// - Parameters:
    ///   - octets: for everything together.
    ///   - mostOfOne: packets of a client, and as many events.
    init(octets: Int, mostOfOne: Int) {
        let client = MemoryLayout<Client>.stride + Self.costOfName
        let piece = Self.pieceSize + MemoryLayout<Int32>.stride * 2 + MemoryLayout<Slot>.stride
        let pieces = max(0, min(octets, 1 << 32)) / (piece + client / Self.piecesPerClient)
        let clients = pieces / Self.piecesPerClient
        self.mostOfOne = Int32(mostOfOne)
        self.octets = .allocate(byteCount: pieces * Self.pieceSize, alignment: 16)
        nextPiece = .allocate(capacity: pieces)
        slots = .allocate(capacity: pieces)
        table = .allocate(capacity: clients)
        freePieces = FreePlaces(pieces)
        freeSlots = FreePlaces(pieces)
        freeClients = FreePlaces(clients)
        places = HashedPlaces(capacity: clients)
        newcomers = Ration(
            burst: Self.roomfulOfNewcomers, perSecond: Self.newcomersPerSecond, now: Instant(nanoseconds: 0))
        capacity = octets
    }

    deinit {
        octets.deallocate()
        nextPiece.deallocate()
        slots.deallocate()
        table.deallocate()
    }

    /// All clients, who was heard of longest ago first.
    var clients: [FlightClient] {
        var found: [FlightClient] = []
        var client = oldest
        while client != Self.none {
            found.append(table[Int(client)].name)
            client = table[Int(client)].newer
        }
        return found
    }

    func knows(_ client: FlightClient) -> Bool { place(of: client, HashedPlaces.hash(client)) != nil }

    private func place(of name: FlightClient, _ hash: UInt32) -> Int? {
        places.find(hash) { table[$0].name == name }
    }

    var usage: FlightUsage {
        var usage = FlightUsage()
        usage.clients = freeClients.used
        usage.records = freeSlots.used
        usage.capacity = capacity
        usage.used =
            freePieces.used * (Self.pieceSize + MemoryLayout<Int32>.stride) + freeSlots.used * MemoryLayout<Slot>.stride
            + freeClients.used * (MemoryLayout<Client>.stride + Self.costOfName)
        usage.forgotten = forgotten
        usage.leftOut = leftOut
        return usage
    }

    /// What is kept of a client, the oldest first.
    func records(of client: FlightClient) -> [FlightRecord] {
        guard let place = place(of: client, HashedPlaces.hash(client)) else { return [] }
        var found: [FlightRecord] = []
        var slot = table[place].first
        while slot != Self.none {
            let entry = slots[Int(slot)]
            found.append(FlightRecord(client: client, facts: entry.facts, octets: contents(entry)))
            slot = entry.next
        }
        return found
    }

    private func contents(_ slot: Slot) -> [UInt8] {
        var found: [UInt8] = []
        found.reserveCapacity(Int(slot.length))
        var piece = slot.firstPiece
        while piece != Self.none, found.count < Int(slot.length) {
            let count = min(Self.pieceSize, Int(slot.length) - found.count)
            found += UnsafeRawBufferPointer(
                start: octets.advanced(by: Int(piece) * Self.pieceSize), count: count)
            piece = nextPiece[Int(piece)]
        }
        return found
    }
}

extension FlightStore {
    /// Adds a record of a client, which is then the one heard of last.
    mutating func add(_ contents: UnsafeRawBufferPointer, _ facts: FlightFacts, of name: FlightClient) {
        let pieces = (contents.count + Self.pieceSize - 1) / Self.pieceSize
        guard contents.count <= Self.longest, let client = place(of: name, now: facts.time) else { return }
        moveToEnd(client)
        let isEvent = facts.content == .event
        while (isEvent ? table[client].events : table[client].packets) >= mostOfOne {
            dropFirst(of: client, isEvent: isEvent)
        }
        guard makeRoom(pieces: pieces, besides: client), let slot = freeSlots.take() else { return }
        slots.advanced(by: slot).initialize(
            to: Slot(facts: facts, length: Int32(contents.count), firstPiece: write(contents), next: Self.none))
        let last = table[client].last
        if last == Self.none {
            table[client].first = Int32(slot)
        } else {
            slots[Int(last)].next = Int32(slot)
        }
        table[client].last = Int32(slot)
        count(isEvent, by: 1, of: client)
    }

    /// Where a client is, if need be after the oldest has made room.
    private mutating func place(of name: FlightClient, now: Instant) -> Int? {
        // An answer follows its question.
        if newest != Self.none, table[Int(newest)].name == name { return Int(newest) }
        let hash = HashedPlaces.hash(name)
        if let place = place(of: name, hash) { return place }
        guard newcomers.take(now: now) else {
            leftOut += 1
            return nil
        }
        if freeClients.isEmpty, oldest != Self.none { forget(Int(oldest)) }
        guard let place = freeClients.take() else { return nil }
        table.advanced(by: place).initialize(
            to: Client(
                name: name, hash: hash, first: Self.none, last: Self.none, older: newest, newer: Self.none))
        link(place)
        places.insert(hash, place: place)
        return place
    }

    private mutating func link(_ client: Int) {
        table[client].older = newest
        table[client].newer = Self.none
        if newest == Self.none { oldest = Int32(client) } else { table[Int(newest)].newer = Int32(client) }
        newest = Int32(client)
    }

    private mutating func unlink(_ client: Int) {
        let (older, newer) = (table[client].older, table[client].newer)
        if older == Self.none { oldest = newer } else { table[Int(older)].newer = newer }
        if newer == Self.none { newest = older } else { table[Int(newer)].older = older }
    }

    private mutating func moveToEnd(_ client: Int) {
        guard newest != Int32(client) else { return }
        unlink(client)
        link(client)
    }

    /// - Returns: false when not even all of the client's own records together made room.
    private mutating func makeRoom(pieces: Int, besides client: Int) -> Bool {
        while freePieces.left < pieces || freeSlots.isEmpty {
            if Int(oldest) != client {
                forget(Int(oldest))
            } else if table[client].first != Self.none {
                drop(after: Self.none, of: client)
            } else {
                return false
            }
        }
        return true
    }

    /// Forgets a client with all its records.
    private mutating func forget(_ client: Int) {
        while table[client].first != Self.none { drop(after: Self.none, of: client) }
        unlink(client)
        places.remove(table[client].hash, place: client)
        freeClients.give(client)
        forgotten += 1
    }

    /// Drops a client's oldest packet, or its oldest event.
    private mutating func dropFirst(of client: Int, isEvent: Bool) {
        var before = Self.none
        var slot = table[client].first
        while slot != Self.none, (slots[Int(slot)].facts.content == .event) != isEvent {
            before = slot
            slot = slots[Int(slot)].next
        }
        if slot != Self.none { drop(after: before, of: client) }
    }

    /// Drops the record behind another one, or a client's first.
    private mutating func drop(after before: Int32, of client: Int) {
        let slot = Int(before == Self.none ? table[client].first : slots[Int(before)].next)
        let next = slots[slot].next
        if before == Self.none { table[client].first = next } else { slots[Int(before)].next = next }
        if next == Self.none { table[client].last = before }
        count(slots[slot].facts.content == .event, by: -1, of: client)
        var piece = slots[slot].firstPiece
        while piece != Self.none {
            let following = nextPiece[Int(piece)]
            freePieces.give(Int(piece))
            piece = following
        }
        freeSlots.give(slot)
    }

    private func count(_ isEvent: Bool, by amount: Int32, of client: Int) {
        if isEvent { table[client].events += amount } else { table[client].packets += amount }
    }

    /// Copies octets into free pieces, of which there are enough.
    ///
    /// - Returns: the first of them; none for no octets.
    private mutating func write(_ contents: UnsafeRawBufferPointer) -> Int32 {
        var first = Self.none
        // From behind, so that each knows the one that follows.
        var end = contents.count
        while end > 0, let piece = freePieces.take() {
            let start = (end - 1) / Self.pieceSize * Self.pieceSize
            if let base = contents.baseAddress {
                octets.advanced(by: piece * Self.pieceSize).copyMemory(
                    from: base.advanced(by: start), byteCount: end - start)
            }
            nextPiece[piece] = first
            first = Int32(piece)
            end = start
        }
        return first
    }
}

/// Which of so many numbered places are free. Places that were never taken cost nothing.
private struct FreePlaces {
    private var given: [Int32] = []
    private var untouched = 0
    private let count: Int

    init(_ count: Int) {
        self.count = count
    }

    var left: Int { count - untouched + given.count }
    var used: Int { untouched - given.count }
    var isEmpty: Bool { left == 0 }

    mutating func take() -> Int? {
        if let place = given.popLast() { return Int(place) }
        guard untouched < count else { return nil }
        untouched += 1
        return untouched - 1
    }

    mutating func give(_ place: Int) {
        given.append(Int32(place))
    }
}
