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
    let since: Int64
    private(set) var table: SessionTable
    private(set) var network = NetworkMemory()
    /// Who knows whose machine a host is; nil while no install does.
    private var installs: InstallDesk?
    private var upstreamTrouble = ""
    /// What was told of each machine's boot.
    private var told: [ClientHardware: (boot: Int64, code: String)] = [:]
    private var lastJudged = Instant(nanoseconds: 0)
    /// Where the next look at the open boots begins.
    private var place = 0
    private var kinds: [String: LoaderKind?] = [:]
    private var names = MachineNames()
    private var underWay: (progress: [IPAddress: FetchProgress], counts: (tftp: Int, http: Int), time: Instant)?

    /// How often boots are looked at, and how many at a time: in a storm each has its turn every few seconds.
    private static let period = TimeSpan.seconds(1)
    private static let mostLooks = 2000
    /// Told of at a time: more than that have one cause, which a few tell as well.
    private static let mostTold = 20
    /// A boot that is over, or of which all is said, is looked at no longer after so many milliseconds.
    private static let afterglow: Int64 = 600_000

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
    }

    func follow(_ installs: InstallDesk) { self.installs = installs }

    // MARK: Events

    /// Takes in one event.
    package func hear(_ recorded: RecordedEvent) {
        network.hear(recorded)
        if case .mirrored(let event) = recorded.event { hear(event) }
        let (addresses, catalog) = (context.addresses, context.catalog)
        let names = SessionTable.Names(
            card: { addresses.requester(at: $0).hardware },
            cards: { catalog.current.machine(named: $0)?.hardware ?? [] })
        table.hear(recorded.event, at: recorded.time, names)
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
        guard now - lastJudged >= Self.period, !table.open.isEmpty else { return }
        lastJudged = now
        let wall = Clock.wallMilliseconds
        let circumstances = circumstances
        table.forgetOld(at: wall, circumstances)
        let all = Array(table.open)
        if place >= all.count { place = 0 }
        var left = Self.mostTold
        for hardware in all[place...].prefix(Self.mostLooks) {
            guard let boot = table.boots(of: hardware).last else {
                table.close(hardware)
                continue
            }
            let standing = standing(of: boot, at: wall, circumstances)
            if left > 0, tell(standing, of: boot) { left -= 1 }
            if isSettled(standing, boot, wall) {
                table.close(hardware)
                told[hardware] = nil
            }
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
        if let before = told[boot.hardware], before.code == verdict.code { return false }
        told[boot.hardware] = (boot.id, verdict.code)
        context.events.record(
            .stuck(
                StuckBoot(
                    hardware: boot.hardware, code: verdict.code, cause: verdict.cause, fix: verdict.fix)))
        return true
    }

    func standing(of boot: BootSession, at now: Int64, _ circumstances: Circumstances) -> Standing {
        table.standing(of: boot, at: now, circumstances, progress: progress(of: boot))
    }

    /// What verdicts go by at this moment.
    var circumstances: Circumstances {
        var circumstances = Circumstances()
        circumstances.times = table.times
        circumstances.findings = network.codes
        circumstances.listeningSince = since
        circumstances.upstreamTrouble = upstreamTrouble
        circumstances.kind = { [self] in kind(of: $0) }
        let conflicts = installs?.conflicts ?? [:]
        circumstances.conflict = { conflicts[$0] }
        return circumstances
    }

    // MARK: What is under way

    /// What is being sent to a machine.
    func progress(of boot: BootSession) -> FetchProgress? { boot.address.flatMap { beingSent[$0] } }

    /// How many transfers and responses are under way.
    var counts: (tftp: Int, http: Int) {
        _ = beingSent
        return underWay?.counts ?? (0, 0)
    }

    /// By the machines' addresses; asked of the engines once a second at most.
    private var beingSent: [IPAddress: FetchProgress] {
        let now = Clock.now
        if let underWay, now - underWay.time < Self.period { return underWay.progress }
        // Engines that do not answer are busy; nothing is known of files for a moment then.
        guard let asked = try? UnderWay(context) else { return underWay?.progress ?? [:] }
        underWay = (asked.byAddress, (asked.transfers.count, asked.downloads.count), now)
        return asked.byAddress
    }

    // MARK: Loaders

    /// What firmware a loader of ours is for.
    private func kind(of path: String) -> LoaderKind? {
        if let known = kinds[path] { return known }
        if kinds.count > 1000 { kinds = [:] }
        let kind = readKind(path)
        kinds[path] = .some(kind)
        return kind
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

extension UnderWay {
    /// What each machine is being sent; of several files the one that moved last.
    fileprivate var byAddress: [IPAddress: FetchProgress] {
        var latest: [IPAddress: FetchProgress] = [:]
        func add(_ address: IPAddress, _ progress: FetchProgress) {
            if let other = latest[address], other.silence <= progress.silence { return }
            latest[address] = progress
        }
        for transfer in transfers {
            add(
                transfer.facts.client.address,
                FetchProgress(
                    path: transfer.facts.name, octets: transfer.bytes, size: transfer.facts.size,
                    rate: Self.rate(transfer.bytes, transfer.age), retransmits: transfer.retransmitted,
                    silence: transfer.silence.nanoseconds / 1_000_000, isHTTP: false))
        }
        for download in downloads {
            add(
                download.client.address,
                FetchProgress(
                    path: download.path, octets: download.bytes, size: download.size,
                    rate: Self.rate(download.bytes, download.age), retransmits: 0,
                    silence: download.silence.nanoseconds / 1_000_000, isHTTP: true))
        }
        return latest
    }

    private static func rate(_ octets: Int64, _ age: TimeSpan) -> Double {
        age.seconds > 0 ? Double(octets) / age.seconds : 0
    }
}
