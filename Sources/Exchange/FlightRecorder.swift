import Synchronization
package import Wire

/// Keeps the latest packets and events of boot clients in memory, so that a boot that failed can be looked at afterwards.
///
/// Bounded twice: a client has so many packets and events, of which its oldest go first; and where all clients together have no
/// room, the one goes that was heard of longest ago. Nothing is allocated for a packet, and the lock is held for as long as it
/// takes to copy it.
package final class FlightRecorder: Sendable {
    private let store: Mutex<FlightStore>
    private let about = Mutex("")
    /// Whether anything is kept; asked before anything is made ready for it.
    package let isOn: Bool

    /// The most packets of a client, and as many events.
    package static let mostOfOne = 64

    /// - Parameter octets: memory for everything; 0 keeps nothing.
    package init(octets: Int) {
        store = Mutex(FlightStore(octets: octets, mostOfOne: Self.mostOfOne))
        isOn = octets > 0
    }

    /// What by which settings the packets were answered, in words for the file; changes with every reload.
    package var settings: String {
        get { about.withLock { $0 } }
        set { about.withLock { $0 = newValue } }
    }

    /// Keeps a packet.
    ///
    /// - Parameter octets: copied; what is longer than any packet is left out.
    package func keep(_ octets: RawSpan, _ facts: FlightFacts, of client: FlightClient) {
        guard isOn else { return }
        octets.withUnsafeBytes { octets in store.withLock { $0.add(octets, facts, of: client) } }
    }

    /// Keeps a line about a client of which there are packets; others are none that boot.
    package func keep(event line: String, at time: Instant, of client: FlightClient) {
        guard isOn else { return }
        var line = line
        let facts = FlightFacts(.event, time: time, isOutgoing: false)
        line.withUTF8 { octets in
            store.withLock { store in
                guard store.knows(client) else { return }
                store.add(UnsafeRawBufferPointer(octets), facts, of: client)
            }
        }
    }

    /// What is kept of some clients, or of all, in the order of time.
    ///
    /// - Parameter most: octets; of those who were heard of longest ago nothing is told when there are more.
    package func records(of clients: [FlightClient]? = nil, most: Int = .max) -> [FlightRecord] {
        // One client at a time, so that no engine waits while all of it is copied.
        let names = clients ?? store.withLock { $0.clients }
        var latest: [[FlightRecord]] = []
        var room = most
        for name in names.reversed() {
            let records = store.withLock { $0.records(of: name) }
            room -= records.reduce(0) { $0 + $1.octets.count + FlightRecord.overhead }
            guard room >= 0 else { break }
            latest.append(records)
        }
        let found = latest.reversed().flatMap(\.self)
        // What happened at the same time stays in the order in which it was told.
        return found.enumerated().sorted {
            ($0.element.facts.time, $0.offset) < ($1.element.facts.time, $1.offset)
        }.map(\.element)
    }

    package var usage: FlightUsage { store.withLock { $0.usage } }
}
