import BootPolicy

/// A table of bounded size: what was noted longest ago makes room.
struct RecentNotes<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var key: Key
        /// Its hash in `places`.
        var hash: UInt32
        var value: Value
        /// Its neighbours in the line of entries: which was noted before it, and after it.
        var older: Int32
        var newer: Int32
    }

    private static var none: Int32 { -1 }

    private var entries: [Entry] = []
    private var places: HashedPlaces
    private var oldest = none
    private var newest = none
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = max(capacity, 1)
        places = HashedPlaces(capacity: self.capacity)
    }

    subscript(key: Key) -> Value? { place(of: key, HashedPlaces.hash(key)).map { entries[$0].value } }

    mutating func note(_ value: Value, for key: Key) {
        note(for: key) { _ in value }
    }

    /// Notes what follows from the value that is there.
    mutating func note(for key: Key, _ follow: (Value?) -> Value) {
        let hash = HashedPlaces.hash(key)
        if let place = place(of: key, hash) {
            entries[place].value = follow(entries[place].value)
            unlink(place)
            link(place)
        } else {
            link(add(follow(nil), for: key, hash))
        }
    }

    private func place(of key: Key, _ hash: UInt32) -> Int? {
        places.find(hash) { entries[$0].key == key }
    }

    /// An entry that stands in no line yet, in the place of the oldest where there is no other.
    private mutating func add(_ value: Value, for key: Key, _ hash: UInt32) -> Int {
        let entry = Entry(key: key, hash: hash, value: value, older: Self.none, newer: Self.none)
        var place = entries.count
        if place < capacity {
            entries.append(entry)
        } else {
            place = Int(oldest)
            unlink(place)
            places.remove(entries[place].hash, place: place)
            entries[place] = entry
        }
        places.insert(hash, place: place)
        return place
    }

    private mutating func link(_ place: Int) {
        entries[place].older = newest
        entries[place].newer = Self.none
        if newest == Self.none { oldest = Int32(place) } else { entries[Int(newest)].newer = Int32(place) }
        newest = Int32(place)
    }

    private mutating func unlink(_ place: Int) {
        let (older, newer) = (entries[place].older, entries[place].newer)
        if older == Self.none { oldest = newer } else { entries[Int(older)].newer = newer }
        if newer == Self.none { newest = older } else { entries[Int(newer)].older = older }
    }

    /// The key that was noted last of those whose value fits. Looks through the table.
    func lastKey(where fits: (Value) -> Bool) -> Key? {
        var place = newest
        while place != Self.none, !fits(entries[Int(place)].value) { place = entries[Int(place)].older }
        return place == Self.none ? nil : entries[Int(place)].key
    }
}
