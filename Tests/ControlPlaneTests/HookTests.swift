import BootPolicy
import Exchange
import Fetching
import Inventory
import LinuxIO
import Synchronization
import Testing
import Wire

@testable import ControlPlane
@testable import Hooks

/// What hooks hear of, in which words, and how.
@Suite("hooks", .timeLimit(.minutes(1)))
struct HookTests {
    private static let card = MACAddress(0x5254_0012_3456)

    private static func event(_ cause: Hook.Cause, _ change: (inout HookEvent) -> Void = { _ in }) -> HookEvent {
        var event = HookEvent(cause)
        change(&event)
        return event
    }

    private static func install(_ to: String = "done", host: String = "web1") -> InstallEvent {
        InstallEvent(
            host: host, rollout: 3, target: "debian", from: "installing", to: to, attempt: 2,
            reason: "no \"disk\"\n\u{1B}[2J")
    }

    // MARK: Words

    static let messages: [(event: HookEvent, text: String)] = [
        (
            {
                var event = HookEvent(install())
                event?.cards = [card, MACAddress(1)]
                return event ?? HookEvent(.new)
            }(),
            #"{"event":"done","time":"2023-11-14T22:13:20.007Z","host":"web1","cards":["52:54:00:12:34:56","00:00:00:00:00:01"],"#
                + #""target":"debian","rollout":3,"from":"installing","to":"done","attempt":2,"reason":"no \"disk\"\u000a\u001b[2J"}"#
        ),
        (
            event(.new) { $0.cards = [card] },
            #"{"event":"new","time":"2023-11-14T22:13:20.007Z","host":null,"cards":["52:54:00:12:34:56"],"#
                + #""target":null,"rollout":null,"from":null,"to":null,"attempt":null,"reason":""}"#
        ),
        (
            event(.paused) { ($0.rollout, $0.target, $0.reason) = (7, "debian", "2 ended badly, and 1 may") },
            #"{"event":"paused","time":"2023-11-14T22:13:20.007Z","host":null,"cards":[],"#
                + #""target":"debian","rollout":7,"from":null,"to":null,"attempt":null,"reason":"2 ended badly, and 1 may"}"#
        ),
    ]

    @Test("one JSON object, with the same members whatever happened", arguments: messages)
    func message(row: (event: HookEvent, text: String)) {
        #expect(HookMessage.text(row.event, time: 1_700_000_000_007) == row.text)
    }

    @Test(
        "times of Greenwich",
        arguments: [(0, "1970-01-01T00:00:00.000Z"), (951_827_696_123, "2000-02-29T12:34:56.123Z")])
    func time(milliseconds: Int64, text: String) {
        #expect(WallTime.rfc3339(milliseconds: milliseconds) == text)
    }

    @Test("a state of an install is heard of under its own word", arguments: Hook.Cause.allCases)
    func causes(cause: Hook.Cause) {
        let event = HookEvent(Self.install(cause.rawValue))
        #expect(event?.cause == cause)
        #expect(HookEvent(Self.install("unheard of")) == nil)
    }

    // MARK: The queue

    private static func delivery(_ hook: Hook, now: Instant = Instant(nanoseconds: 0)) -> HookDelivery {
        HookDelivery(hook: hook, event: HookEvent(.new), body: [], now: now)
    }

