import BootPolicy
import Wire

/// One event on its way to one hook.
struct HookDelivery: Sendable {
    /// Of all deliveries; a new one at each try.
    var number: UInt64 = 0
    let hook: Hook
    let event: HookEvent
    /// The JSON object.
    let body: [UInt8]
    /// How often it was begun.
    var tries = 0
    /// When it was begun first.
    var begun: Instant?
    /// While it waits: not before. While it runs: until then.
    var due: Instant

    init(hook: Hook, event: HookEvent, body: [UInt8], now: Instant) {
        self.hook = hook
        self.event = event
        self.body = body
        due = now
    }
}

/// What one hook is to be told, some at a time: a hook that hangs holds up itself alone. Bounded: what is over is not told.
struct HookQueue {
    static let mostWaiting = 256
    static let mostRunning = 4
    /// Beyond a delivery's own time, which others are to keep.
    static let grace = TimeSpan.seconds(5)

    private var waiting: [HookDelivery] = []
    private var running: [UInt64: HookDelivery] = [:]
    /// Something was not told since the last time that nobody waited.
    private(set) var overflows = false

    var isEmpty: Bool { waiting.isEmpty && running.isEmpty }

    var isHalfFull: Bool { waiting.count >= Self.mostWaiting / 2 }

    var runningCount: Int { running.count }

    /// Whether the hook hears of this, by the latest settings that somebody waits with.
    func hears(of cause: Hook.Cause) -> Bool { waiting.last?.hook.causes.contains(cause) == true }

    /// - Returns: whether there was room for it.
    mutating func add(_ delivery: HookDelivery) -> Bool {
        guard waiting.count < Self.mostWaiting else {
            overflows = true
            return false
        }
        waiting.append(delivery)
        return true
    }

    /// The next one, which runs from now on under this number; nil when there is none, or no room.
    ///
    /// - Parameter takesCommands: whether there is room for a command, those of other hooks considered.
    mutating func next(_ number: UInt64, now: Instant, takesCommands: Bool = true) -> HookDelivery? {
        guard running.count < Self.mostRunning,
            let place = waiting.firstIndex(where: { $0.due <= now && (takesCommands || !$0.hook.isCommand) })
        else { return nil }
        var delivery = waiting.remove(at: place)
        delivery.number = number
        delivery.tries += 1
        delivery.begun = delivery.begun ?? now
        delivery.due = now + delivery.hook.timeout + Self.grace
        running[number] = delivery
        if waiting.isEmpty { overflows = false }
        return delivery
    }

    /// It runs no more; nil for one that is not known.
    mutating func end(_ number: UInt64) -> HookDelivery? { running.removeValue(forKey: number) }

    /// Has it wait for another try. There is room for those who ran already.
    mutating func postpone(_ delivery: HookDelivery, until due: Instant) {
        var delivery = delivery
        delivery.due = due
        waiting.append(delivery)
    }

    /// It could not be begun: it waits as before, ahead of all others.
    mutating func putBack(_ delivery: HookDelivery) {
        guard var delivery = end(delivery.number), let begun = delivery.begun else { return }
        delivery.tries -= 1
        delivery.due = begun
        if delivery.tries == 0 { delivery.begun = nil }
        waiting.insert(delivery, at: 0)
    }

    /// The numbers of those of whom nothing was heard in time.
    func overdue(now: Instant) -> [UInt64] { running.values.filter { $0.due <= now }.map(\.number) }

    /// The numbers of those whose command runs.
    var runningCommands: [UInt64] { running.values.filter(\.hook.isCommand).map(\.number) }

    /// When there is something to do without anything having happened; nil for never.
    ///
    /// - Parameter takesCommands: as for `next`.
    func deadline(takesCommands: Bool = true) -> Instant? {
        let startable = waiting.filter { takesCommands || !$0.hook.isCommand }
        let next = running.count < Self.mostRunning ? startable.map(\.due).min() : nil
        return [next, running.values.map(\.due).min()].compactMap(\.self).min()
    }
}
