import BootPolicy
package import Exchange
package import Inventory
import LinuxIO
package import Wire

/// The far end of the events' road: tells them in the log and keeps them in the inventory.
package final class EventRecorder {
    private let ring: EventRing
    private let log: EventLog
    private let inventory: Inventory
    /// The inventory failed, and the operator was told; told again only after it worked once more.
    private var hasReportedFailure = false
    /// When it may next be told how much was withheld.
    private var nextCount = Clock.now
    private static let countSpacing = TimeSpan.seconds(1)

    package init(ring: EventRing, log: EventLog, inventory: Inventory) {
        self.ring = ring
        self.log = log
        self.inventory = inventory
    }

    /// Takes everything that was recorded since the last call.
    ///
    /// - Parameter isLast: nothing is put off any more.
    /// - Returns: when to call again although nothing may have happened; nil for not at all.
    @discardableResult
    package func record(isLast: Bool = false) -> TimeSpan? {
        let (drained, dropped) = ring.drain()
        var events = drained
        var patience: TimeSpan?
        if ring.hasWithheld {
            let now = Clock.now
            if isLast || now >= nextCount {
                events += counts()
                nextCount = now + Self.countSpacing
            } else {
                patience = nextCount - now
            }
        }
        for recorded in events { log.tell(recorded.event, time: recorded.time) }
        if dropped > 0 { warn("\(dropped) events were lost: more happened than could be told") }
        keep(events)
        return patience
    }

    /// What happened too often to be told one by one.
    private func counts() -> [RecordedEvent] {
        ring.drainWithheld().map { kind, count in
            let text = "\(count) more \(kind.text), too many to be told one by one"
            return RecordedEvent(time: Clock.wallMilliseconds, event: .notice(Notice(.info, text)))
        }
    }

    private func keep(_ events: [RecordedEvent]) {
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

extension FrequentEvent {
    fileprivate var text: String {
        switch self {
        case .answered: "answers to clients"
        case .refused: "clients without an answer"
        case .failed: "answers that could not be sent"
        case .foreignOffer: "answers of other servers"
        }
    }
}
