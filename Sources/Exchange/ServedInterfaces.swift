import Synchronization

/// The interfaces that are served now, told by the DHCP engine to others who send there.
package final class ServedInterfaces: Sendable {
    private let all = Mutex<[Int32]>([])

    /// Their indices.
    package var indices: [Int32] { all.withLock { $0 } }

    package func tell(_ indices: [Int32]) {
        all.withLock { $0 = indices }
    }
}
