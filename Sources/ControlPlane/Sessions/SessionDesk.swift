package import Assets
import BootPolicy
package import Exchange
import Fleet
package import Inventory
import LinuxIO
import Sessions
package import Wire

/// The boots of all machines: takes in the events, tells once of each machine that is stuck, and answers the operator's questions.
/// Of the main thread.
package final class SessionDesk: EventListener {
    let context: EngineContext
    let inventory: Inventory
    let root: ServedRoot?
    let version: String
    /// When the service began to listen, in milliseconds since 1970.
    private(set) var since: Int64
    private(set) var table: SessionTable
    private(set) var network = NetworkMemory()
    /// Who knows whose machine a host is; nil while no install does.
    private var installs: InstallDesk?
    private var upstreamTrouble = ""
    private var clocks = ClockWatch()
    /// By how much the wall clock was set last, and when that was seen.
    private var jump: (by: Int64, seen: Instant)?
    private var lastJudged = Instant(nanoseconds: 0)
    /// Where the next look at the open boots begins.
    private var place = 0
    private var kinds = KnownKinds()
    private var names = MachineNames()
    private var traffic = Traffic()
    /// The latest boots as they were judged a moment ago, for all who ask in that moment.
    private var judged: (reports: [SessionReport], time: Instant)?

    /// How often boots are looked at, and how many at a time: in a storm each has its turn every few seconds.
    private static let period = TimeSpan.seconds(1)
    private static let mostLooks = 2000
    /// Told of at a time: more than that have one cause, which a few tell as well.
    private static let mostTold = 20
    /// A boot that is over, or of which all is said, is looked at no longer after so many milliseconds.
    private static let afterglow: Int64 = 600_000
    /// For how long after the clock was set events are heard that were told before.
    private static let longestWay = TimeSpan.seconds(5)

    /// - Parameters:
    ///   - root: where loaders lie; nil where nothing is known of them.
    ///   - version: the program's.
    package init(
        context: EngineContext, inventory: Inventory, root: ServedRoot?, version: String,
        limits: Int = 20_000
    ) {
        self.context = context
        self.inventory = inventory
        self.root = root
        self.version = version
        since = Clock.wallMilliseconds
        var bounds = SessionTable.Limits()
        bounds.machines = limits
        table = SessionTable(bounds)
        _ = wallTime()
    }

    func follow(_ installs: InstallDesk) { self.installs = installs }

    // MARK: Events

    /// Takes in one event.
    package func hear(_ recorded: RecordedEvent) {
        var recorded = recorded
        recorded.time = timeOf(recorded, now: wallTime())
        network.hear(recorded)
        if case .mirrored(let event) = recorded.event { hear(event) }
        let (addresses, catalog) = (context.addresses, context.catalog)
        let names = SessionTable.Names(
            card: { addresses.requester(at: $0).hardware },
            cards: { catalog.current.machine(named: $0)?.hardware ?? [] })
        table.hear(recorded.event, at: recorded.time, names)
    }

    /// What the wall clock shows, in milliseconds since 1970. When somebody has set it since it was last looked at, all that is
    /// remembered is moved with it first: nobody is silent for an hour because of that.
    func wallTime() -> Int64 {
        let now = Clock.wallMilliseconds
        let jump = clocks.jump(wall: now, steady: Clock.uptimeMilliseconds)
        guard jump != 0 else { return now }
        table.move(by: jump)
        network.move(by: jump)
        since += jump
        judged = nil
        self.jump = (jump, Clock.now)
        return now
    }

    /// When an event was, by the clock as it goes now.
    private func timeOf(_ recorded: RecordedEvent, now: Int64) -> Int64 {
        guard let jump, Clock.now - jump.seen < Self.longestWay else { return recorded.time }
        let moved = recorded.time + jump.by
        return abs(moved - now) < abs(recorded.time - now) ? moved : recorded.time
    }

    private func hear(_ event: MirrorEvent) {
        switch event.outcome {
        case .failed(let reason), .stale(let reason): upstreamTrouble = reason
        case .wrongChecksum: upstreamTrouble = "not the file that the settings mean"
        case .fetched, .confirmed: upstreamTrouble = ""
        case .dropped: break
        }
    }

    // MARK: Verdicts

    /// How long the main thread may sleep; nil for ever.
    package var patience: TimeSpan? { table.open.isEmpty ? nil : Self.period }

    package func heardAll(lost: Int) {
        if lost > 0 { table.forgetTransfers() }
        judge()
    }

    /// Looks at the boots under way, once a second at most, and records what became clear of them.
    package func judge() {
        let now = Clock.now
        // Engines that stop say nothing of their files.
        guard now - lastJudged >= Self.period, !table.open.isEmpty, !context.stop.isRaised else { return }
        lastJudged = now
        let moment = moment
        table.forgetOld(at: moment.now, moment.circumstances)
        let all = Array(table.open)
        if place >= all.count { place = 0 }
        var left = Self.mostTold
        for hardware in all[place...].prefix(Self.mostLooks) {
            guard let boot = table.boots(of: hardware).last else {
                table.close(hardware)
                continue
            }
            let standing = standing(of: boot, moment)
            if left > 0, tell(standing, of: boot) { left -= 1 }
            if isSettled(standing, boot, moment.now) { table.close(hardware) }
        }
        place += Self.mostLooks
    }

    private func isSettled(_ standing: Standing, _ boot: BootSession, _ now: Int64) -> Bool {
        switch standing.state {
        case .underWay: false
        case .over: true
        case .booted: now - boot.last > 60_000
        case .stuck, .refused: now - boot.last > Self.afterglow
        }
    }

    /// - Returns: whether it was news.
    private func tell(_ standing: Standing, of boot: BootSession) -> Bool {
        guard standing.state == .stuck, let verdict = standing.verdict else { return false }
        // A machine that goes round and round has the same cause in each boot.
        guard table.noteTold(verdict.code, of: boot.hardware) else { return false }
        context.events.record(
            .stuck(
                StuckBoot(
                    id: boot.id, hardware: boot.hardware, stage: boot.furthest.rawValue, code: verdict.code,
                    cause: verdict.cause, fix: verdict.fix)))
        return true
    }

    /// What all boots that are looked at together are judged by.
    struct Moment {
        /// Milliseconds since 1970.
        let now: Int64
        let circumstances: Circumstances
        /// What is being sent, by the machines' addresses.
        let sent: [IPAddress: FetchProgress]

        /// What is being sent to a machine; earlier boots of it get nothing any more.
        func progress(of boot: BootSession) -> FetchProgress? {
            boot.followed == nil ? boot.address.flatMap { sent[$0] } : nil
        }
    }

    var moment: Moment {
        let sent = currentTraffic.progress
        return Moment(now: wallTime(), circumstances: circumstances, sent: sent)
    }

    func standing(of boot: BootSession, _ moment: Moment) -> Standing {
        table.standing(of: boot, at: moment.now, moment.circumstances, progress: moment.progress(of: boot))
    }

    /// Each machine's latest boot, judged once in a moment for all who ask, however many they are.
    var latestReports: [SessionReport] {
        let now = Clock.now
        if let judged, now - judged.time < Self.period { return judged.reports }
        let moment = moment
        let reports = inOrder(table.latest.map { report($0, moment) })
        judged = (reports, Clock.now)
        return reports
    }

    /// What verdicts go by at this moment.
    private var circumstances: Circumstances {
        var circumstances = Circumstances()
        circumstances.times = table.times
        circumstances.findings = network.codes(at: wallTime())
        circumstances.listeningSince = since
        circumstances.upstreamTrouble = upstreamTrouble
        circumstances.kind = { [self] in kind(of: $0) }
        let conflicts = installs?.conflicts ?? [:]
        circumstances.conflict = { conflicts[$0] }
        return circumstances
    }

    // MARK: What is under way

    /// What is under way, as the engines said it a moment ago.
    var currentTraffic: Traffic {
        traffic.refresh(context)
        return traffic
    }

    // MARK: Loaders

    /// What firmware a loader of ours is for.
    private func kind(of path: String) -> LoaderKind? {
        kinds.kind(of: path, context.catalog.current.generation) { readKind($0) }
    }

    private func readKind(_ path: String) -> LoaderKind? {
        let loader = context.catalog.current.loaders.all.first { $0.loader.name == path }?.loader
        let place = loader?.path ?? path
        do throws(SystemError) {
            if place.hasPrefix("/") { return LoaderKind(try Self.head(of: OpenFile(hostPath: place))) }
            guard let root else { return nil }
            return LoaderKind(try Self.head(of: root.current.open(place)))
        } catch {
            return nil
        }
    }

    private static func head(of file: consuming OpenFile) throws(SystemError) -> [UInt8] {
        let count = min(file.size, Int64(LoaderKind.headLength))
        return try file.octets(0..<count)
    }

    // MARK: Names

    /// The host that a machine is, by the settings and the inventory; nil for one that is known by its card only.
    func host(of hardware: ClientHardware) -> String? {
        names.follow(context.catalog.current)
        return hardware.mac.flatMap { names.hosts[$0] }
    }
}

/// The hosts of cards, for as long as a catalog is in force.
private struct MachineNames {
    private(set) var hosts: [MACAddress: String] = [:]
    private var generation = -1

    mutating func follow(_ catalog: Catalog) {
        guard catalog.generation != generation else { return }
        generation = catalog.generation
        hosts = [:]
        for host in HostDirectory(catalog).all {
            for card in host.hardware { hosts[card] = host.name }
        }
    }
}

/// What loaders are for, as their files said it lately: operators replace a loader that is for the wrong machines.
private struct KnownKinds {
    private var kinds: [String: LoaderKind?] = [:]
    private var since = Instant(nanoseconds: 0)
    private var generation = -1

    private static let validity = TimeSpan.seconds(10)
    private static let most = 1000

    mutating func kind(of path: String, _ generation: Int, read: (String) -> LoaderKind?) -> LoaderKind? {
        let now = Clock.now
        if generation != self.generation || now - since >= Self.validity || kinds.count >= Self.most {
            (kinds, since, self.generation) = ([:], now, generation)
        }
        if let known = kinds[path] { return known }
        let kind = read(path)
        kinds[path] = .some(kind)
        return kind
    }
}
