/// A table of bounded size whose entries are in the order in which they were last touched: the one that was touched longest ago
/// makes room. Everything takes the same time, however much there is.
struct LatestFirst<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Slot: Sendable {
        var key: Key
        var value: Value
        /// Its neighbours; -1 where there is none.
        var newer: Int
        var older: Int
    }

    private var places: [Key: Int] = [:]
    private var slots: [Slot] = []
    private var newest = -1
    private var oldest = -1
    /// The entry that was looked at last.
    private var hand = -1
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = max(capacity, 1)
    }

    var count: Int { places.count }

    subscript(key: Key) -> Value? { places[key].map { slots[$0].value } }

    /// All values, those touched last first.
    var values: [Value] {
        var values: [Value] = []
        values.reserveCapacity(slots.count)
        var place = newest
        while place >= 0 {
            values.append(slots[place].value)
            place = slots[place].older
        }
        return values
    }

    /// Makes an entry where there is none.
    ///
    /// - Returns: the entry that had to go for it.
    mutating func insert(_ key: Key, otherwise value: Value) -> (key: Key, value: Value)? {
        guard places[key] == nil else { return nil }
        if slots.count < capacity {
            slots.append(Slot(key: key, value: value, newer: -1, older: -1))
            places[key] = slots.count - 1
            link(slots.count - 1)
            return nil
        }
        let place = oldest
        let gone = (slots[place].key, slots[place].value)
        unlink(place)
        places[gone.0] = nil
        slots[place] = Slot(key: key, value: value, newer: -1, older: -1)
        places[key] = place
        link(place)
        return gone
    }

    /// Changes a value in place; nothing for a key that is not there.
    mutating func update(_ key: Key, _ body: (inout Value) -> Void) {
        if let place = places[key] { body(&slots[place].value) }
    }

    /// Changes every value in place.
    mutating func updateAll(_ body: (inout Value) -> Void) {
        for place in slots.indices { body(&slots[place].value) }
    }

    /// Looks at a few entries: each call goes on behind those of the one before, so that all have their turn.
    mutating func next(_ count: Int) -> [(key: Key, value: Value)] {
        (0..<min(count, slots.count)).map { _ in
            hand = hand + 1 < slots.count ? hand + 1 : 0
            return (slots[hand].key, slots[hand].value)
        }
    }

    /// Takes an entry away.
    mutating func remove(_ key: Key) -> Value? {
        guard let place = places.removeValue(forKey: key) else { return nil }
        let value = slots[place].value
        unlink(place)
        // The last slot comes to the gap, and its neighbours must find it there.
        let moved = slots.removeLast()
        guard place < slots.count else { return value }
        slots[place] = moved
        places[moved.key] = place
        if moved.newer >= 0 { slots[moved.newer].older = place } else { newest = place }
        if moved.older >= 0 { slots[moved.older].newer = place } else { oldest = place }
        return value
    }

    mutating func touch(_ key: Key) {
        guard let place = places[key], place != newest else { return }
        unlink(place)
        link(place)
    }

    private mutating func link(_ place: Int) {
        slots[place].newer = -1
        slots[place].older = newest
        if newest >= 0 { slots[newest].newer = place } else { oldest = place }
        newest = place
    }

    private mutating func unlink(_ place: Int) {
        let (newer, older) = (slots[place].newer, slots[place].older)
        if newer >= 0 { slots[newer].older = older } else { newest = older }
        if older >= 0 { slots[older].newer = newer } else { oldest = newer }
    }
}
