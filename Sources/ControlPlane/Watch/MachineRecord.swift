import BootPolicy
import Fleet
import Inventory
import Wire

/// All that is known of one machine.
struct MachineRecord {
    let host: NamedMachine?
    /// What was seen, one for each card.
    let machines: [Machine]
    let install: LeaseRow?
    /// The last ones, the oldest first.
    let events: [EventRow]
    /// Its latest boot, where one is kept.
    var boot: SessionReport?
    /// Milliseconds since 1970.
    private let now: Moment

    static let mostEvents = 20

    /// - Parameter events: of all cards, in any order.
    init(host: NamedMachine?, machines: [Machine], install: LeaseRow?, events: [EventRow], now: Moment) {
        self.host = host
        self.machines = machines
        self.install = install
        self.events = events.sorted { $0.id < $1.id }.suffix(Self.mostEvents)
        self.now = now
    }

    /// What the screen shows of a machine that belongs to no host.
    private var words: MachineWords? {
        guard host == nil, let card = machines.first.flatMap({ MACAddress($0.mac) }) else { return nil }
        return MachineWords(of: Evidence(card: card))
    }

    // MARK: Text

    /// For people.
    var lines: [String] {
        var lines = [host?.name ?? words?.description ?? machines.first?.mac ?? ""]
        func say(_ title: String, _ parts: [String?], depth: Int = 1) {
            let said = parts.compactMap(\.self)
            guard !said.isEmpty else { return }
            let indent = String(repeating: "  ", count: depth)
            let room = String(repeating: " ", count: max(10 - title.count, 1))
            lines.append(indent + title + room + said.joined(separator: ", ").forTerminal)
        }
        if let host {
            say("uuid", [host.uuid?.description])
            say("serial", [host.serial])
            say("install", [installSentence, host.isProtected ? "protected" : nil])
        }
        for machine in machines {
            say("card", [machine.mac])
            say(
                "seen",
                [
                    "first \(Self.time(machine.firstSeen))", "last \(Self.time(machine.lastSeen))",
                    machine.boots == 1 ? "1 boot" : "\(machine.boots) boots", "as \(machine.lastStage)",
                ], depth: 2)
            say(
                "firmware",
                [
                    machine.architecture?.description, machine.vendorClass.map { "class \($0)" },
                    machine.fingerprint.map { "kind \($0)" },
                ], depth: 2)
            say("uuid", [machine.uuid], depth: 2)
            say("address", [machine.lastAddress?.description], depth: 2)
            let place = machine.place
            say(
                "where",
                [
                    place.interface.map { "interface \($0)" }, place.relay.map { "relay \($0)" },
                    place.circuit.map { "circuit \($0)" }, place.remote.map { "remote \($0)" },
                ], depth: 2)
        }
        for card in unseen { say("card", ["\(card)", "never seen"]) }
        if let boot { lines += boot.lines(hasColor: false).map { "  " + $0 } }
        say("events", events.isEmpty ? [] : [events.count == 1 ? "the last one" : "the last \(events.count)"])
        return lines + events.map { "    \($0.line)" }
    }

    private var unseen: [MACAddress] {
        (host?.hardware ?? []).filter { card in !machines.contains { $0.mac == card.description } }
    }

    private var installSentence: String? {
        guard let install else { return nil }
        let lease = install.lease
        let since = lease.ended ?? lease.begun ?? lease.turn
        let why = lease.reason.isEmpty ? "" : " (\(lease.reason))"
        return "\(install.target) by rollout \(install.rollout): \(lease.state.rawValue) for "
            + WatchText.time(Int(max(now - since, 0) / 1000)) + why
    }

    private static func time(_ milliseconds: Int64) -> String {
        let time = WallTime(milliseconds: milliseconds)
        return "\(time.day) \(time.clock.prefix(8))"
    }

    // MARK: JSON

    /// An object on one line.
    var json: String {
        JSONText.object([
            ("host", .optional(host?.name)), ("uuid", .optional(host?.uuid?.description)),
            ("serial", .optional(host?.serial)), ("protected", .truth(host?.isProtected ?? false)),
            ("words", .optional(words?.description)),
            ("install", installJSON), ("machines", .list(machines.map(Self.json))),
            ("unseen", .list(unseen.map { .text("\($0)") })), ("events", .list(events.map(\.json))),
            ("session", boot?.json(hasEvents: false) ?? .null),
        ]).line
    }

    private var installJSON: JSONText {
        guard let install else { return .null }
        let lease = install.lease
        func time(_ moment: Moment?) -> JSONText { moment.map { .number(Int($0)) } ?? .null }
        return .object([
            ("rollout", .number(Int(install.rollout))), ("target", .text(install.target)),
            ("state", .text(lease.state.rawValue)), ("turn", time(lease.turn)), ("begun", time(lease.begun)),
            ("ended", time(lease.ended)), ("lost_turns", .number(lease.lostTurns)), ("reason", .text(lease.reason)),
            ("inferred", .truth(lease.isInferred)),
        ])
    }

    private static func json(_ machine: Machine) -> JSONText {
        let place = machine.place
        return .object([
            ("mac", .text(machine.mac)), ("uuid", .optional(machine.uuid)),
            ("architecture", .optional(machine.architecture?.description)),
            ("fingerprint", .optional(machine.fingerprint)), ("vendor_class", .optional(machine.vendorClass)),
            ("stage", .text(machine.lastStage)), ("first_seen", .number(Int(machine.firstSeen))),
            ("last_seen", .number(Int(machine.lastSeen))), ("boots", .number(machine.boots)),
            ("address", .optional(machine.lastAddress?.description)), ("interface", .optional(place.interface)),
            ("relay", .optional(place.relay?.description)), ("circuit", .optional(place.circuit)),
            ("remote", .optional(place.remote)),
        ])
    }
}
