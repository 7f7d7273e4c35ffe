import Synchronization

/// Octets that several threads share out among themselves.
package final class MemoryBudget: Sendable {
    private let left: Atomic<Int>

    package init(octets: Int) {
        left = Atomic(octets)
    }

    /// Takes `octets` if there are so many; they are to be given back.
    package func take(_ octets: Int) -> Bool {
        if left.wrappingSubtract(octets, ordering: .relaxed).newValue >= 0 { return true }
        give(octets)
        return false
    }

    package func give(_ octets: Int) {
        left.wrappingAdd(octets, ordering: .relaxed)
    }
}