    private static func some(_ delivery: HookDelivery?) throws -> HookDelivery { try #require(delivery) }

    private static let command = Hook(name: "h", causes: [.done], way: .command(["/bin/true"]))

    @Test("so many wait, so many run, and what is over is not told")
    func bounds() throws {
        var queue = HookQueue()
        let now = Instant(nanoseconds: 0)
        for _ in 0..<HookQueue.mostWaiting {
            let isTaken = queue.add(Self.delivery(Self.command))
            #expect(isTaken)
        }
        #expect(queue.isHalfFull && !queue.overflows)
        let isTaken = queue.add(Self.delivery(Self.command))
        #expect(!isTaken && queue.overflows)
        var running: [UInt64] = []
        for number in 1...10 { if let next = queue.next(UInt64(number), now: now) { running.append(next.number) } }
        #expect(running == [1, 2, 3, 4])
        let ended = queue.end(2)
        #expect(ended?.tries == 1)
        let again = queue.end(2)
        #expect(again == nil)
        #expect(queue.overflows)
        for number in 11...1000 {
            _ = queue.next(UInt64(number), now: now)
            _ = queue.end(UInt64(number))
        }
        #expect(!queue.overflows && !queue.isEmpty)
        for number in running { _ = queue.end(number) }
        #expect(queue.isEmpty)
    }

    @Test("who is to be tried again waits for his time, and who is not heard of is given up")
    func times() throws {
        var queue = HookQueue()
        let now = Instant(nanoseconds: 1_000_000_000)
        _ = queue.add(Self.delivery(Self.command, now: now))
        #expect(queue.deadline() == now)
        let first = try Self.some(queue.next(1, now: now))
        #expect(queue.deadline() == now + .seconds(35))
        #expect(queue.overdue(now: now + .seconds(34)).isEmpty && queue.overdue(now: now + .seconds(35)) == [1])
        _ = queue.end(1)
        queue.postpone(first, until: now + .seconds(2))
        let early = queue.next(2, now: now + .seconds(1))
        #expect(early == nil)
        #expect(queue.deadline() == now + .seconds(2))
        let second = try Self.some(queue.next(3, now: now + .seconds(2)))
        #expect(second.tries == 2 && second.begun == now && second.number == 3)
    }

    @Test("where there is no room for commands they wait, endpoints do not, and who was put back comes first")
    func room() throws {
        var queue = HookQueue()
        let now = Instant(nanoseconds: 1_000_000_000)
        _ = queue.add(Self.delivery(Self.command, now: now))
        #expect(queue.deadline(takesCommands: false) == nil)
        let none = queue.next(1, now: now, takesCommands: false)
        #expect(none == nil)
        let first = try Self.some(queue.next(1, now: now))
        _ = queue.add(Self.delivery(Hook(name: "h", causes: [.wake], way: .url("https://a")), now: now))
        #expect(queue.hears(of: .wake) && !queue.hears(of: .done))
        queue.putBack(first)
        #expect(queue.runningCount == 0)
        let endpoint = try Self.some(queue.next(2, now: now, takesCommands: false))
        #expect(!endpoint.hook.isCommand)
        let again = try Self.some(queue.next(3, now: now))
        #expect(again.tries == 1 && again.hook.isCommand)
    }

    // MARK: The desk

    /// An endpoint: each request gets the next status; when there is none left, no connection.
    private final class Endpoint: FetchTaker {
        let statuses: Mutex<[Int]>
        let requests = Mutex<[FetchRequest]>([])

        init(_ statuses: [Int]) { self.statuses = Mutex(statuses) }

        func start(
            _ request: FetchRequest, into file: SharedDescriptor?, tell: @escaping @Sendable (FetchNews) -> Void
        ) -> UInt64 {
            requests.withLock { $0.append(request) }
            let status = statuses.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            if let status {
                tell(.finished(FetchHead(status: status), body: [], octets: 0))
            } else {
                tell(.failed(FetchFailure(.unreachable, "nobody is there")))
            }
            return 0
        }

        func cancel(_ number: UInt64) {}
    }

    /// A desk, with a process that runs commands as a thread of this one.
    private final class Office {
        let events = EventRing(clock: { 0 }, wake: {})
        let counters = EngineCounters()
        let desk: HookDesk
        private let runner: EngineThread

        init(_ endpoint: Endpoint? = nil, hasRunner: Bool = true) throws {
            let (ours, theirs) = try ChannelSocket.pair()
            runner = try EngineThread(name: "runner") {
                let channel = theirs.take()
                if hasRunner { try? HookRunner.serve(channel) }
            }
            desk = try HookDesk(
                runner: ours, fetcher: endpoint, events: events, counters: counters,
                pauses: [.milliseconds(10), .milliseconds(10)])
        }

        func stop() {
            desk.stop()
            runner.join()
        }

        /// So many outcomes, and the notices beside them.
        func outcomes(_ count: Int) -> (outcomes: [HookOutcome], notices: [String]) {
            var all: [HookOutcome] = []
            var notices: [String] = []
            while all.count < count {
                for recorded in events.drain().events {
                    if case .hook(let outcome) = recorded.event { all.append(outcome) }
                    if case .notice(let notice) = recorded.event { notices.append(notice.text) }
                }
                Clock.nap(.milliseconds(2))
            }
            return (all, notices)
        }
    }

    private static func shell(_ script: String, seconds: Int64 = 20) -> Hook {
        var hook = Hook(name: "h", causes: [.done], way: .command(["/bin/sh", "-c", script]))
        hook.timeout = .seconds(seconds)
        return hook
    }

    static let ends: [(script: String, failure: String?, said: String)] = [
        ("exit 0", nil, ""), ("echo no >&2; exit 3", "exit status 3", "no"),
        ("kill -KILL $$", "killed by signal 9", ""),
        ("grep -o '\"event\":\"new\"'", nil, "\"event\":\"new\""), ("sleep 95", "it took too long and was killed", ""),
    ]

    @Test("a command hears the event, and how it ended is told", arguments: ends)
    func commands(row: (script: String, failure: String?, said: String)) throws {
        let office = try Office()
        defer { office.stop() }
        let seconds: Int64 = row.script == "sleep 95" ? 1 : 20
        office.desk.tell(Self.shell(row.script, seconds: seconds), HookEvent(.new), 0)
        let outcome = try #require(office.outcomes(1).outcomes.first)
        #expect(outcome.failure == row.failure && outcome.said == row.said && outcome.tries == 1)
        #expect(outcome.hook == "h" && outcome.event == HookEvent(.new))
        #expect(office.counters[row.failure == nil ? .hooksTold : .hooksFailed] == 1)
    }

    static let answers: [(statuses: [Int], tries: Int, failure: String?)] = [
        ([200], 1, nil), ([204], 1, nil), ([500, 202], 2, nil), ([503, 404, 201], 3, nil),
        ([500, 500, 500, 200], 3, "status 500"), ([302, 302, 302], 3, "status 302"), ([], 3, "nobody is there"),
    ]

    @Test("an endpoint is told three times at most", arguments: answers)
    func endpoints(row: (statuses: [Int], tries: Int, failure: String?)) throws {
        let endpoint = Endpoint(row.statuses)
        let office = try Office(endpoint)
        defer { office.stop() }
        var hook = Hook(name: "u", causes: [.new], way: .url("https://a.example/b"))
        (hook.token, hook.authorities, hook.timeout) = ("secret", "/etc/x.pem", .seconds(7))
        office.desk.tell(hook, HookEvent(.new), 0)
        let outcome = try #require(office.outcomes(1).outcomes.first)
        #expect(outcome.tries == row.tries && outcome.failure == row.failure)
        let requests = endpoint.requests.withLock { $0 }
        #expect(requests.count == row.tries && Set(requests.map(\.body)).count == 1)
        let request = try #require(requests.first)
        #expect(request.url == "https://a.example/b" && request.method == .post && request.authorities == "/etc/x.pem")
        #expect(request.fields == ["Content-Type: application/json", "Authorization: Bearer secret"])
        #expect(request.body == Array((HookMessage.text(HookEvent(.new), time: 0) + "\n").utf8))
        #expect(request.limits.whole == .seconds(7))
    }

    @Test("a hook that hangs holds up itself alone; what is too much for it is counted, and told once")
    func hangs() throws {
        let office = try Office()
        var slow = Self.shell("sleep 94")
        slow.causes = [.done, .wake]
        for _ in 0..<300 { office.desk.tell(slow, HookEvent(.new), 0) }
        var other = Self.command
        other.name = "other"
        office.desk.tell(other, HookEvent(.new), 0)
        let (outcomes, notices) = office.outcomes(1)
        #expect(outcomes.map(\.hook) == ["other"] && outcomes.first?.failure == nil)
        #expect(
            notices.count == 1 && notices.first?.hasPrefix("the hook h is too slow: 256 events wait for it") == true)
        // Some may have begun before the last ones came.
        #expect((40...44).contains(office.counters[.hooksDropped]))
        #expect(office.desk.isCrowded)
        let begun = Clock.now
        office.stop()
        #expect(Clock.now - begun < .seconds(5), "commands that run are killed at the end")
        #expect(!office.desk.isCrowded)
    }

