import BootPolicy
import Fleet
import GRDB
import Wire

/// The leases inside one transaction: a step is looked up, carried out by `Lease`, and written down.
struct InstallLedger {
    let database: Database
    var rules: InstallRules
    let now: Moment

    /// Carries a step out.
    ///
    /// - Returns: also what changed; nil when nothing did.
    func carryOut(_ request: InstallRequest) throws -> InstallOutcome {
        guard let row = try lease(request.token) else {
            return InstallOutcome(answer: request.step.isQuestion ? .usual : .stale)
        }
        var ledger = self
        ledger.rules.freeze = rules.freeze ?? request.obstacle
        var lease = row.lease
        if request.step.isQuestion, !lease.state.isOver, let conflict = try conflict(of: request, row) {
            let why = "\(conflict.code): \(conflict.cause)"
            return InstallOutcome(answer: .wait(why, seconds: 30), conflict: InstallConflict(row.host, conflict))
        }
        let answer = try ledger.answer(to: request.step, of: row, &lease)
        return InstallOutcome(answer: answer, change: try write(lease, over: row))
    }

    /// Why the machine that asks may be another one than the lease is for; nil when it is that one, as far as it shows. An address
    /// that was another host's once proves nothing against who knows the token: it looks at its own card before it begins.
    private func conflict(of request: InstallRequest, _ row: LeaseRow) throws -> Conflict? {
        guard let card = request.card else { return try conflict(ofAnyCardOf: row) }
        let identities = IdentityTable(database: database)
        if let boot = request.boot { try SightingTable(database: database).note(boot, of: card) }
        let evidence = try identities.evidence(of: card, showing: request.boot?.machine)
        switch try identities.identify(evidence) {
        case .conflict(let conflict): return conflict
        case .unknown: return nil
        case .host(let id, let news):
            if id == row.hostID { try identities.learn(evidence, host: id, news: news) }
            return nil
        }
    }

    /// The same of a machine whose address tells nobody which card it has, as after a start of ours: any of the host's.
    private func conflict(ofAnyCardOf row: LeaseRow) throws -> Conflict? {
        let identities = IdentityTable(database: database)
        for card in try HostTable(database: database).host(row.host)?.hardware ?? [] {
            if case .conflict(let conflict) = try identities.identify(try identities.evidence(of: card)) {
                return conflict
            }
        }
        return nil
    }

    private func answer(to step: InstallStep, of row: LeaseRow, _ lease: inout Lease) throws -> InstallAnswer {
        switch step {
        case .ask, .askAgain: return try ask(step, row, &lease)
        case .begin(let attempt, _):
            // Who has begun is beyond recall.
            if [.claimed, .fetching].contains(lease.state), let why = try hold(back: row) {
                return .later(why.sentence)
            }
            return lease.begin(attempt: attempt, now: now) ? .go : .stale
        case .done: return .noted(lease.finish(now: now))
        case .failed(let why): return .noted(lease.fail(why.isEmpty ? "the installer says so" : why, now: now))
        }
    }

    private func ask(_ step: InstallStep, _ row: LeaseRow, _ lease: inout Lease) throws -> InstallAnswer {
        // Asked only of who is armed; what it costs is not spent on the others.
        var hold: Hold?
        if lease.state != .installing { try expire(&lease, of: row) }
        // It could not ask whether it may begin, so it gets no turn.
        if step == .ask(.pxelinux), [.armed, .claimed, .fetching].contains(lease.state) {
            return .stopped("this machine waits to be installed, which takes iPXE or GRUB")
        }
        if lease.state == .armed { hold = try self.hold(back: row) ?? self.hold(row.rollout) }
        switch lease.ask(now: now, rules.times, mayStart: { hold == nil }) {
        case .install(let attempt): return .install(attempt: attempt)
        case .wait: return .wait(hold?.sentence ?? "", seconds: try pause(row.rollout))
        case .localDisk: return .localDisk
        case .stopped: return .stopped("its install \(lease.state == .expired ? "expired" : "failed"): \(lease.reason)")
        case .usual: return .usual
        }
    }

    /// Why a machine may not begin now, whoever's turn it is; nil when it may.
    private func hold(back row: LeaseRow) throws -> Hold? {
        if let why = rules.freeze { return .frozen(why) }
        if row.isProtected { return .frozen("\(row.host) is protected") }
        guard let rollout = try bareRollout(row.rollout), rollout.state != .running else { return nil }
        return .paused(rollout.reason)
    }

    /// Why nobody of a rollout may have a turn now; nil when somebody may.
    private func hold(_ id: Int64) throws -> Hold? {
        guard let rollout = try bareRollout(id) else { return .paused("") }
        var counts = Rollout.Counts()
        counts.active = try count("state IN ('claimed', 'fetching', 'installing')", of: id, most: .max)
        counts.done = try count("state = 'done' AND \(Self.isLast)", of: id, most: rollout.canaries)
        let recent = rules.hourly == nil ? 0 : try recent()
        if let hold = rollout.hold(counts, now: now, recent: recent, hourly: rules.hourly) { return hold }
        guard let gate = rules.uplink, try turns(since: gate.since) >= gate.places else { return nil }
        return .crowded(share: gate.share, least: gate.least)
    }

    /// Machines that were given their turn since then and still have it.
    private func turns(since moment: Moment) throws -> Int {
        let sql = """
            SELECT count(*) FROM lease WHERE state IN ('claimed', 'fetching', 'installing') AND turn >= ?
            """
        return try Int.fetchOne(database.cachedStatement(sql: sql), arguments: [moment]) ?? 0
    }

