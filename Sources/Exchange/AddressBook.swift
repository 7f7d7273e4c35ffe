package import BootPolicy
import Synchronization
package import Wire

/// Which machine has which address, as the DHCP engine hears it; for those who see an address only. Bounded: what was noted
/// longest ago makes room.
package final class AddressBook: Sendable {
    private struct State {
        var hardware: RecentNotes<IPv4Address, MACAddress>
        /// The latest boot of each card.
        var boots: RecentNotes<MACAddress, BootSighting>
        /// What was decided for machines; those with the usual boot are not here.
        var orders: [MACAddress: BootOrder] = [:]

        /// What is known of a machine beside its addresses.
        func requester(at address: IPAddress, _ hardware: MACAddress?) -> Requester {
            var requester = Requester(
                address: address, hardware: hardware, order: hardware.flatMap { orders[$0] } ?? .usual)
            requester.boot = hardware.flatMap { boots[$0] }
            return requester
        }
    }

    private let state: Mutex<State>
    private let capacity: Int

    package init(capacity: Int = 16_384) {
        self.capacity = max(capacity, 1)
        state = Mutex(
            State(hardware: RecentNotes(capacity: capacity), boots: RecentNotes(capacity: capacity)))
    }

    /// Notes that a machine was given an address; what is no Ethernet machine's, or no address, is left out.
    package func note(_ address: IPv4Address, _ client: ClientHardware) {
        guard address.isUnicast, let hardware = client.mac else { return }
        state.withLock { $0.hardware.note(hardware, for: address) }
    }

    /// Notes what a message of a machine showed, or what is known of its latest boot.
    package func note(_ boot: BootSighting, of client: ClientHardware) {
        guard let hardware = client.mac else { return }
        state.withLock { state in
            state.boots.note(for: hardware) { $0?.followed(by: boot) ?? boot }
        }
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
        return state.withLock { $0.requester(at: address, $0.hardware[leased]) }
    }

    /// The machine of a hardware address with the address that it was given last; nil when none was heard. Looks through
    /// the whole book: for people who ask, not for requests.
    package func requester(of hardware: MACAddress) -> Requester? {
        state.withLock { state in
            state.hardware.lastKey { $0 == hardware }.map { state.requester(at: IPAddress($0), hardware) }
        }
    }
}
