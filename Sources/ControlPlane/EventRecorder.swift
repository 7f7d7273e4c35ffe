import BootPolicy
package import Exchange
package import Inventory
import LinuxIO

/// Who hears of every event, in their order, on the main thread.
package protocol EventListener {
    func hear(_ recorded: RecordedEvent)
    /// All that waited was heard.
    ///
    /// - Parameter lost: events of which nobody heard, for more happened than could be told.
    func heardAll(lost: Int)
    /// What was heard could not be written down.
    func hearOfInventoryFailure()
}

extension EventListener {
    package func heardAll(lost: Int) {}
    package func hearOfInventoryFailure() {}
}

/// The far end of the events' road: tells them in the log and to whoever listens, keeps them in the inventory, and tells hooks what
/// they hear of.
package final class EventRecorder {
    private let ring: EventRing
    private let log: EventLog
    private let inventory: Inventory
    private let hooks: HookFeed?
    private let listeners: [any EventListener]
    /// The inventory failed, and the operator was told; told again only after it worked once more.
    private var hasReportedFailure = false

    /// - Parameter hooks: who finds what hooks hear of; nil where there are none.
    package init(
        ring: EventRing, log: EventLog, inventory: Inventory, hooks: HookFeed? = nil,
        listeners: [any EventListener] = []
    ) {
        self.ring = ring
        self.log = log
        self.inventory = inventory
        self.hooks = hooks
        self.listeners = listeners
    }

    /// Takes everything that was recorded since the last call.
    package func record() {
        let (events, dropped) = ring.drain()
        for recorded in events {
            log.tell(recorded.event, time: recorded.time)
            hooks?.hear(recorded)
            for listener in listeners { listener.hear(recorded) }
        }
        if dropped > 0 { warn("\(dropped) events were lost: more happened than could be told") }
        for listener in listeners { listener.heardAll(lost: dropped) }
        guard !events.isEmpty else { return }
        do {
            let newcomers = try inventory.record(
                events.map { (time: $0.time, event: $0.event) }, isGreeting: hooks?.hearsOfNewcomers ?? false)
            hasReportedFailure = false
            hooks?.hear(of: newcomers, time: Clock.wallMilliseconds)
        } catch {
            for listener in listeners { listener.hearOfInventoryFailure() }
            if !hasReportedFailure {
                warn("the inventory cannot be written, clients are served all the same: \(error)")
            }
            hasReportedFailure = true
        }
    }

    private func warn(_ text: String) {
        log.tell(.notice(Notice(.warning, text)), time: Clock.wallMilliseconds)
    }
}
