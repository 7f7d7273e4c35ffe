import BootPolicy
import Exchange
import Fleet
import Inventory
import LinuxIO
import Wire

/// The operator's commands about installs: `install`, `rollout`, `retry`, and `wake`.
struct InstallCommands: CommandGroup {
    let inventory: Inventory
    let context: EngineContext
    let desk: InstallDesk
    let waker: Waker

    /// Carries a command out.
    ///
    /// - Returns: nil for the words of another command.
    func answer(_ words: [String], _ attachment: String = "") throws(CommandFailure) -> String? {
        switch (words.first, words.dropFirst().first) {
        case ("install", "plan"?): try plan(try Order(words.dropFirst(2)))
        case ("install", "begin"?): try begin(try Order(words.dropFirst(2)))
        case ("rollouts", nil), ("rollouts", "json"):
            try look { () throws(InventoryError) in try inventory.rollouts() }.lines(json: words.count > 1)
        case ("rollout", let number?): try rollout(number, words.dropFirst(2).first)
        case ("retry", let host?): try retry(host, evenDone: words.dropFirst(2).first == "again")
        case ("wake", let list?): try waker.wake(try HostDirectory(context.catalog.current).hosts(list))
        default: nil
        }
    }
}

// MARK: - A rollout begins

extension InstallCommands {
    /// What `pilotfish install` asks for.
    private struct Order {
        var target = ""
        var hosts = ""
        var rollout = Rollout(target: "", width: 20)
        /// The machines that the operator saw in the plan, as `PlanMark` says; nil when he did not look.
        var expected: String?
        /// Whether its machines are woken once they are armed.
        var wakes = false
        var isJSON = false

        init(_ words: some Sequence<String>) throws(CommandFailure) {
            var width = 20
            for word in words {
                let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let (key, value) = (parts[0], parts.count > 1 ? parts[1] : "")
                switch key {
                case "target": target = value
                case "hosts": hosts = value
                case "wave": width = try Self.number(key, value, from: 1)
                case "canary": rollout.canaries = try Self.number(key, value, from: 0)
                case "failures": rollout.budget = try Self.number(key, value, from: 0)
                case "expect": expected = value
                case "start": rollout.start = try StartTime.moment(value, now: Clock.wallMilliseconds)
                case "wake": wakes = true
                case "json": isJSON = true
                default: throw CommandFailure("this service does not know \(key)")
                }
            }
            guard !wakes || rollout.start == nil else {
                throw CommandFailure("machines that begin later are woken then: \"pilotfish wake\" does it")
            }
            rollout.target = target
            rollout.width = width
        }

        /// More machines than anybody has.
        private static let most = 1_000_000

        private static func number(_ key: String, _ text: String, from least: Int) throws(CommandFailure) -> Int {
            guard let number = Int(text), (least...most).contains(number) else {
                throw CommandFailure("\(key) is a number from \(least) to \(most), not \"\(text)\"")
            }
            return number
        }
    }

    private func plan(_ order: Order) throws(CommandFailure) -> String {
        let hosts = try hosts(order)
        let remarks = try remarks(on: hosts)
        let members = try look { () throws(InventoryError) in try inventory.plan(hosts) }
        return view(of: members, remarks, order.rollout).lines(json: order.isJSON)
    }

    private func begin(_ order: Order) throws(CommandFailure) -> String {
        let hosts = try hosts(order)
        let planned = try look { () throws(InventoryError) in try inventory.plan(hosts) }
        let count = planned.count { $0.obstacle == nil }
        guard count > 0 else { throw CommandFailure("no machine would be installed") }
        let mark = PlanMark.of(planned.filter { $0.obstacle == nil }.map(\.host.name))
        guard order.expected ?? mark == mark else {
            throw CommandFailure("other machines would be installed than the plan showed: look at it again")
        }
        let remarks = try remarks(on: hosts)
        let (id, members) = try look { () throws(InventoryError) in
            try inventory.begin(order.rollout, for: hosts, now: Clock.wallMilliseconds) { .random() }
        }
        desk.catchUp()
        var view = view(of: members, remarks, order.rollout)
        (view.id, view.woken) = (id, order.wakes ? wake(members) : nil)
        return view.lines(json: order.isJSON)
    }

    /// They are armed, whether or not they can be woken.
    private func wake(_ members: [RolloutMember]) -> String {
        do throws(CommandFailure) {
            return try waker.wake(members.filter { $0.obstacle == nil }.map(\.host))
        } catch {
            return "nobody is woken: \(error)"
        }
    }

    private func remarks(on hosts: [NamedMachine]) throws(CommandFailure) -> PlanRemarks {
        try look { () throws(InventoryError) in try PlanRemarks(on: hosts, inventory, context.catalog.current) }
    }

