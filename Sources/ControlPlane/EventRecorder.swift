import BootPolicy
package import Exchange
package import Inventory
import LinuxIO

/// The far end of the events' road: tells them in the log and keeps them in the inventory.
package final class EventRecorder {
    private let ring: EventRing
    private let log: EventLog
    private let inventory: Inventory
    /// The inventory failed, and the operator was told; told again only after it worked once more.
    private var hasReportedFailure = false

    package init(ring: EventRing, log: EventLog, inventory: Inventory) {
        self.ring = ring
        self.log = log
        self.inventory = inventory
    }

    /// Takes everything that was recorded since the last call.
    package func record() {
        let (events, dropped) = ring.drain()
        for recorded in events { log.tell(recorded.event, time: recorded.time) }
        if dropped > 0 { warn("\(dropped) events were lost: more happened than could be told") }
        guard !events.isEmpty else { return }
        do {
            try inventory.record(events.map { (time: $0.time, event: $0.event) })
            hasReportedFailure = false
        } catch {
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