    @Test("a slow hook that does not hear of waking is no reason to wait with it")
    func crowd() throws {
        let office = try Office()
        defer { office.stop() }
        for _ in 0..<300 { office.desk.tell(Self.shell("sleep 92"), HookEvent(.done), 0) }
        while office.counters[.hooksDropped] == 0 { Clock.nap(.milliseconds(2)) }
        #expect(!office.desk.isCrowded)
    }

    @Test("what is more than all commands that may run waits, and is not lost")
    func many() throws {
        let office = try Office()
        defer { office.stop() }
        for number in 0..<100 {
            var hook = Self.shell("sleep 0.5")
            hook.name = "h\(number)"
            office.desk.tell(hook, HookEvent(.done), 0)
        }
        let outcomes = office.outcomes(100).outcomes
        #expect(outcomes.compactMap(\.failure) == [] && Set(outcomes.map(\.hook)).count == 100)
    }

    @Test("without the process that runs commands they fail, and endpoints are told all the same")
    func runnerGone() throws {
        let office = try Office(Endpoint([200]), hasRunner: false)
        defer { office.stop() }
        office.desk.tell(Self.command, HookEvent(.new), 0)
        let first = office.outcomes(1)
        #expect(first.outcomes.first?.failure != nil)
        office.desk.tell(Hook(name: "u", causes: [.new], way: .url("https://a")), HookEvent(.new), 0)
        office.desk.tell(Self.command, HookEvent(.new), 0)
        let second = office.outcomes(2)
        #expect(
            Set(second.outcomes.map { $0.failure ?? "" }) == [
                "", "the process that runs commands is gone; restart the service",
            ])
        #expect((first.notices + second.notices).count == 1)
    }

    // MARK: What is heard of

    /// The feed's words: which hook, what, and whose cards.
    private static func heard(
        _ hooks: [Hook], of events: [BootEvent], _ machines: [NamedMachine] = []
    ) throws -> [String] {
        let inventory = try Inventory()
        try inventory.keep(NamedMachine(name: "web1", hardware: [card]))
        var catalog = Catalog()
        catalog.hosts = MachineBook(try inventory.hosts())
        (catalog.hooks, catalog.machines) = (hooks, MachineBook(machines))
        let heard = Mutex<[String]>([])
        let feed = HookFeed(catalog: PublishedCatalog(catalog)) { hook, event, time in
            let cards = event.cards.map { "\($0)" }.joined(separator: " ")
            heard.withLock { $0.append("\(hook.name) \(event.cause) \(event.host ?? "-") [\(cards)] \(time)") }
        }
        for event in events { feed.hear(RecordedEvent(time: 5, event: event)) }
        feed.hear(
            of: try inventory.record(events.map { (time: 5, event: $0) }, isGreeting: feed.hearsOfNewcomers), time: 6)
        return heard.withLock { $0 }
    }

    /// A DISCOVER of a card was not answered.
    private static func seen(_ card: MACAddress) throws -> BootEvent {
        var octets = [1, 1, 6] + [UInt8](repeating: 0, count: 25) + card.octets
        octets += [UInt8](repeating: 0, count: 236 - octets.count) + [99, 130, 83, 99, 53, 1, 1, 60, 9]
        octets += Array("PXEClient".utf8) + [93, 2, 0, 7, 255]
        let facts = try ClientFacts.read(DHCPMessage(octets.span.bytes)).get()
        return .refused(BootClient(facts, interfaceName: "eth0"), interface: 1, reason: .observing)
    }

    @Test("installs with the host's cards, conflicts, pauses and wakes as they are told, each for those who hear of it")
    func feed() throws {
        let all = Hook(name: "all", causes: Hook.Cause.allCases, way: .url("https://a"))
        let ends = Hook(name: "ends", causes: [.done, .failed], way: .url("https://a"))
        let events: [BootEvent] = [
            .install(Self.install("claimed")), .install(Self.install("done")),
            .install(Self.install("failed", host: "x")),
            .fleet(Self.event(.paused) { $0.rollout = 1 }), .notice(Notice(.info, "x")),
            .hook(HookOutcome(hook: "all", event: HookEvent(.done), failure: nil, duration: .zero)),
        ]
        #expect(
            try Self.heard([all, ends], of: events) == [
                "all claimed web1 [\(Self.card)] 5", "all done web1 [\(Self.card)] 5",
                "ends done web1 [\(Self.card)] 5",
                "all failed x [] 5", "ends failed x [] 5", "all paused - [] 5",
            ])
    }

    @Test("a machine is new once, and only if it is no host of the inventory or the settings")
    func newcomers() throws {
        let hook = Hook(name: "n", causes: [.new], way: .url("https://a"))
        let (first, second) = (MACAddress(0x5254_0000_0001), MACAddress(0x5254_0000_0002))
        let events = try [first, Self.card, second, first].map(Self.seen)
        #expect(try Self.heard([hook], of: events) == ["n new - [\(first)] 6", "n new - [\(second)] 6"])
        let named = NamedMachine(name: "db1", hardware: [second])
        #expect(try Self.heard([hook], of: events, [named]) == ["n new - [\(first)] 6"])
    }

    // MARK: Waking

    @Test(
        "hosts are woken by word where no packet can be sent, and nobody where nothing may be",
        arguments: [false, true])
    func wakes(isCrowded: Bool) throws {
        var catalog = Catalog()
        catalog.hooks = [Hook(name: "bmc", causes: [.wake], way: .command(["/bin/x"]))]
        let context = EngineContext(
            catalog: PublishedCatalog(catalog), events: EventRing(clock: { 0 }, wake: {}),
            memory: MemoryFeed(wake: {}), counters: EngineCounters(), stop: StopSignal())
        // Hooks that never get on are waited for so long, and no longer.
        let waker = try Waker(socket: nil, context: context, patience: .milliseconds(50), isCrowded: { isCrowded })
        let thread = try waker.start(stop: context.stop)
        let hosts = (1...3).map { NamedMachine(name: "node\($0)", hardware: [MACAddress(UInt64($0))]) }
        #expect(try waker.wake(hosts) == "3 hosts are woken (none, for DHCP is switched off), and hooks are told")
        var woken: [String] = []
        while woken.count < 3 {
            for recorded in context.events.drain().events {
                guard case .fleet(let event) = recorded.event else { continue }
                woken.append("\(event.cause) \(event.host ?? "-") \(event.cards)")
            }
            Clock.nap(.milliseconds(2))
        }
        #expect(woken == hosts.map { "wake \($0.name) \($0.hardware)" })
        catalog.hooks = []
        context.catalog.publish(catalog)
        #expect(throws: CommandFailure.self) { try waker.wake(hosts) }
        catalog.mode = .observe
        context.catalog.publish(catalog)
        do {
            _ = try waker.wake(hosts)
            Issue.record("somebody was woken")
        } catch {
            #expect(error.description == "Pilotfish observes and sends nothing, so nobody is woken")
        }
        context.stop.raise()
        waker.stir()
        thread.join()
    }
}
