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
    private struct Entry {
        var due: Instant
        var number: Int
        var prepared: PreparedReply
    }

    private struct Newest {
        var number: Int
        var isStandby: Bool
    }

    /// In order of their deadlines; the first `done` are no more.
    private var queue: [Entry] = []
    private var done = 0
    /// The newest answer for each client; an older one, or one that was called off, is not sent.
    private var current: [ClientHardware: Newest] = [:]
    private var nextNumber = 0
    /// Clients ask again; a flood must not fill the memory.
    private static let capacity = 4096

    /// When the next answer is due.
    var deadline: Instant? { done < queue.count ? queue[done].due : nil }

    /// Puts an answer into the queue; it replaces one to the same client that still waits.
    ///
    /// - Returns: false when there is no room.
    mutating func add(_ prepared: PreparedReply, due: Instant) -> Bool {
        guard queue.count - done < Self.capacity else { return false }
        nextNumber += 1
        current[prepared.request.facts.hardware] = Newest(number: nextNumber, isStandby: prepared.reply.isStandby)
        var place = queue.count
        while place > done, queue[place - 1].due > due { place -= 1 }
        queue.insert(Entry(due: due, number: nextNumber, prepared: prepared), at: place)
        return true
    }

    /// Calls the answer to a client off, if it is one that only stands by for another server's.
    mutating func standDown(_ hardware: ClientHardware) {
        if current[hardware]?.isStandby == true { current[hardware] = nil }
    }

    /// The next answer that is due and was not called off.
    mutating func next(now: Instant) -> PreparedReply? {
        while done < queue.count, queue[done].due <= now {
            let entry = queue[done]
            done += 1
            compact()
            guard current[entry.prepared.request.facts.hardware]?.number == entry.number else { continue }
            current[entry.prepared.request.facts.hardware] = nil
            return entry.prepared
        }
        return nil
    }

    /// Gives the room of those sent back, now and then.
    private mutating func compact() {
        guard done == queue.count || done >= Self.capacity else { return }
        queue.removeFirst(done)
        done = 0
    }
}
