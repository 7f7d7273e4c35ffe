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

    private struct State {
        var machines: [MACAddress: Enrolment] = [:]
        var tokens: [InstallToken: Entry] = [:]
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
        state.withLock { $0 = next }
    }

    /// An install is no more: its machine boots as ever.
    package func remove(_ token: InstallToken) {
        state.withLock { state in
            guard let entry = state.tokens[token] else { return }
            for token in [token] + entry.former { state.tokens[token] = nil }
            for hardware in entry.hardware where state.machines[hardware]?.token == token {
                state.machines[hardware] = nil
            }
        }
    }

    /// The same requester with the install that speaks for it: that of the path, if it names one, else that of the machine.
    ///
    /// - Parameter path: what is asked for; nil for a name that is no path.
    func enrol(_ requester: Requester, asking path: RequestPath?) -> Requester {
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
