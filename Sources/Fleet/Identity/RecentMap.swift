/// A table of bounded size that forgets what was not written for longest, in constant time.
///
/// Two generations: writing goes into the young one; when that holds half of the places it becomes the old one, and
/// what was old is gone. So an entry outlives at least half of `capacity` others written after it.
struct RecentMap<Key: Hashable & Sendable, Value: Equatable & Sendable>: Equatable, Sendable {
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    private let generation: Int

    /// Never holds more entries than `capacity`, of which there are at least 2.
    init(capacity: Int) {
        generation = max(capacity / 2, 1)
    }

    var count: Int { young.count + old.count }

    subscript(key: Key) -> Value? {
        get { young[key] ?? old[key] }
        set {
            old[key] = nil
            young[key] = newValue
            if young.count >= generation { (old, young) = (young, [:]) }
        }
    }
}
