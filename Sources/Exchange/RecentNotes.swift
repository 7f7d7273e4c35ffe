/// A table of bounded size: what was noted longest ago makes room.
struct RecentNotes<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value
        /// When it was last noted, counted in notes.
        var note: UInt64
    }

    private var entries: [Key: Entry] = [:]
    /// Every note that made an entry, oldest first; those of entries noted again since are void.
    private var notes: [(key: Key, note: UInt64)] = []
    /// Where the notes begin that still count.
    private var first = 0
    private var count: UInt64 = 0
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = max(capacity, 1)
    }

    subscript(key: Key) -> Value? { entries[key]?.value }

    mutating func note(_ value: Value, for key: Key) {
        count += 1
        entries[key] = Entry(value: value, note: count)
        notes.append((key, count))
        while entries.count > capacity { dropFirst() }
        // Void notes are cleared before they outgrow the others.
        if notes.count > 2 * capacity + 16 {
            notes = notes.filter { entries[$0.key]?.note == $0.note }
            first = 0
        }
    }

    private mutating func dropFirst() {
        let oldest = notes[first]
        first += 1
        if entries[oldest.key]?.note == oldest.note { entries[oldest.key] = nil }
    }

    /// The key that was noted last of those whose value fits. Looks through the whole table.
    func lastKey(where fits: (Value) -> Bool) -> Key? {
        entries.filter { fits($0.value.value) }.max { $0.value.note < $1.value.note }?.key
    }
}