    /// Counts leases of a rollout no further than is asked for: it may have a hundred thousand, and each that waits asks.
    private func count(_ condition: String, of rollout: Int64, most: Int) throws -> Int {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM lease WHERE rollout_id = ? AND \(condition) LIMIT ?)"
        return try Int.fetchOne(database.cachedStatement(sql: sql), arguments: [rollout, most]) ?? 0
    }

    /// Machines that began within the last hour, and those that have their turn and may begin any moment: counted together,
    /// no hour sees more begin than may.
    private func recent() throws -> Int {
        let sql = """
            SELECT (SELECT count(*) FROM lease WHERE begun > ?)
                + (SELECT count(*) FROM lease WHERE state IN ('claimed', 'fetching', 'installing') AND begun IS NULL)
            """
        return try Int.fetchOne(database.cachedStatement(sql: sql), arguments: [now - 3_600_000]) ?? 0
    }

    /// Seconds until a machine asks again, as a rule: all that wait ask some hundred times a second together.
    private func pause(_ id: Int64) throws -> Int {
        let (rate, longest) = (100, 30)
        return max(try count("state = 'armed'", of: id, most: rate * longest) / rate, 2)
    }

    /// Ends what has been silent for too long.
    func expire() throws -> [LeaseChange] {
        let sql = LeaseRow.all + " WHERE lease.state IN ('claimed', 'fetching', 'installing')"
        return try Row.fetchAll(database.cachedStatement(sql: sql)).compactMap(LeaseRow.init).compactMap { row in
            var lease = row.lease
            try expire(&lease, of: row)
            return try write(lease, over: row)
        }
    }

    private func expire(_ lease: inout Lease, of row: LeaseRow) throws {
        guard let deadline = lease.deadline(rules.times), deadline <= now else { return }
        let isHeldBack = lease.state != .installing ? try hold(back: row) != nil : false
        lease.expire(now: now, rules.times, isHeldBack: isHeldBack)
    }
}

// MARK: - Rows

extension InstallLedger {
    func lease(_ token: InstallToken) throws -> LeaseRow? {
        let statement = try database.cachedStatement(sql: LeaseRow.all + " WHERE token = ?")
        return try Row.fetchOne(statement, arguments: [token.text]).flatMap(LeaseRow.init)
    }

    func rollout(_ id: Int64) throws -> RolloutRow? {
        let statement = try database.cachedStatement(sql: "SELECT * FROM rollout WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id]).map { RolloutRow($0, try counts(id)) }
    }

    private func bareRollout(_ id: Int64) throws -> Rollout? {
        let statement = try database.cachedStatement(sql: "SELECT * FROM rollout WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id]).map(Rollout.init)
    }

    /// Of a host that was tried again only the last try counts.
    private static let isLast = """
        NOT EXISTS (
            SELECT 1 FROM lease AS later
            WHERE later.host_id = lease.host_id AND later.id > lease.id AND later.rollout_id = lease.rollout_id)
        """

    func counts(_ id: Int64) throws -> Rollout.Counts {
        let sql = "SELECT state, count(*) FROM lease WHERE rollout_id = ? AND \(Self.isLast) GROUP BY state"
        var counts = Rollout.Counts()
        for row in try Row.fetchAll(database.cachedStatement(sql: sql), arguments: [id]) {
            if let state = Lease.State(rawValue: row[0]) { counts.add(state, row[1]) }
        }
        return counts
    }

    /// Writes a lease down if it changed, and what its end means for its rollout.
    func write(_ lease: Lease, over row: LeaseRow) throws -> LeaseChange? {
        guard lease != row.lease else { return nil }
        try database.cachedStatement(
            sql: """
                UPDATE lease SET state = ?, attempt = ?, lost_turns = ?, turn = ?, heard = ?, begun = ?, ended = ?,
                    reason = ?, is_inferred = ? WHERE id = ?
                """
        ).execute(arguments: [
            lease.state.rawValue, lease.attempt, lease.lostTurns, lease.turn, lease.heard, lease.begun, lease.ended,
            lease.reason, lease.isInferred, row.id,
        ])
        var change = row.change(to: lease)
        if lease.state.isBad != row.lease.state.isBad {
            change.pause = try review(row.rollout, isWorse: lease.state.isBad)
        }
        return change
    }

    /// - Returns: why the rollout pauses from now on; nil when it goes on, or had paused before.
    private func review(_ id: Int64, isWorse: Bool) throws -> String? {
        guard var row = try rollout(id) else { return nil }
        let before = row.rollout.state
        if isWorse { row.rollout.review(row.counts) } else { row.rollout.relent(row.counts) }
        try write(row.rollout, id)
        return row.rollout.state == .paused && before != .paused ? row.rollout.reason : nil
    }

    func write(_ rollout: Rollout, _ id: Int64) throws {
        try database.cachedStatement(sql: "UPDATE rollout SET state = ?, reason = ?, width = ? WHERE id = ?").execute(
            arguments: [rollout.state.rawValue, rollout.reason, rollout.width, id])
    }
}

extension Hold {
    /// For the screen of the machine that waits.
    fileprivate var sentence: String {
        switch self {
        case .notBefore: "its time has not come"
        case .paused(let why): why.isEmpty ? "the rollout is paused" : "the rollout is paused: \(why)"
        case .canaries(let count): "\(count) go first, and have to be done before"
        case .full(let width): "\(width) are being installed, and no more may be at a time"
        case .hourly(let most): "no more than \(most) may begin within an hour"
        case .crowded(let share?, let least):
            "those that fetch get \(share / 125_000) Mbit/s each, and \(least / 125_000) are wanted"
        case .crowded(nil, _): "some began a moment ago, and what they get is measured first"
        case .frozen(let why): why
        }
    }
}
