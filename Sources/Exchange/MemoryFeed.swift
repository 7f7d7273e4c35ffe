package import BootPolicy
import Synchronization

/// What other threads tell the DHCP engine's memory of clients. Bounded: what does not fit is lost, and a lesson is
/// learned at the next boot instead, a decision asked for again.
package final class MemoryFeed: Sendable {
    package enum Item: Sendable {
        case file(FileProgress)
        /// What came of a question to an endpoint.
        case decision(WebhookReport)
        /// The operator wants what was learned forgotten: of one kind, or nil for all.
        case forget(Fingerprint?)
    }

    private let items = Mutex<[Item]>([])
    private let capacity: Int
    private let wake: @Sendable () -> Void

    /// - Parameter wake: called, from the telling thread, when the feed was empty; it must not wait.
    package init(capacity: Int = 4096, wake: @escaping @Sendable () -> Void) {
        self.capacity = capacity
        self.wake = wake
    }

    package func tell(_ item: Item) {
        let wasEmpty = items.withLock { items in
            guard items.count < capacity else { return false }
            items.append(item)
            return items.count == 1
        }
        if wasEmpty { wake() }
    }

    /// Takes everything told since the last call.
    package func drain() -> [Item] {
        items.withLock { items in
            defer { items.removeAll(keepingCapacity: true) }
            return items
        }
    }
}
