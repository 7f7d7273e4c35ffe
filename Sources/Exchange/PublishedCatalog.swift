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
        catalog.withLock { current in
            let (generation, hosts) = (current.generation + 1, current.hosts)
            current = next
            current.generation = generation
            current.hosts = hosts
        }
    }

    /// Puts others in the place of all hosts of the inventory.
    package func publish(hosts: MachineBook) {
        catalog.withLock { $0.hosts = hosts }
    }
}
