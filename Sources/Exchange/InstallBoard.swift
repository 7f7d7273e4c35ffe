package import BootPolicy
import Synchronization
package import Wire

/// Which machines an install speaks for, for the engines. A copy: what it was copied from is in the inventory.
package final class InstallBoard: Sendable {
    /// An install as the board has it.
    package struct Entry: Sendable {
        package var enrolment: Enrolment
        /// All cards of the machine.
        package var hardware: [MACAddress]
        /// Those of the machine's earlier installs.
        package var former: [InstallToken]

        package init(_ enrolment: Enrolment, hardware: [MACAddress], former: [InstallToken] = []) {
            self.enrolment = enrolment
            self.hardware = hardware
            self.former = former
        }
    }

    /// What a machine has fetched of its install since this service started.
    package struct Fetched: Sendable {
        /// Of transfers and downloads that have ended.
        package var octets: Int64 = 0
        /// When the last of them ended; nil when none has.
        package var last: Instant?
        /// Nothing more belongs to the install: the machine boots again afterwards, and fetches as it does then.
        package fileprivate(set) var isOver = false
    }

    private struct State {
        var machines: [MACAddress: Enrolment] = [:]
        var tokens: [InstallToken: Entry] = [:]
        var fetched: [InstallToken: Fetched] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Puts others in the place of all.
    package func replace(_ entries: [Entry]) {
        var next = State()
        for entry in entries {
            var entry = entry
            entry.enrolment.cards = entry.hardware
            for token in [entry.enrolment.token] + entry.former { next.tokens[token] = entry }
            for hardware in entry.hardware { next.machines[hardware] = entry.enrolment }
        }
        let over = fetched.keys.filter { next.tokens[$0]?.enrolment.token != $0 }
        // The old tables may be large, and die when nobody waits for the lock.
        _ = state.withLock { [next] state in
            let old = (state.machines, state.tokens)
            (state.machines, state.tokens) = (next.machines, next.tokens)
            for token in over { state.fetched[token] = nil }
            return old
        }
    }

    /// An install is no more: its machine boots as ever.
    package func remove(_ token: InstallToken) {
        state.withLock { state in
            guard let entry = state.tokens[token] else { return }
            for token in [token] + entry.former { state.tokens[token] = nil }
            state.fetched[token] = nil
            for hardware in entry.hardware where state.machines[hardware]?.token == token {
                state.machines[hardware] = nil
            }
        }
    }

    /// Counts octets that the machine of an install has fetched.
    package func note(_ octets: Int64, of token: InstallToken, now: Instant) {
        state.withLock { state in
            guard state.tokens[token] != nil, state.fetched[token]?.isOver != true else { return }
            state.fetched[token, default: Fetched()].octets += octets
            state.fetched[token]?.last = now
        }
    }

    /// A machine has its turn: what it fetched while it waited does not count.
    package func beginCounting(_ token: InstallToken) {
        state.withLock { $0.fetched[token] = $0.tokens[token].map { _ in Fetched() } }
    }

    /// An install is over.
    package func endCounting(_ token: InstallToken) {
        state.withLock { $0.fetched[token]?.isOver = true }
    }

    /// What each machine has fetched of its install, as far as this service has sent it.
    package var fetched: [InstallToken: Fetched] { state.withLock(\.fetched) }

    /// The same requester with the install that speaks for it: that of the path, if it names one, else that of the machine.
    ///
    /// - Parameter path: what is asked for; nil for a name that is no path.
    package func enrol(_ requester: Requester, asking path: RequestPath?) -> Requester {
        let token = path.flatMap(InstallPath.init)?.token
        return state.withLock { state in
            var requester = requester
            if let token {
                guard let entry = state.tokens[token] else { return requester }
                requester.enrolment = entry.enrolment.asked(by: requester)
                // Whoever has the token is the machine, by whichever card and address it comes.
                if requester.hardware.map(entry.hardware.contains) != true { requester.hardware = entry.hardware.first }
            } else {
                requester.enrolment = requester.hardware.flatMap { state.machines[$0] }?.asked(by: requester)
            }
            return requester
        }
    }
}

extension Enrolment {
    fileprivate func asked(by requester: Requester) -> Enrolment {
        var other = self
        other.card = requester.hardware
        other.boot = requester.boot
        return other
    }
}
