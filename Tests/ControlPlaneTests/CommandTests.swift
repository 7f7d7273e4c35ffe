import Assets
import BootPolicy
import Exchange
import Foundation
import Inventory
import LinuxIO
import Settings
import Testing
import Wire

@testable import ControlPlane

/// Commands to the running service: the mode first of all, which must never fail towards answering.
@Suite("commands")
struct CommandTests {
    /// A service without engines: its inventory, and what it would tell.
    private struct House {
        let directory: URL
        let inventory: Inventory
        let context: EngineContext
        var reloader: Reloader

        /// - Parameter forgets: whether the inventory has no place for the operator's word, as on a broken disk.
        init(mode: ServiceMode, named: ServiceMode = .armed, forgets: Bool = false) throws {
            directory = FileManager.default.temporaryDirectory.appending(path: "pilotfish-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let file = directory.appending(path: "inventory.sqlite")
            do { _ = try Inventory(path: file.path) }
            if forgets { try Self.forgetWords(in: file) }
            inventory = try Inventory(path: file.path)
            let text = directory.appending(path: "pilotfish.toml")
            try Data("mode = '\(named.rawValue)'\nroot = '\(directory.path)'\n".utf8).write(to: text)
            let source = SettingsSource(path: text.path, overrides: Overrides())
            var catalog = Catalog()
            catalog.mode = mode
            catalog.targets = TargetBook(["lab": .target(BootTarget(title: "Lab", action: .linux(LinuxBoot())))])
            context = EngineContext(
                catalog: PublishedCatalog(catalog), events: EventRing(clock: { 0 }, wake: {}),
                memory: MemoryFeed(wake: {}), counters: EngineCounters(), stop: StopSignal())
            reloader = Reloader(
                source: source, builder: CatalogBuilder(root: ServedRoot(try RootDirectory(path: directory.path))),
                context: context, keeper: ModeKeeper(inventory: inventory), current: try source.load(),
                started: [])
        }

        /// Gives the table of the operator's words another name.
        private static func forgetWords(in file: URL) throws {
            var bytes = try Data(contentsOf: file)
            let (name, migration) = (Data("word".utf8), Data("last word".utf8))
            var start = bytes.startIndex
            while let found = bytes.range(of: name, in: start..<bytes.endIndex) {
                start = found.upperBound
                let isMigration = bytes[..<found.upperBound].suffix(migration.count) == migration
                if !isMigration { bytes[found.lowerBound] = UInt8(ascii: "W") }
                if !isMigration { bytes[found.lowerBound + 1] = UInt8(ascii: "x") }
            }
            try bytes.write(to: file)
        }

        func write(_ settings: String) throws {
            try Data("root = '\(directory.path)'\n\(settings)".utf8).write(
                to: directory.appending(path: "pilotfish.toml"))
        }

        /// What was told since this was asked last.
        var notices: [String] {
            context.events.drain().events.compactMap { recorded in
                guard case .notice(let notice) = recorded.event else { return nil }
                return notice.text
            }
        }

        var mode: ServiceMode { context.catalog.current.mode }

        func leave() { try? FileManager.default.removeItem(at: directory) }
    }

