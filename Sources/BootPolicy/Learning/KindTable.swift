/// What is known of the kinds of firmware. Bounded: whose lesson never held again, and is the oldest, makes room.
struct KindTable: Sendable {
    /// A lesson, and how often it failed since it last held.
    struct Kind: Sendable {
        var lesson: Lesson
        var failures = 0
        /// Whether the lesson's loader was ever seen alive.
        var isLoaderProven = true
        /// Whether the lesson has held once more since the hand passed.
        var heldAgain = false
    }

    private var entries: [Fingerprint: Kind] = [:]
    /// All kinds in a ring, and where the search for the next to go begins: a lesson that held gets a second chance, so
    /// that a flood of made-up kinds drives out itself and not those of real machines.
    private var ring: [Fingerprint] = []
    private var hand = 0

    static let capacity = 4096

    /// - Parameter lessons: what earlier runs learned, the newest first.
    init(_ lessons: [Lesson]) {
        for lesson in lessons.prefix(Self.capacity).reversed() { _ = add(Kind(lesson: lesson)) }
    }

    var lessons: [Lesson] { entries.values.map(\.lesson) }

    /// A kind that is known; only `add` makes one known.
    subscript(fingerprint: Fingerprint) -> Kind? { entries[fingerprint] }

    /// Changes what is known of a kind, if anything is.
    mutating func change(_ fingerprint: Fingerprint, _ change: (inout Kind) -> Void) {
        guard var kind = entries[fingerprint] else { return }
        change(&kind)
        entries[fingerprint] = kind
    }

    /// Adds a kind, or puts it in the place of what was known of the same one.
    ///
    /// - Returns: the kind that was forgotten for it.
    mutating func add(_ kind: Kind) -> Fingerprint? {
        let fingerprint = kind.lesson.fingerprint
        guard entries.updateValue(kind, forKey: fingerprint) == nil else { return nil }
        guard ring.count == Self.capacity else {
            ring.append(fingerprint)
            return nil
        }
        while entries[ring[hand]]?.heldAgain == true {
            entries[ring[hand]]?.heldAgain = false
            hand = (hand + 1) % ring.count
        }
        let forgotten = ring[hand]
        entries[forgotten] = nil
        ring[hand] = fingerprint
        hand = (hand + 1) % ring.count
        return forgotten
    }

    /// Forgets one kind, or all.
    mutating func forget(_ fingerprint: Fingerprint?) {
        if let fingerprint {
            entries[fingerprint] = nil
            ring.removeAll { $0 == fingerprint }
        } else {
            entries.removeAll()
            ring.removeAll()
        }
        hand = 0
    }
}
