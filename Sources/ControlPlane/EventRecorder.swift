import BootPolicy
package import Exchange
package import Inventory
import LinuxIO

/// The far end of the events' road: tells them in the log, keeps them in the inventory, and tells hooks what they hear of.
package final class EventRecorder {
    private let ring: EventRing
    private let log: EventLog
    private let inventory: Inventory
    private let hooks: HookFeed?
    private let flight: FlightFeed?
    /// The inventory failed, and the operator was told; told again only after it worked once more.
    private var hasReportedFailure = false

    /// - Parameters:
    ///   - hooks: who finds what hooks hear of; nil where there are none.
    ///   - flight: who puts events beside packets; nil where no packets are kept.
    package init(
        ring: EventRing, log: EventLog, inventory: Inventory, hooks: HookFeed? = nil, flight: FlightFeed? = nil
    ) {
        self.ring = ring
        self.log = log
        self.inventory = inventory
        self.hooks = hooks
        self.flight = flight
    }

    /// Takes everything that was recorded since the last call.
    package func record() {
        let (events, dropped) = ring.drain()
        for recorded in events {
            log.tell(recorded.event, time: recorded.time)
            hooks?.hear(recorded)
            flight?.hear(recorded)
        }
        if dropped > 0 { warn("\(dropped) events were lost: more happened than could be told") }
        guard !events.isEmpty else { return }
        do {
            let newcomers = try inventory.record(
                events.map { (time: $0.time, event: $0.event) }, isGreeting: hooks?.hearsOfNewcomers ?? false)
            hasReportedFailure = false
            hooks?.hear(of: newcomers, time: Clock.wallMilliseconds)
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
