import Assets
package import BootPolicy
package import Exchange
import Fleet
package import Inventory
package import LinuxIO
import Synchronization
import Wire

/// Takes the steps of installs to the inventory, and what the inventory says back to who asks: from any thread that may wait.
///
/// Who comes while another's transaction is written waits for its end, and then takes all who wait with it into the next one:
/// a disk that syncs a hundred times a second serves a thousand machines.
package final class InstallDesk: InstallSource {
    private struct Waiting {
        var requests: [(number: UInt64, request: InstallRequest)] = []
        var last: UInt64 = 0
        /// Machines that fetched something of their install, and it was not written down.
        var fetched: Set<InstallToken> = []
        /// Those of whom it was, or will be at the next look, and when they fetched that.
        var told: [InstallToken: Instant] = [:]
        /// What took effect already.
        var untold: [LeaseChange] = []
        /// The board may say something else than the inventory.
        var isBoardStale = false
        var clocks = ClockWatch()
        var uplink = Uplink<InstallToken>()
        /// When the uplink was measured, and what came of that.
        var measured: (time: Instant, gate: UplinkGate)?
        /// What was wrong with the machine of each host that asked, and when it asked last.
        var conflicts: [String: (conflict: Conflict, time: Instant)] = [:]
        /// The inventory failed, and the operator was told; told again only after something was written once more.
        var hasReportedFailure = false
    }

    private let inventory: Inventory
    private let context: EngineContext
    private let wake: WakeUp
    private let waiting = Mutex(Waiting())
    /// Who holds this talks to the disk, and everybody else waits for it: that is what it is for.
    private let turn = Mutex<[UInt64: InstallAnswer]>([:])
    /// Who holds this takes what the inventory says to the board: what was read first must not come last.
    private let copying = Mutex(())

    private var events: EventRing { context.events }
    private var board: InstallBoard { context.installs }
    private var catalog: PublishedCatalog { context.catalog }

    package init(inventory: Inventory, context: EngineContext) throws(SystemError) {
        self.inventory = inventory
        self.context = context
        wake = try WakeUp()
    }

    /// Makes board and catalog say what the inventory says.
    package func refresh() throws(InventoryError) {
        try copying.withLock { _ throws(InventoryError) in
            let all = try inventory.standings()
            let hosts = MachineBook(try inventory.hosts())
            let entries = all.map { standing in
                InstallBoard.Entry(
                    Enrolment(token: standing.row.token, target: standing.row.target), hardware: standing.hardware,
                    former: standing.former)
            }
            board.replace(entries)
            catalog.publish(hosts: hosts)
            waiting.withLock { $0.isBoardStale = false }
        }
    }

    /// The settings are others than they were: what they say of cards holds for machines that are armed already, too. An address may
    /// have been mistyped.
    package func followSettings() {
        do throws(InventoryError) {
            if try inventory.align(catalog.current.machines.all) { catchUp() }
        } catch {
            // A disk that takes nothing lets nothing begin.
            report(error)
        }
    }

    /// Makes them say so after a command, which was carried out whatever comes of this: it is tried again until it succeeds.
    func catchUp() {
        do throws(InventoryError) {
            try refresh()
        } catch {
            let wasStale = waiting.withLock { waiting in
                defer { waiting.isBoardStale = true }
                return waiting.isBoardStale
            }
            guard !wasStale else { return }
            let text = "installs that changed last are not in force yet, which is tried again and again: \(error)"
            events.record(.notice(Notice(.error, text)))
        }
    }

    package func take(_ step: InstallStep, of enrolment: Enrolment) -> InstallAnswer {
        let number = waiting.withLock { waiting in
            waiting.last += 1
            var request = InstallRequest(step, token: enrolment.token, card: enrolment.card)
            request.boot = enrolment.boot
            request.obstacle = obstacle(to: enrolment)
            waiting.requests.append((waiting.last, request))
            return waiting.last
        }
        return turn.withLock { answers in
            if let answer = answers.removeValue(forKey: number) { return answer }
            let requests = waiting.withLock { waiting in
                defer { waiting.requests = [] }
                return waiting.requests
            }
            for (number, answer) in zip(requests.map(\.number), carryOut(requests.map(\.request))) {
                answers[number] = answer
            }
            return answers.removeValue(forKey: number) ?? .later("Pilotfish is being stopped")
        }
    }

    /// What a step would be answered now, without any effect. Who rehearses was never let begin, and plays that he is.
    func rehearse(_ step: InstallStep, of enrolment: Enrolment) -> InstallAnswer {
        if case .begin = step { return .go }
        var request = InstallRequest(step, token: enrolment.token, card: enrolment.card)
        request.boot = enrolment.boot
        request.obstacle = obstacle(to: enrolment)
        do throws(InventoryError) {
            return try inventory.rehearse(request, rules, now: Clock.wallMilliseconds)
        } catch {
            return answer(to: step, of: enrolment.token, without: error)
        }
    }

    /// What the settings say against an install since it was armed.
    private func obstacle(to enrolment: Enrolment) -> String? {
        let catalog = catalog.current
        if !catalog.canInstall(enrolment.target) {
            return "\(enrolment.target) is no target that can be installed any more"
        }
        let machine = enrolment.cards.lazy.compactMap { catalog.machines[$0] }.first
        return machine?.isProtected == true ? "\(machine?.name ?? "") is protected" : nil
    }

    private func carryOut(_ requests: [InstallRequest]) -> [InstallAnswer] {
        do throws(InventoryError) {
            let outcomes = try inventory.carryOut(requests, rules, now: try time())
            tellWritten(outcomes.compactMap(\.change))
            for conflict in outcomes.compactMap(\.conflict) { tell(conflict) }
            return outcomes.map { Self.spread($0.answer) }
        } catch {
            report(error)
            return requests.map { answer(to: $0.step, of: $0.token, without: error) }
        }
    }

    /// Machines that were switched on together must not go on to ask together: the places that come free would wait for them.
    private static func spread(_ answer: InstallAnswer) -> InstallAnswer {
        guard case .wait(let why, let seconds) = answer else { return answer }
        return .wait(why, seconds: .random(in: 1...max(seconds * 2 - 1, 1)))
    }

    /// What a machine is told whose step cannot be written down. Who is done boots its disk all the same: reading may work.
    private func answer(to step: InstallStep, of token: InstallToken, without error: InventoryError) -> InstallAnswer {
        switch step {
        case .begin, .done, .failed: return .later("the inventory cannot be written")
        case .ask, .askAgain:
            let last = try? inventory.lease(of: token)
            if let last, last.lease.state == .done { return .localDisk }
            if let last, last.lease.state.isBad { return .stopped(last.lease.reason) }
            return .wait("the inventory cannot be written", seconds: 10)
        }
    }

    package func note(fetchBy enrolment: Enrolment) {
        let (now, rest) = (Clock.now, Self.rest(catalog.current))
        let isNew = waiting.withLock { waiting in
            if let last = waiting.told[enrolment.token], now - last < rest { return false }
            waiting.told[enrolment.token] = now
            return waiting.fetched.insert(enrolment.token).inserted
        }
        if isNew { wake.signal() }
    }

    /// For how long further fetches of an install say nothing new: the disk is spared, and no turn is lost for that.
    private static func rest(_ catalog: Catalog) -> TimeSpan {
        min(catalog.install.patience / 4, .seconds(120))
    }

    /// The rules that hold now: nothing begins where no boot may, nor at other hours than the operator said.
    private var rules: InstallRules {
        let catalog = catalog.current
        var rules = InstallRules(catalog.install)
        if !catalog.mode.beginsBoots {
            rules.freeze = "Pilotfish is \(catalog.mode.rawValue)"
        } else if let time = TimeOfDay(minutes: WallTime(milliseconds: Clock.wallMilliseconds).minutes) {
            rules.freeze = catalog.install.freeze(at: time)
        }
        if catalog.install.leastRate > 0 { rules.uplink = waiting.withLock(\.measured?.gate) }
        return rules
    }

    /// Looks what the machines that are installed get of the uplink, if the operator wants them to get something.
    private func measureUplink() {
        let least = Int64(catalog.current.install.leastRate) * 125_000
        let now = Clock.now
        let last = waiting.withLock(\.measured?.time)
        guard least > 0, last.map({ now - $0 >= Self.round }) ?? true else { return }
        // Where an engine does not answer in time, what was measured last holds on.
        guard let underWay = try? UnderWay(context) else { return }
        let files = underWay.files
        let meters = board.fetched.filter { !$0.value.isOver }.reduce(
            into: [InstallToken: Uplink<InstallToken>.Meter]()
        ) { meters, fetched in
            let sent = files[fetched.key, default: []].reduce(Int64(0)) { $0 + $1.octets }
            meters[fetched.key] = Uplink.Meter(
                octets: fetched.value.octets + sent, isFetching: files[fetched.key] != nil)
        }
        waiting.withLock { waiting in
            let reading = waiting.uplink.look(meters, after: last.map { now - $0 } ?? .zero, least: least)
            let gate = UplinkGate(
                since: Clock.wallMilliseconds, places: reading.places, share: reading.share, least: least)
            waiting.measured = (now, gate)
        }
    }

    /// What the wall clock shows. When somebody has set it since it was last looked at, the leases are moved with it first.
    private func time() throws(InventoryError) -> Moment {
        let now = Clock.wallMilliseconds
        var clocks = waiting.withLock { $0.clocks }
        let jump = clocks.jump(wall: now, steady: Clock.uptimeMilliseconds)
        if jump != 0 {
            let count = try inventory.moveLeases(by: jump, now: now)
            let way = jump > 0 ? "forward" : "back"
            let text =
                "the host's clock was set \(way) by \(abs(jump) / 1000) s, and the times of \(count) installs with it"
            events.record(.notice(Notice(.warning, text)))
        }
        waiting.withLock { [clocks] in $0.clocks = clocks }
        return now
    }

    /// How often what is under way is looked at.
    private static let round = TimeSpan.seconds(5)
    /// How long those who fetch wait for each other.
    private static let gathering = TimeSpan.milliseconds(500)

    /// Starts the thread that does what nobody asks for.
    package func start(stop: StopSignal) throws(SystemError) -> EngineThread {
        let epoll = try Epoll()
        try epoll.add(wake.descriptor, token: 0)
        let owned = HandOver(epoll)
        let name = "pf-installs"
        let pulse = context.roll.join(name) { [wake] _ in wake.signal() }
        return try EngineThread(name: name) { [self] in
            let epoll = owned.take()
            while !stop.isRaised {
                pulse.beat()
                look()
                _ = try? epoll.wait(Self.round)
                if !stop.isRaised { Clock.nap(Self.gathering) }
                wake.clear()
                tellPortion()
            }
        }
    }

    /// Makes the thread look whether it shall stop.
    package func stir() { wake.signal() }

    /// What is to be done now and then: what was fetched is written down, what was silent for too long is ended, and a board
    /// that could not be brought up to date is.
    func look() {
        let (recent, rest) = (Clock.now, Self.rest(catalog.current))
        let (fetched, isBoardStale) = waiting.withLock { waiting in
            defer { waiting.fetched = [] }
            waiting.told = waiting.told.filter { recent - $0.value < rest }
            return (waiting.fetched, waiting.isBoardStale)
        }
        measureUplink()
        do throws(InventoryError) {
            // By one who is about to take a step it may be looked at, too.
            let now = try turn.withLock { _ throws(InventoryError) in try time() }
            if !fetched.isEmpty {
                tellWritten(try inventory.note(fetchesOf: Array(fetched), now: now))
            }
            tellWritten(try inventory.expireLeases(rules, now: now))
        } catch {
            waiting.withLock { $0.fetched.formUnion(fetched) }
            report(error)
        }
        if isBoardStale { catchUp() }
    }

    /// A machine asks again and again: its conflict is told once.
    private func tell(_ conflict: InstallConflict) {
        let isNew = waiting.withLock { waiting in
            let last = waiting.conflicts.updateValue((conflict.conflict, Clock.now), forKey: conflict.host)
            // One that was settled, and comes again much later, is news.
            guard let last, Clock.now - last.time < Self.conflictLife else { return true }
            return last.conflict.kind != conflict.conflict.kind
        }
        guard isNew else { return }
        var event = HookEvent(.conflict)
        event.host = conflict.host
        event.cards = [conflict.conflict.evidence.card].compactMap(\.self)
        event.reason = "it is not installed: \(conflict.conflict.sentence)"
        events.record(.fleet(event))
    }

    /// A machine that is not known for sure asks again within a minute: who has not has found its peace, or is off.
    private static let conflictLife = TimeSpan.seconds(90)

    /// Whose machines are not known for sure, and why, by the hosts' names.
    var conflicts: [String: String] {
        let now = Clock.now
        return waiting.withLock(\.conflicts).filter { now - $0.value.time < Self.conflictLife }.mapValues { known in
            "\(known.conflict.code): \(known.conflict.cause)"
        }
    }

    /// Every machine that waits asks again, and a line for each would fill the disk that failed.
    private func report(_ error: InventoryError) {
        let isKnown = waiting.withLock { waiting in
            defer { waiting.hasReportedFailure = true }
            return waiting.hasReportedFailure
        }
        if !isKnown { events.record(.notice(Notice(.error, "no install begins or ends: \(error)"))) }
    }

    /// Tells what was written down. Where nothing had to be, a disk that takes nothing looks well.
    private func tellWritten(_ changes: [LeaseChange]) {
        guard !changes.isEmpty else { return }
        let hadFailed = waiting.withLock { waiting in
            defer { waiting.hasReportedFailure = false }
            return waiting.hasReportedFailure
        }
        if hadFailed { events.record(.notice(Notice(.info, "installs begin and end again"))) }
        tell(changes)
    }

    private func tell(_ change: LeaseChange) {
        takeEffect(of: change)
        events.record(.install(InstallEvent(change)))
        if let pause = change.pause {
            var event = HookEvent(.paused)
            (event.rollout, event.target, event.reason) = (change.rollout, change.target, pause)
            events.record(.fleet(event))
        }
    }

    private func takeEffect(of change: LeaseChange) {
        // Another script has to be fetched anew before that is worth telling again.
        if change.to.state == .claimed || change.to.state == .armed {
            waiting.withLock { _ = $0.told.removeValue(forKey: change.token) }
        }
        if change.to.state == .claimed {
            if change.from == .armed { board.beginCounting(change.token) }
            waiting.withLock { $0.conflicts[change.host] = nil }
        }
        if change.to.state.isOver { board.endCounting(change.token) }
        if change.to.state == .cancelled { copying.withLock { _ in board.remove(change.token) } }
    }

    /// Tells what a command changed, or many steps.
    package func tell(_ changes: [LeaseChange]) {
        guard changes.count > Self.portion else {
            for change in changes { tell(change) }
            return
        }
        for change in changes { takeEffect(of: change) }
        waiting.withLock { $0.untold += changes }
        wake.signal()
    }

    /// So many events go at once: who takes them may be the one who tells these, and room for others shall be left.
    private static let portion = 1000

    /// Tells some of what is still to be told.
    func tellPortion() {
        let (changes, isMore) = waiting.withLock { waiting in
            let portion = Array(waiting.untold.prefix(Self.portion))
            waiting.untold.removeFirst(portion.count)
            return (portion, !waiting.untold.isEmpty)
        }
        for change in changes { events.record(.install(InstallEvent(change))) }
        if isMore { wake.signal() }
    }
}

extension InstallRules {
    init(_ terms: InstallTerms) {
        self.init()
        func milliseconds(_ time: TimeSpan) -> Moment { time.nanoseconds / 1_000_000 }
        times.patience = milliseconds(terms.patience)
        times.turns = terms.turns
        times.longest = milliseconds(terms.longest)
        times.shortest = milliseconds(terms.shortest)
        hourly = terms.perHour > 0 ? terms.perHour : nil
    }
}

extension InstallEvent {
    fileprivate init(_ change: LeaseChange) {
        self.init(
            host: change.host, rollout: change.rollout, target: change.target, from: change.from.rawValue,
            to: change.to.state.rawValue, attempt: change.to.attempt, reason: change.to.reason)
    }
}