    private func hosts(_ order: Order) throws(CommandFailure) -> [NamedMachine] {
        let catalog = context.catalog.current
        guard catalog.canInstall(order.target) else {
            let names = catalog.targets.named.filter { catalog.canInstall($0.name) }.map(\.name)
            throw CommandFailure("there is no target \"\(order.target)\", but \(names.joined(separator: ", "))")
        }
        return try HostDirectory(catalog).hosts(order.hosts)
    }

    private func view(of members: [RolloutMember], _ remarks: PlanRemarks, _ rollout: Rollout) -> PlanView {
        let rows = members.map { member in
            PlanRow(member: member, remarks: member.obstacle == nil ? remarks.lines(for: member.host) : [])
        }
        return PlanView(rollout: rollout, rows: rows, remarks: remarks.general)
    }
}

// MARK: - Rollouts under way

extension InstallCommands {
    private func rollout(_ number: String, _ verb: String?) throws(CommandFailure) -> String {
        guard let id = Int64(number) else { throw CommandFailure("a rollout has a number, not \"\(number)\"") }
        switch verb {
        case nil: return try leases(of: id, json: false)
        case "json": return try leases(of: id, json: true)
        case "pause": return try change(id) { ($0.state, $0.reason) = (.paused, "") }
        case "resume": return try change(id) { ($0.state, $0.reason) = (.running, "") }
        case "abort": return try abort(id)
        case let other?: throw CommandFailure("a rollout cannot \(other)")
        }
    }

    private func leases(of id: Int64, json: Bool) throws(CommandFailure) -> String {
        let rows = try look { () throws(InventoryError) in try inventory.rollouts() }
        guard let row = rows.first(where: { $0.id == id }) else { throw CommandFailure("there is no rollout \(id)") }
        let leases = try look { () throws(InventoryError) in try inventory.leases(of: id) }
        let now = Clock.wallMilliseconds
        let machines = leases.map { LeaseView(row: $0, now: now) }
        return [row].lines(json: json) + (machines.isEmpty ? "" : "\n" + machines.lines(json: json))
    }

    private func change(_ id: Int64, _ change: (inout Rollout) -> Void) throws(CommandFailure) -> String {
        let row = try look { () throws(InventoryError) in
            try inventory.change(rollout: id, now: Clock.wallMilliseconds) { rollout in
                // What was taken back stays so: its machines have no leases any more.
                if rollout.state != .aborted { change(&rollout) }
            }
        }
        guard let row else { throw CommandFailure("there is no rollout \(id)") }
        guard row.rollout.state != .aborted else { throw CommandFailure("rollout \(id) was aborted") }
        return row.line
    }

    private func abort(_ id: Int64) throws(CommandFailure) -> String {
        let ended = try look { () throws(InventoryError) in
            try inventory.abort(rollout: id, now: Clock.wallMilliseconds)
        }
        guard let ended else { throw CommandFailure("there is no rollout \(id)") }
        desk.tell(ended.changes)
        let taken = "\(ended.changes.count) machines will not be installed"
        let running = ended.installing.map { "\($0) is being installed, and cannot be called back" }
        return ([taken] + running).joined(separator: "\n")
    }

    private func retry(_ host: String, evenDone: Bool) throws(CommandFailure) -> String {
        try checkAgain(host)
        let outcome = try look { () throws(InventoryError) in
            try inventory.retry(host: host, evenDone: evenDone, now: Clock.wallMilliseconds) { .random() }
        }
        switch outcome {
        case .armed:
            desk.catchUp()
            return "\(host) is armed again"
        case .neverInstalled: throw CommandFailure("\(host) has never been in a rollout: use \"pilotfish install\"")
        case .protected: throw CommandFailure("\(host) is protected")
        case .aborted:
            throw CommandFailure("the rollout of \(host) was aborted: begin another with \"pilotfish install\"")
        case .refused(.done): throw CommandFailure("\(host) is done: say --again to wipe and install it once more")
        case .refused(let state): throw CommandFailure("the install of \(host) is not over: it is \(state.rawValue)")
        }
    }

    /// What the settings say of a machine may have changed since it was armed: its cards, and whether it is protected.
    private func checkAgain(_ name: String) throws(CommandFailure) {
        guard let host = HostDirectory(context.catalog.current).all.first(where: { $0.name == name }) else { return }
        let member = try look { () throws(InventoryError) in try inventory.plan([host]) }.first
        switch member?.obstacle {
        case .protected: throw CommandFailure("\(name) is protected")
        case .noCard, .sharesCard: throw CommandFailure("\(name) is not armed: \(member?.line ?? "")")
        case .underWay, nil: break
        }
    }
}

extension InstallToken {
    fileprivate static func random() -> InstallToken {
        InstallToken(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
    }
}
