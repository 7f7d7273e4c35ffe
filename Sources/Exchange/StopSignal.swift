import Synchronization

/// Tells every engine to end, once; engines look at it when their wake-up descriptor stirs.
package final class StopSignal: Sendable {
    private let flag = Atomic<Bool>(false)

    package init() {}

    package var isRaised: Bool { flag.load(ordering: .acquiring) }

    package func raise() {
        flag.store(true, ordering: .releasing)
    }
}
