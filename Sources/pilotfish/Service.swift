import Assets
import BootPolicy
import Confinement
import Console
import ControlPlane
import DHCPEngine
import Exchange
import Fetching
import Glibc
import HTTPEngine
import Inventory
import LinuxIO
import Mirroring
import Settings
import TFTPEngine
import Wire

/// The composition root: opens everything, gives every privilege up, starts the engines, and waits.
enum Service {
    /// Serves until SIGTERM or SIGINT.
    ///
    /// - Parameter ownsState: whether the operator named the state directory, so that it must work.
    static func run(source: SettingsSource, ownsState: Bool) throws {
        let manager = ServiceManager()
        let unlisted = try UnlistedCalls.chosen()
        let settings = try source.load()
        let signals = try takeSignals()
        let resources = try Resources(settings, isUnit: manager.notifier.isHeard)
        let user = try serviceUser(settings)
        let inventoryPath = try prepareState(settings, user: user, isRequired: ownsState)
        let channels = try Upstream.startProcesses(for: settings, as: user, hasState: inventoryPath != nil)
        let reach = FileReach(settings, from: source, root: resources.root.current, hasState: inventoryPath != nil)
        let confined = try confine(as: user, settings, source, reach, channels, manager.notifier, unlisted)

        let inventory = try inventoryPath.map { try openInventory($0, settings) } ?? Inventory()
        let builder = CatalogBuilder(root: resources.root, isWithinReach: confined.isWithinReach)
        let keeper = ModeKeeper(inventory: inventory)
        // What cannot be read may be the word that nothing shall be answered.
        let (effective, trouble) = keeper.apply(to: settings, inForce: .observe)
        let (catalog, notices) = builder.build(effective)
        let (eventsWake, dhcpWake) = (try WakeUp(), try WakeUp())
        let memory = MemoryFeed(wake: { dhcpWake.signal() })
        let events = ring(eventsWake, memory)
        let (fetcher, asker) = (try client(channels.files, events), try client(channels.questions, events))
        let context = context(PublishedCatalog(catalog), inventory, events, memory, FlightRecorder(settings), asker)
        let watching = Watching(settings, inventory, context, root: resources.root)
        let hooks = try Upstream.hooks(channels.commands, asker, context)
        let recorder = watching.recorder(context, inventory, hooks)
        tell(resources, channels, unlisted, [trouble].compactMap(\.self) + notices, events)
        let console = try Upstream.console(channels, context.events)
        let summary = resources.summary(
            settings, mode: catalog.mode, user: user, inventory: inventoryPath, api: channels.console.doors)
        let mirrors = try fetcher.flatMap { try Upstream.mirrors($0, settings, state: inventoryPath, context) }
        let installs = try installs(inventory, context)
        let waker = try Waker(socket: resources.waker, context: context) { hooks?.isCrowded == true }
        let engines = try Engines(
            resources, settings: settings, mirrors: mirrors, installs: installs, waker: waker,
            context: context, lessons: (try? inventory.lessons()) ?? [], dhcpWake: dhcpWake)
        let desk = openDesk(
            settings, inventoryPath, context, inventory, installs, waker, watching, resources)
        let loop = try ServiceLoop(signals: signals, events: eventsWake, desk: desk)
        try Confinement.checkEveryThread(as: user)
        // What was wrong at the start stands before the line that says all is ready.
        recorder.record()
        watching.log.tell("service.ready", summary, time: Clock.wallMilliseconds)
        manager.begin(context, watching)

        var reloader = Reloader(
            source: confined, builder: builder, context: context, keeper: keeper, current: settings,
            started: channels.needs(mirrors: mirrors))
        try loop.run(
            patience: { manager.patience(watching.sessions.patience) }, record: { manager.pass(recorder.record) },
            reload: {
                manager.reload {
                    reloader.reload()
                    watching.follow(reloader.log, installs)
                    engines.wakeAll()
                }
            },
            command: {
                desk?.serve(after: recorder.record) { mode throws(CommandFailure) in
                    // A stricter mode is in force even when it cannot be kept.
                    defer { engines.wakeAll() }
                    try reloader.switchMode(to: mode)
                }
            })

        manager.end()
        stop(mirrors, fetcher, engines, hooks, asker, console, context)
        recorder.record()
        watching.log.tell("service.stopped", counted(context.counters), time: Clock.wallMilliseconds)
    }

