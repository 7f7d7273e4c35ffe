import Synchronization
package import Wire

/// Which requests came to the sockets of the service, for who sees them on the network's card: what came there and not here was kept
/// by a firewall of this host. Bounded; it says nothing of anybody who was heard too long ago.
package final class HeardRequests: Sendable {
    private struct Key: Hashable {
        let client: IPv4Address
        let port: UInt16
    }

    private struct State {
        var heard: RecentNotes<Key, Instant>
        /// Ports at which somebody of ours listens, with the addresses; 0.0.0.0 for all.
        var doors: [UInt16: Set<IPv4Address>] = [:]
    }

    private let state: Mutex<State>

    package init(capacity: Int = 16_384) {
        state = Mutex(State(heard: RecentNotes(capacity: capacity)))
    }

    /// Somebody of ours listens there.
    package func open(_ doors: [IPEndpoint]) {
        state.withLock { state in
            for door in doors {
                if let address = door.address.ipv4 { state.doors[door.port, default: []].insert(address) }
            }
        }
    }

    /// Whether a request to that address and port has to come to a socket of ours.
    package func isOpen(_ destination: Endpoint) -> Bool {
        state.withLock { state in
            guard let door = state.doors[destination.port] else { return false }
            return door.contains(.any) || door.contains(destination.address)
        }
    }

    /// A request came to a socket.
    package func note(_ client: IPv4Address, port: UInt16, now: Instant) {
        state.withLock { $0.heard.note(now, for: Key(client: client, port: port)) }
    }

    /// Whether one came since then.
    package func wasHeard(_ client: IPv4Address, port: UInt16, since: Instant) -> Bool {
        state.withLock { $0.heard[Key(client: client, port: port)].map { $0 >= since } ?? false }
    }
}
