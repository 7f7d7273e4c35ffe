package import BootPolicy
import Synchronization
package import Wire

/// Which machine has which address, as the DHCP engine hears it; for those who see an address only. Bounded: the address
/// that was noted longest ago makes room.
package final class AddressBook: Sendable {
    private struct Entry {
        var hardware: MACAddress
        /// When it was last noted, counted in notes.
        var note: UInt64
    }

    private struct State {
        var entries: [IPv4Address: Entry] = [:]
        /// Every note that made an entry, oldest first; those of entries noted again since are void.
        var notes: [(address: IPv4Address, note: UInt64)] = []
        /// Where the notes begin that still count.
        var first = 0
        var count: UInt64 = 0
        /// What was decided for machines; those with the usual boot are not here.
        var orders: [MACAddress: BootOrder] = [:]
    }

    private let state = Mutex(State())
    private let capacity: Int

    package init(capacity: Int = 16_384) {
        self.capacity = max(capacity, 1)
    }

    /// Notes that a machine was given an address; what is no Ethernet machine's, or no address, is left out.
    package func note(_ address: IPv4Address, _ client: ClientHardware) {
        guard address.isUnicast, let hardware = client.mac else { return }
        state.withLock { state in
            state.count += 1
            state.entries[address] = Entry(hardware: hardware, note: state.count)
            state.notes.append((address, state.count))
            while state.entries.count > capacity { Self.dropFirst(&state) }
            // Void notes are cleared before they outgrow the others.
            if state.notes.count > 2 * capacity + 16 {
                state.notes = state.notes.filter { state.entries[$0.address]?.note == $0.note }
                state.first = 0
            }
        }
    }

    private static func dropFirst(_ state: inout State) {
        let oldest = state.notes[state.first]
        state.first += 1
        if state.entries[oldest.address]?.note == oldest.note { state.entries[oldest.address] = nil }
    }

    /// Notes what was decided for a machine that is being answered.
    package func note(_ order: BootOrder, of client: ClientHardware) {
        guard let hardware = client.mac else { return }
        state.withLock { state in
            let isUsual = order == .usual
            // Any of them: who is answered again is noted again.
            if !isUsual, state.orders[hardware] == nil, state.orders.count >= capacity {
                state.orders.remove(at: state.orders.startIndex)
            }
            state.orders[hardware] = isUsual ? nil : order
        }
    }

    /// Who asks from an address, as far as that was heard.
    package func requester(at address: IPAddress) -> Requester {
        // No lease of DHCP is heard for an IPv6 address.
        guard let leased = address.ipv4 else { return Requester(address: address) }
        return state.withLock { state in
            let hardware = state.entries[leased]?.hardware
            let order = hardware.flatMap { state.orders[$0] } ?? .usual
            return Requester(address: address, hardware: hardware, order: order)
        }
    }

    /// The machine of a hardware address with the address that it was given last; nil when none was heard. Looks through
    /// the whole book: for people who ask, not for requests.
    package func requester(of hardware: MACAddress) -> Requester? {
        let (entries, order) = state.withLock { state in
            (state.entries.filter { $0.value.hardware == hardware }, state.orders[hardware] ?? .usual)
        }
        return entries.max { $0.value.note < $1.value.note }.map {
            Requester(address: IPAddress($0.key), hardware: hardware, order: order)
        }
    }
}