    /// Gives everything up. From there on the process holds no privilege, and no packet was read yet.
    ///
    /// - Returns: where its settings come from, as far as it can still read them.
    private static func confine(
        as user: ServiceUser?, _ settings: Settings, _ source: SettingsSource, _ reach: FileReach,
        _ channels: borrowing Upstream.Channels, _ notifier: SystemdNotifier, _ unlisted: UnlistedCalls
    ) throws -> SettingsSource {
        // As who starts the process that fetches, which finds its own out before it becomes somebody else.
        let fetching = channels.fetchersReach(settings)
        try Confinement.enter(as: user, role: .service, reach: reach, notifier: notifier, unlisted: unlisted)
        EngineThread.confineEach { narrow(to: $0, unlisted) }
        try source.checkAccess(settings)
        var source = source
        guard Confinement.boundsFiles else { return source }
        source.isWithinReach = reach.covers
        if let fetching { source.isWithinFetchersReach = fetching.covers }
        return source
    }

    /// Confines a thread that starts; without that the service does not run.
    private static func narrow(to role: ThreadRole, _ unlisted: UnlistedCalls) {
        do throws(Confinement.Failure) {
            try Confinement.narrow(to: role, unlisted: unlisted)
        } catch {
            StandardError.write("pilotfish: \(error)")
            _exit(ExitStatus.trouble.rawValue)
        }
    }

    /// What was noticed on the way here.
    private static func tell(
        _ resources: borrowing Resources, _ channels: borrowing Upstream.Channels, _ unlisted: UnlistedCalls,
        _ notices: [Notice], _ events: EventRing
    ) {
        let gaps =
            [Confinement.remark].compactMap(\.self).map { Notice(.info, $0) }
            + [unlisted.remark].compactMap(\.self).map { Notice(.warning, $0) }
        for notice in resources.remarks + gaps + channels.console.remarks + notices { events.record(.notice(notice)) }
    }

    /// First of all what others wait for, or they would be waited for in vain.
    private static func stop(
        _ mirrors: MirrorCache?, _ fetcher: FetchClient?, _ engines: Engines, _ hooks: HookDesk?,
        _ asker: FetchClient?, _ console: ConsoleLink?, _ context: EngineContext
    ) {
        console?.stop()
        mirrors?.stop()
        fetcher?.stop()
        engines.stop(context)
        hooks?.stop()
        asker?.stop()
    }

    /// Before any thread exists, so that all threads leave signals to this one.
    private static func takeSignals() throws(SystemError) -> SignalDescriptor {
        signal(SIGPIPE, SIG_IGN)
        return try SignalDescriptor(ServiceLoop.handledSignals)
    }

    /// The installs that the inventory has, by the settings as they are now.
    private static func installs(_ inventory: Inventory, _ context: EngineContext) throws -> InstallDesk {
        let desk = try InstallDesk(inventory: inventory, context: context)
        desk.followSettings()
        try desk.refresh()
        return desk
    }

    /// - Returns: nil for a process that does not run.
    private static func client(
        _ channel: HandOver<ChannelSocket>?, _ events: EventRing
    ) throws(SystemError) -> FetchClient? {
        guard let channel else { return nil }
        return try FetchClient(channel) { events.record(.notice(Notice(.error, $0))) }
    }

    /// Events for whoever writes them down; what they say of files goes to the memory as well.
    private static func ring(_ wake: WakeUp, _ memory: MemoryFeed) -> EventRing {
        EventRing(
            clock: { Clock.wallMilliseconds }, wake: { wake.signal() },
            watch: { event in if let progress = FileProgress(event) { memory.tell(.file(progress)) } })
    }

    /// What all engines share; `asker` is nil where nobody is asked anything.
    private static func context(
        _ catalog: PublishedCatalog, _ inventory: Inventory, _ events: EventRing, _ memory: MemoryFeed,
        _ flight: FlightRecorder, _ asker: FetchClient?
    ) -> EngineContext {
        let webhooks = WebhookDesk(fetcher: asker, catalog: catalog) { memory.tell(.decision($0)) }
        let context = EngineContext(
            catalog: catalog, events: events, memory: memory, counters: EngineCounters(), stop: StopSignal(),
            flight: flight, ask: webhooks.ask)
        rememberAddresses(inventory, context)
        return context
    }

