import BootPolicy
import Wire

/// An answer with all that is needed to send it, now or later.
struct PreparedReply {
    /// What a client asked, and how it came here.
    struct Request {
        var facts: ClientFacts
        var arrival: Arrival
        /// The link-layer address that brought it.
        var sender: MACAddress?
    }

    var request: Request
    var reply: BootReply
}

/// Answers that wait: for slow ROMs, and while a secondary server leaves the first word to the primary one.
struct PendingReplies {
    /// When an answer goes out.
    enum Turn {
        case now
        case later
        /// There is no room to wait, and to answer at once would be to speak before the primary server.
        case never
    }

    /// What became of an answer when its time came.
    enum Due {
        case send(PreparedReply)
        /// Another server answered meanwhile.
        case calledOff(PreparedReply.Request)
    }

    private struct Entry {
        var due: Instant
        var number: Int
        var prepared: PreparedReply
    }

    /// One question of a client: its DISCOVER and what a relay made of it are two, each answered on its own way.
    private struct Question: Hashable {
        var hardware: ClientHardware
        var transaction: UInt32
        var relay: IPv4Address

        init(_ facts: ClientFacts) {
            hardware = facts.hardware
            transaction = facts.transaction
            relay = facts.relayAddress
        }
    }

    /// The answers to one client that stand by.
    private struct StandingBy {
        var count = 0
        /// Those up to this number were called off.
        var calledOff = 0
    }

    /// In order of their deadlines; the first `done` are no more.
    private var queue: [Entry] = []
    private var done = 0
    /// The newest answer to each question; an older one is not sent.
    private var newest: [Question: Int] = [:]
    private var standingBy: [ClientHardware: StandingBy] = [:]
    private var lastNumber = 0
    /// Clients ask again; a flood must not fill the memory.
    private static let capacity = 4096

    /// When the next answer is due.
    var deadline: Instant? { done < queue.count ? queue[done].due : nil }

    /// Takes an answer that has to wait, and tells when it goes out.
    mutating func turn(of prepared: PreparedReply, now: Instant) -> Turn {
        guard prepared.reply.delay > .zero else { return .now }
        if add(prepared, due: now + prepared.reply.delay) { return .later }
        return prepared.reply.isStandby ? .never : .now
    }

    /// Puts an answer into the queue; it replaces one to the same question that still waits.
    ///
    /// - Returns: false when there is no room.
    mutating func add(_ prepared: PreparedReply, due: Instant) -> Bool {
        guard queue.count - done < Self.capacity else { return false }
        lastNumber += 1
        newest[Question(prepared.request.facts)] = lastNumber
        if prepared.reply.isStandby {
            standingBy[prepared.request.facts.hardware, default: StandingBy()].count += 1
        }
        var place = queue.count
        while place > done, queue[place - 1].due > due { place -= 1 }
        queue.insert(Entry(due: due, number: lastNumber, prepared: prepared), at: place)
        return true
    }

    /// Calls the answers to a client off that only stand by for another server's.
    mutating func standDown(_ hardware: ClientHardware) {
        standingBy[hardware]?.calledOff = lastNumber
    }

    /// Drops all of them: what they were decided by holds no more, and clients ask again.
    mutating func removeAll() {
        queue.removeAll()
        done = 0
        newest.removeAll()
        standingBy.removeAll()
    }

    /// What became of the next answer that is due, if no newer one took its place.
    mutating func next(now: Instant) -> Due? {
        while done < queue.count, queue[done].due <= now {
            let entry = queue[done]
            done += 1
            compact()
            let isCalledOff = leave(entry)
            let question = Question(entry.prepared.request.facts)
            guard newest[question] == entry.number else { continue }
            newest[question] = nil
            return isCalledOff ? .calledOff(entry.prepared.request) : .send(entry.prepared)
        }
        return nil
    }

    /// Ends an answer's standing by.
    ///
    /// - Returns: whether it was called off.
    private mutating func leave(_ entry: Entry) -> Bool {
        let hardware = entry.prepared.request.facts.hardware
        guard entry.prepared.reply.isStandby, var left = standingBy[hardware] else { return false }
        left.count -= 1
        standingBy[hardware] = left.count == 0 ? nil : left
        return entry.number <= left.calledOff
    }

    /// Gives the room of those sent back, now and then.
    private mutating func compact() {
        guard done == queue.count || done >= Self.capacity else { return }
        queue.removeFirst(done)
        done = 0
    }
}
