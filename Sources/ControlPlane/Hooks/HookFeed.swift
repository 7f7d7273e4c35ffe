package import BootPolicy
package import Exchange
import Fleet
import Inventory

/// Finds among all that happens what hooks hear of, at the end of the events' road: no engine knows of hooks.
package struct HookFeed {
    private let catalog: PublishedCatalog
    private let tell: (Hook, HookEvent, Int64) -> Void

    /// - Parameter tell: takes what a hook hears of, and the time in milliseconds since 1970; it must not wait.
    package init(catalog: PublishedCatalog, tell: @escaping (Hook, HookEvent, Int64) -> Void) {
        self.catalog = catalog
        self.tell = tell
    }

    func hear(_ recorded: RecordedEvent) {
        switch recorded.event {
        case .install(let install):
            guard var event = HookEvent(install), isHeard(event.cause) else { return }
            event.cards = catalog.current.machine(named: install.host)?.hardware ?? []
            pass(event, recorded.time)
        case .fleet(let event): pass(event, recorded.time)
        default: break
        }
    }

    /// - Parameter time: in milliseconds since 1970.
    func hear(of newcomers: [Newcomer], time: Int64) {
        let catalog = catalog.current
        for newcomer in newcomers where newcomer.conflict != nil || catalog.machine(of: newcomer.card) == nil {
            var event = HookEvent(newcomer.conflict == nil ? .new : .conflict)
            event.cards = [newcomer.card]
            event.reason = newcomer.conflict?.sentence ?? "its screen shows \(newcomer.words)"
            pass(event, time)
        }
    }

    /// Whether a hook wants to hear of machines that are seen for the first time.
    var hearsOfNewcomers: Bool { isHeard(.new) || isHeard(.conflict) }

    private func isHeard(_ cause: Hook.Cause) -> Bool { catalog.current.hooks.contains { $0.causes.contains(cause) } }

    private func pass(_ event: HookEvent, _ time: Int64) {
        for hook in catalog.current.hooks where hook.causes.contains(event.cause) { tell(hook, event, time) }
    }
}
