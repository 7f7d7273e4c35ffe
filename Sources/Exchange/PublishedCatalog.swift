package import BootPolicy
import Synchronization

/// The catalog that everybody serves from; replaced whole, never changed.
///
/// An engine reads it once a batch, so the lock costs next to nothing and no packet sees two catalogs.
package final class PublishedCatalog: Sendable {
    private let catalog: Mutex<Catalog>

    package init(_ first: Catalog) {
        catalog = Mutex(first)
    }

    package var current: Catalog {
        catalog.withLock { $0 }
    }

    /// Makes `next` the catalog of every batch that begins from now on, one generation later. The hosts of the inventory stay:
    /// no settings speak of them.
    package func publish(_ next: Catalog) {
        // The old one may be large, and dies when nobody waits for the lock.
        _ = catalog.withLock { current in
            let old = current
            current = next
            current.generation = old.generation + 1
            current.hosts = old.hosts
            return old
        }
    }

    /// Puts others in the place of all hosts of the inventory.
    package func publish(hosts: MachineBook) {
        _ = catalog.withLock { current in
            let old = current.hosts
            current.hosts = hosts
            return old
        }
    }
}