    @Test(
        "a mode that does less holds at once, also when it cannot be kept; one that does more only if it can",
        arguments: ServiceMode.allCases.flatMap { old in ServiceMode.allCases.map { (old, $0) } }, [false, true])
    func switches(modes: (old: ServiceMode, new: ServiceMode), forgets: Bool) throws {
        let house = try House(mode: modes.old, forgets: forgets)
        defer { house.leave() }
        var failure: CommandFailure?
        do throws(CommandFailure) {
            try house.reloader.switchMode(to: modes.new)
        } catch {
            failure = error
        }
        let order = [ServiceMode.observe, .frozen, .armed]
        let isStricter = try #require(order.firstIndex(of: modes.new)) < #require(order.firstIndex(of: modes.old))
        #expect((failure != nil) == forgets)
        #expect(house.mode == (forgets && !isStricter ? modes.old : modes.new))
        if isStricter, let failure { #expect(failure.description.hasPrefix("\(modes.new.rawValue) holds until")) }
    }

    @Test("a reload that cannot read the operator's word keeps the mode, and says so", arguments: [false, true])
    func reloads(forgets: Bool) throws {
        var house = try House(mode: .observe, forgets: forgets)
        defer { house.leave() }
        house.reloader.reload()
        #expect(house.mode == (forgets ? .observe : .armed))
        #expect(house.notices.contains { $0.hasPrefix("the mode given by command cannot be read") } == forgets)
    }

    @Test("a word given by command holds over reloads until the settings name another mode")
    func holds() throws {
        var house = try House(mode: .armed)
        defer { house.leave() }
        try house.reloader.switchMode(to: .frozen)
        house.reloader.reload()
        #expect(house.mode == .frozen)
        try house.write("mode = 'observe'\n")
        house.reloader.reload()
        #expect(house.mode == .observe)
    }

    @Test("the first URL that comes by a reload changes no boot, and each reload says that it waits")
    func waits() throws {
        var house = try House(mode: .armed)
        defer { house.leave() }
        try house.write("[boot]\nkernel = 'linux'\n")
        house.reloader.reload()
        let book = house.context.catalog.current.targets
        try house.write("mode = 'frozen'\n[boot]\nkernel = 'https://a.example/linux'\n")
        for _ in 1...2 {
            _ = house.notices
            house.reloader.reload()
            #expect(house.context.catalog.current.targets == book)
            #expect(house.context.catalog.current.mirrors.isEmpty)
            #expect(house.mode == .frozen)
            let notices = house.notices
            #expect(notices.contains("these settings wait for a restart: target"))
            #expect(notices.contains { $0.contains("until a restart, [boot], targets, menus") })
        }
    }

    @Test(
        "what is refused is answered as an error",
        arguments: [
            ("mode", "ok armed"), ("mode observe", "ok observe"), ("mode bogus", "error there is no mode bogus"),
            ("forget 12", "error there is no kind 12"), ("forget all", "ok forgotten"), ("firmware", "ok "),
            ("machine 52:54:00:00:00:01", "ok "), ("transfers", "ok "), ("transfers json", "ok "),
            ("watch", "ok "), ("watch 7", "error there is no rollout 7"),
            ("watch 7 most=3", "error there is no rollout 7"),
            ("watch node1", "error a rollout has a number, not \"node1\""), ("events", "ok 0"), ("events json", "ok 0"),
            ("events after=9 since=2h", "ok 9"), ("events colour=red", "error events does not know colour=red"),
            (
                "events since=noon",
                "error \"noon\" is no time: write 90s, 30m, 2h or 7d for so long ago, or 2026-05-31 or 2026-05-31T04:30"
            ),
            ("show node1", "error node1 is no host, no card and no three words of a machine that was seen"),
            ("show", "error show wants a host, a card, or three words with - between them"),
            ("rollouts", "ok "), ("rollout 7", "error there is no rollout 7"),
            ("rollout x", "error a rollout has a number, not \"x\""),
            ("rollout 7 dance", "error a rollout cannot dance"),
            ("retry node1", "error node1 has never been in a rollout: use \"pilotfish install\""),
            ("install plan target=lab hosts=node1 wave=0", "error wave is a number from 1 to 1000000, not \"0\""),
            (
                "install plan target=lab start=1700000000000000000",
                "error start is a time as 22:00, 2027-01-31T22:00:00+01:00, or a number of seconds, not \"1700000000000000000\""
            ),
            (
                "install plan target=lab hosts=node1 wake start=22:00",
                "error machines that begin later are woken then: \"pilotfish wake\" does it"
            ),
            ("install plan target=lab hosts=node1", "error no host is meant by node1"),
            ("install plan target=lab hosts=a[", "error the list of hosts, a[: column 3: a number is missing"),
            ("install plan target=local hosts=node1", "error there is no target \"local\", but lab"),
            ("adopt 52:54:00:00:00:01 all*", "error a host's name has letters, digits, dots and dashes: all* has not"),
            ("release node1", "error node1 has no install"),
            ("forget-host node1", "error nothing is known of a host node1"),
            ("install plan colour=red", "error this service does not know colour"),
            ("list", "ok "), ("newcomers", "ok "), ("hosts", "ok "), ("host web1", "ok "),
            ("list web1", "error no host is meant by web1"),
            ("set web1 x", "error this service does not know the command \"set web1 x\""),
            ("protect node1", "error there is no host node1"),
            (
                "adopt 52:54:00:00:00:01 web1",
                "error no machine shows 52:54:00:00:00:01: \"pilotfish list --new\" says who is there"
            ),
            ("wake node1", "error no host is meant by node1"),
            ("wake all", "error no host is meant by all"),
            ("wake a[", "error the list of hosts, a[: column 3: a number is missing"),
            ("dance", "error this service does not know the command \"dance\""),
        ])
    func desk(question: String, answer: String) throws {
        let house = try House(mode: .armed)
        defer { house.leave() }
        let path = house.directory.appending(path: "control.sock").path
        let installs = try InstallDesk(inventory: house.inventory, context: house.context)
        let waker = try Waker(socket: nil, context: house.context, isCrowded: { false })
        let desk = ControlDesk(
            callers: try ControlCallers(try ControlListener(path: path)), context: house.context,
            inventory: house.inventory,
            installs: installs, waker: waker)
        let caller = try ControlCall(to: path)
        caller.say(question + "\n")
        desk.serve(after: {}, switchMode: { mode throws(CommandFailure) in try house.reloader.switchMode(to: mode) })
        let said = try caller.answer()
        #expect(said == answer + "\n")
    }

    @Test(
        "hosts are taken over and changed as their lists say, all of a list or nothing; the settings' own are left alone"
    )
    func hosts() throws {
        let house = try House(mode: .armed)
        defer { house.leave() }
        let named = NamedMachine(name: "own", hardware: [MACAddress(0x5254_0000_00FF)])
        house.context.catalog.publish(house.context.catalog.current.with { $0.machines = MachineBook([named]) })
        let path = house.directory.appending(path: "control.sock").path
        let desk = ControlDesk(
            callers: try ControlCallers(try ControlListener(path: path)), context: house.context,
            inventory: house.inventory,
            installs: try InstallDesk(inventory: house.inventory, context: house.context),
            waker: try Waker(socket: nil, context: house.context, isCrowded: { false }))
        func ask(_ line: String, _ attachment: String = "") throws -> String {
            let caller = try ControlCall(to: path)
            caller.say(attachment.isEmpty ? line + "\n" : "\(line) +\(attachment.utf8.count)\n\(attachment)")
            desk.serve(after: {}, switchMode: { _ in })
            return try caller.answer()
        }
        let list =
            "machine.a = {mac = ['52:54:00:00:00:01'], groups = ['edge']}\nmachine.b = {mac = '52:54:00:00:00:02'}\n"
        for step in Self.hostSteps(list) {
            let answer = try ask(step.question, step.attachment)
            #expect(answer == step.answer + "\n", "\(step.question) \(step.attachment)")
        }
        let hosts = house.context.catalog.current.hosts
        #expect(hosts[MACAddress(0x5254_0000_0001)]?.name == "b" && hosts[MACAddress(0x5254_0000_0002)]?.name == "a")
        #expect(hosts[name: "a"]?.variables == ["disk": .text("/dev/sda")] && hosts[name: "a"]?.tags == ["gpu"])
        #expect(try house.inventory.hosts() == hosts.all)
    }

    private struct HostStep {
        var question: String
        var attachment = ""
        var answer: String
    }

    private static func hostSteps(_ list: String) -> [HostStep] {
        [
            HostStep(
                question: "import trial", attachment: list,
                answer: "ok 2 new, 0 changed, 0 as they were; nothing was written\n  new a\n  new b"),
            HostStep(question: "list", answer: "ok own (52:54:00:00:00:ff) of the settings"),
            HostStep(
                question: "import", attachment: list, answer: "ok 2 new, 0 changed, 0 as they were\n  new a\n  new b"),
            HostStep(question: "import", attachment: list, answer: "ok 0 new, 0 changed, 2 as they were"),
            HostStep(
                question: "import", attachment: "machine.c = {}",
                answer: "error c: nothing says which machine it is; it needs a card, mac = 52:54:00:12:34:56"),
            HostStep(
                question: "import", attachment: "machine.c = {mac = '52:54:00:00:00:02'}",
                answer: "error c: 52:54:00:00:00:02 belongs to b; nothing was changed"),
            HostStep(
                question: "import", attachment: "machine.c = {mac = '52:54:00:00:00:ff'}",
                answer: "error c: 52:54:00:00:00:ff belongs to own of the settings; nothing was changed"),
            HostStep(
                question: "import", attachment: "machine.own = {note = 'x'}",
                answer: "error own is a machine of the settings: change it there; nothing was changed"),
            HostStep(
                question: "import", attachment: "machine.a = {target = 'no'}",
                answer: "error a: there is no target or menu \"no\"; nothing was changed"),
            HostStep(
                question: "import",
                attachment: "machine.a = {mac = '52:54:00:00:00:02'}\nmachine.b = {mac = '52:54:00:00:00:01'}",
                answer: "ok 0 new, 2 changed, 0 as they were\n  changed a\n  changed b"),
            HostStep(
                question: "set @edge", attachment: "+tag gpu\n+tag gpu\n=variable disk=/dev/sda\n=note in use\n",
                answer: "ok 1 of 1 hosts changed"),
            HostStep(
                question: "set tag=gpu", attachment: "=variable disk=a || b\n",
                answer:
                    "error machine.a.variables.disk: the word \"||\" would end the command in the boot script; leave it out; nothing was changed"
            ),
            HostStep(
                question: "set a", attachment: "+colour red\n",
                answer: "error this service does not know how to change +colour red"),
            HostStep(
                question: "set a", attachment: "+card x\n",
                answer: "error \"x\" is no hardware address; write it as 52:54:00:12:34:56"),
            HostStep(
                question: "set own", attachment: "+tag x\n",
                answer: "error own is a machine of the settings: change it there; nothing was changed"),
            HostStep(question: "list tag=gpu", answer: "ok a (52:54:00:00:00:02) @edge, tag=gpu, \"in use\""),
            HostStep(
                question: "list tag=gpu json",
                answer: """
                    ok {"host":"a","cards":["52:54:00:00:00:02"],"uuid":null,"serial":null,"target":null,\
                    "of_settings":false,"protected":false,"groups":["edge"],"tags":["gpu"],"install":null,"note":"in use"}
                    """),
            HostStep(question: "rollouts json", answer: "ok "), HostStep(question: "newcomers json", answer: "ok "),
            HostStep(question: "firmware json", answer: "ok "),
            HostStep(question: "host 52:54:00:00:00:01", answer: "ok \n[machine.b]\nmac = [\"52:54:00:00:00:01\"]\n"),
        ]
    }
}

extension Catalog {
    /// The same but for something.
    fileprivate func with(_ change: (inout Catalog) -> Void) -> Catalog {
        var catalog = self
        change(&catalog)
        return catalog
    }
}