    /// Machines that got their address before this start ask for their scripts after it.
    private static func rememberAddresses(_ inventory: Inventory, _ context: EngineContext) {
        // Without them such a machine boots as any other, and is known when it asks for an address again.
        for place in (try? inventory.lastAddresses(now: Clock.wallMilliseconds)) ?? [] {
            context.addresses.note(place.address, ClientHardware(place.hardware))
            if let boot = place.boot { context.addresses.note(boot, of: ClientHardware(place.hardware)) }
        }
    }

    private static func counted(_ counters: EngineCounters) -> [(key: String, value: String)] {
        Counter.allCases.filter { counters[$0] != 0 }.map { ("\($0)", "\(counters[$0])") }
    }

    /// Where commands are answered: in the state directory, if there is one.
    private static func openDesk(
        _ settings: Settings, _ inventoryPath: String?, _ context: EngineContext, _ inventory: Inventory,
        _ installs: InstallDesk, _ waker: Waker, _ watching: Watching, _ resources: Resources
    ) -> ControlDesk? {
        guard inventoryPath != nil else { return nil }
        if inventory.isReadOnly {
            let text =
                "the disk of \(settings.state) is read-only: no install begins or ends, and no event is kept; all else is "
                + "served; restart Pilotfish when it can be written"
            context.events.record(.notice(Notice(.warning, text)))
        }
        do throws(SystemError) {
            let callers = try ControlCallers(try listener(settings, resources.control))
            return ControlDesk(
                callers: callers, context: context, inventory: inventory, installs: installs, waker: waker,
                sessions: watching.sessions, monitor: watching.monitor, root: resources.root)
        } catch {
            let text = "commands such as \"pilotfish arm\" cannot reach this service: \(error)"
            context.events.record(.notice(Notice(.warning, text)))
            return nil
        }
    }

    /// - Parameter passed: the socket, where somebody else opened it for us.
    private static func listener(
        _ settings: Settings, _ passed: HandOver<OwnedDescriptor>?
    ) throws(SystemError) -> ControlListener {
        if let passed { return try ControlListener(adopting: passed.take()) }
        return try ControlListener(path: ControlDesk.socketPath(in: settings.state))
    }

    /// Who to become: nobody new unless we are root.
    private static func serviceUser(_ settings: Settings) throws -> ServiceUser? {
        guard geteuid() == 0 else { return nil }
        guard let user = ServiceUser.find(settings.user) else {
            throw StartFailure(
                "there is no unprivileged user \"\(settings.user)\" to run as; make one with "
                    + "\"useradd --system \(settings.user)\" or name another with --user")
        }
        return user
    }

    /// The inventory, which is this process's alone: two services would not hear of each other's installs.
    private static func openInventory(_ path: String, _ settings: Settings) throws -> Inventory {
        do throws(SystemError) {
            try DirectoryLock(settings.state).keepForLife()
        } catch {
            guard error.isWouldBlock else { throw error }
            throw StartFailure(
                "another Pilotfish runs with the state directory \(settings.state); end it, or name another with --state"
            )
        }
        if isOnReadOnlyDisk(settings.state) { return try Inventory(readingOnly: path) }
        let (events, days) = (settings.history.events, settings.history.days)
        return try Inventory(path: path, limits: Inventory.Limits(events: events, days: days))
    }

    /// Whether the kernel lets nobody write there, whoever owns it.
    private static func isOnReadOnlyDisk(_ directory: String) -> Bool {
        access(directory, W_OK) != 0 && errno == EROFS
    }

    /// The inventory's path, its directory made and handed over; nil for an inventory in memory, which is what somebody
    /// gets who runs one engine by hand without root.
    private static func prepareState(_ settings: Settings, user: ServiceUser?, isRequired: Bool) throws -> String? {
        if let user {
            guard try user.own(directory: settings.state) else {
                throw StartFailure(
                    "the state directory \(settings.state) is not empty and belongs to somebody else; name another with "
                        + "--state, or give it over with \"chown -R \(user.name) \(settings.state)\"")
            }
        } else if mkdir(settings.state, 0o750) != 0, access(settings.state, W_OK) != 0,
            !isOnReadOnlyDisk(settings.state)
        {
            if isRequired { throw SystemError(call: "access", subject: settings.state) }
            return nil
        }
        return settings.state + "/inventory.sqlite"
    }
}

/// A start that cannot succeed, in a sentence that says what to do.
struct StartFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
