import NIOCore
import Synchronization
import Wire

/// Knows who is in, lets nobody in beyond the limits, and sees everybody out. Used by all event loops; the doors, which are
/// the listening sockets, are on one.
///
/// Connections that rest (nothing is being sent to them) give way to new ones, the one that has rested longest first: ten
/// thousand that were opened and left do not stop a boot. Only when all are at work, new ones wait in the kernel's queue.
final class Doorkeeper: Sendable {
    typealias Key = ObjectIdentifier

    private enum Occupation: Equatable {
        case works
        /// Since this note.
        case rests(UInt64)
        /// Was told to make room.
        case leaves
    }

    private struct Guest {
        let connection: any Channel
        let source: IPAddress
        var occupation: Occupation
    }

    private struct State {
        var guests: [Key: Guest] = [:]
        var fromSource: [IPAddress: Int] = [:]
        /// Of each /64 of IPv6, whose addresses one host may all take (RFC 4291 §2.5.1).
        var fromNetwork: [IPAddress: Int] = [:]
        /// Everybody who came to rest, the earliest first; notes of those who do something else since are void.
        var rests: [(key: Key, note: UInt64)] = []
        /// Where the notes begin that may still count.
        var firstRest = 0
        var notes: UInt64 = 0
        var leaving = 0
        var isFull = false
        var allGone: EventLoopPromise<Void>?
    }

    private let state = Mutex(State())
    private let limit: Int
    private let limitOfSource: Int
    private let changed: @Sendable (Doorkeeper) -> Void

    /// - Parameters:
    ///   - limit: connections open at once; the few that come before the doors are shut may exceed it.
    ///   - limitOfSource: of one address.
    ///   - changed: called from any thread when `isFull` has become another.
    init(limit: Int, limitOfSource: Int, changed: @escaping @Sendable (Doorkeeper) -> Void) {
        self.limit = max(limit, 1)
        self.limitOfSource = max(limitOfSource, 1)
        self.changed = changed
    }

    /// Whether a new connection would find no room, not even that of one that rests.
    var isFull: Bool { state.withLock(\.isFull) }

    /// Lets a connection in, which rests at first.
    ///
    /// - Returns: those who have to make room for it, or nil if it may not come in: too many of its address are there.
    func admit(_ connection: any Channel, from source: IPAddress) -> [any Channel]? {
        update { state in
            let known = state.fromSource[source] ?? 0
            guard known < limitOfSource, state.allGone == nil else { return nil }
            // A whole LAN that boots is one /64 as well, so it has a share of the room and not that of a machine.
            let network = source.family == .ipv6 ? source.network : nil
            if let network {
                let neighbours = state.fromNetwork[network] ?? 0
                guard neighbours < max(limit * 3 / 4, 1) else { return nil }
                state.fromNetwork[network] = neighbours + 1
            }
            var leavers: [any Channel] = []
            while state.guests.count - state.leaving >= limit, let longest = Self.longestResting(&state) {
                state.guests[longest]?.occupation = .leaves
                state.leaving += 1
                if let leaver = state.guests[longest]?.connection { leavers.append(leaver) }
            }
            state.fromSource[source] = known + 1
            let key = ObjectIdentifier(connection)
            state.guests[key] = Guest(connection: connection, source: source, occupation: .works)
            Self.rest(key, &state)
            return leavers
        }
    }

    /// A connection has a request to answer.
    func works(_ key: Key) {
        update { state in
            if state.guests[key]?.occupation == .leaves { state.leaving -= 1 }
            state.guests[key]?.occupation = .works
        }
    }

    /// A connection has nothing more to do.
    func rests(_ key: Key) {
        update { Self.rest(key, &$0) }
    }

    /// A connection is closed.
    func left(_ key: Key) {
        let allGone = update { state -> EventLoopPromise<Void>? in
            guard let guest = state.guests.removeValue(forKey: key) else { return nil }
            if guest.occupation == .leaves { state.leaving -= 1 }
            let others = (state.fromSource[guest.source] ?? 1) - 1
            state.fromSource[guest.source] = others > 0 ? others : nil
            if guest.source.family == .ipv6 {
                let neighbours = (state.fromNetwork[guest.source.network] ?? 1) - 1
                state.fromNetwork[guest.source.network] = neighbours > 0 ? neighbours : nil
            }
            return state.guests.isEmpty ? state.allGone : nil
        }
        allGone?.succeed()
    }

    /// Lets nobody in any more, closes every connection that rests, lets responses under way end, and after `time` closes those
    /// too.
    ///
    /// - Returns: done when all are closed.
    func close(within time: TimeAmount, on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        let allGone = eventLoop.makePromise(of: Void.self)
        let connections = state.withLock { state in
            state.allGone = allGone
            return state.guests.values.map(\.connection)
        }
        for connection in connections { connection.pipeline.fireUserInboundEventTriggered(HouseCloses()) }
        let deadline = eventLoop.scheduleTask(in: time) {
            for connection in connections { connection.close(promise: nil) }
        }
        allGone.futureResult.whenComplete { _ in deadline.cancel() }
        if connections.isEmpty { allGone.succeed() }
        return allGone.futureResult
    }

    private func update<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        let (result, hasChanged) = state.withLock { state in
            let result = body(&state)
            let isFull = state.guests.count - state.leaving >= limit && Self.longestResting(&state) == nil
            defer { state.isFull = isFull }
            return (result, state.isFull != isFull)
        }
        if hasChanged { changed(self) }
        return result
    }

    private static func rest(_ key: Key, _ state: inout State) {
        guard state.guests[key]?.occupation == .works else { return }
        state.notes += 1
        state.guests[key]?.occupation = .rests(state.notes)
        state.rests.append((key, state.notes))
        // Void notes are cleared before they outgrow the others.
        guard state.rests.count > 2 * state.guests.count + 64 else { return }
        let guests = state.guests
        state.rests = state.rests.filter { guests[$0.key]?.occupation == .rests($0.note) }
        state.firstRest = 0
    }

    private static func longestResting(_ state: inout State) -> Key? {
        while state.firstRest < state.rests.count {
            let (key, note) = state.rests[state.firstRest]
            if state.guests[key]?.occupation == .rests(note) { return key }
            state.firstRest += 1
        }
        return nil
    }
}
