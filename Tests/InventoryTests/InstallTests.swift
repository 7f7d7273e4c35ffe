import BootPolicy
import Fleet
import Foundation
import Inventory
import Synchronization
import Testing
import Wire

/// A rollout in an inventory, and steps to take in it.
struct InstallBench {
    let inventory: Inventory
    private(set) var now: Moment = 1_700_000_000_000
    var rules = InstallRules()

    static func host(_ number: Int) -> NamedMachine {
        NamedMachine(name: "node\(number)", hardware: [card(number)])
    }

    static func card(_ number: Int) -> MACAddress { MACAddress(0x02_00_00_00_00_00 + UInt64(number)) }

    static func token() -> InstallToken {
        InstallToken(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
    }

    /// A rollout for hosts 1 to `count`.
    @discardableResult
    func begin(_ count: Int, _ rollout: Rollout) throws -> Int64 {
        try inventory.begin(rollout, for: (1...count).map(Self.host), now: now, token: Self.token).id
    }

    func tokens() throws -> [String: InstallToken] {
        let rows = try inventory.standings().map(\.row)
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.host, $0.token) })
    }

    func take(_ step: InstallStep, _ token: InstallToken?) throws -> InstallAnswer {
        let token = try #require(token)
        return try #require(try inventory.carryOut([InstallRequest(step, token: token)], rules, now: now).first).answer
    }

    func states(of rollout: Int64 = 1) throws -> [Lease.State] {
        try inventory.leases(of: rollout).map(\.lease.state)
    }

    mutating func pass(_ time: Moment) { now += time }
}

@Suite("installs in the inventory")
struct InstallTests {
    private let bench: InstallBench

    init() throws {
        bench = InstallBench(inventory: try Inventory())
    }

    @Test("while those that fetch get too little of the uplink, no more have their turn than may join them")
    func crowd() throws {
        var bench = bench
        try bench.begin(6, Rollout(target: "debian", width: 6))
        let tokens = try bench.tokens()
        _ = try bench.take(.ask(.ipxe), tokens["node1"])
        bench.pass(1000)
        bench.rules.uplink = UplinkGate(since: bench.now, places: 2, share: nil, least: 1_000_000)
        let answers = try (1...4).map { try bench.take(.ask(.ipxe), tokens["node\($0)"]) }
        #expect(answers[0] == .install(attempt: 2), "who has its turn keeps it")
        #expect(answers[1] == .install(attempt: 1) && answers[2] == .install(attempt: 1))
        #expect(answers[3].says("some began a moment ago, and what they get is measured first"))
        bench.pass(1000)
        bench.rules.uplink = UplinkGate(since: bench.now, places: 0, share: 250_000, least: 1_000_000)
        let crowded = try bench.take(.ask(.ipxe), tokens["node5"])
        #expect(crowded.says("those that fetch get 2 Mbit/s each, and 8 are wanted"))
        bench.rules.uplink = UplinkGate(since: bench.now, places: 4, share: 1_250_000, least: 1_000_000)
        #expect(try bench.take(.ask(.ipxe), tokens["node5"]) == .install(attempt: 1))
    }

    @Test("as many have their turn as may, the others wait, and the next one comes when one is done")
    func width() throws {
        try bench.begin(5, Rollout(target: "debian", width: 2))
        let tokens = try bench.tokens()
        let answers = try (1...5).map { try bench.take(.ask(.ipxe), tokens["node\($0)"]) }
        #expect(answers.prefix(2) == [.install(attempt: 1), .install(attempt: 1)])
        for answer in answers.dropFirst(2) {
            guard case .wait(let why, let seconds) = answer else {
                Issue.record("\(answer)")
                continue
            }
            #expect(why == "2 are being installed, and no more may be at a time" && seconds == 2)
        }
        #expect(try bench.take(.begin(attempt: 1, .ipxe), tokens["node1"]) == .go)
        #expect(try bench.take(.done, tokens["node1"]) == .noted(true))
        #expect(try bench.take(.ask(.ipxe), tokens["node1"]) == .localDisk)
        #expect(try bench.take(.ask(.ipxe), tokens["node3"]) == .install(attempt: 1))
        #expect(try bench.states() == [.done, .claimed, .claimed, .armed, .armed])
    }

    @Test("nothing begins while it is frozen, but who began goes on; nor above so many an hour")
    func freeze() throws {
        var bench = bench
        try bench.begin(2, Rollout(target: "debian", width: 2))
        let tokens = try bench.tokens()
        #expect(try bench.take(.ask(.ipxe), tokens["node1"]) == .install(attempt: 1))
        bench.rules.freeze = "Pilotfish is frozen"
        #expect(try bench.take(.begin(attempt: 1, .ipxe), tokens["node1"]) == .later("Pilotfish is frozen"))
        #expect(try bench.take(.ask(.ipxe), tokens["node2"]) == .wait("Pilotfish is frozen", seconds: 2))
        bench.rules.freeze = nil
        #expect(try bench.take(.begin(attempt: 1, .ipxe), tokens["node1"]) == .go)
        bench.rules.freeze = "Pilotfish is frozen"
        #expect(try bench.take(.begin(attempt: 1, .ipxe), tokens["node1"]) == .go)
        #expect(try bench.take(.done, tokens["node1"]) == .noted(true))
        bench.rules.freeze = nil
        bench.rules.hourly = 1
        let why = "no more than 1 may begin within an hour"
        #expect(try bench.take(.ask(.ipxe), tokens["node2"]) == .wait(why, seconds: 2))
        bench.pass(3_600_001)
        #expect(try bench.take(.ask(.ipxe), tokens["node2"]) == .install(attempt: 1))
    }

    @Test(
        "within any hour no more disks are wiped than may, however long the machines take from their turn to the wipe")
    func hourly() throws {
        var bench = bench
        try bench.begin(3, Rollout(target: "debian", width: 3))
        bench.rules.hourly = 2
        bench.rules.times.patience = 2 * 3_600_000
        let tokens = try bench.tokens()
        for number in 1...2 {
            #expect(try bench.take(.ask(.ipxe), tokens["node\(number)"]) == .install(attempt: 1))
        }
        let why = InstallAnswer.wait("no more than 2 may begin within an hour", seconds: 2)
        // Both have their turn, and may begin any moment.
        bench.pass(3_600_001)
        #expect(try bench.take(.ask(.ipxe), tokens["node3"]) == why)
        for number in 1...2 { #expect(try bench.take(.begin(attempt: 1, .ipxe), tokens["node\(number)"]) == .go) }
        #expect(try bench.take(.done, tokens["node1"]) == .noted(true))
        bench.pass(3_600_000 - 1)
        #expect(try bench.take(.ask(.ipxe), tokens["node3"]) == why)
        bench.pass(1)
        #expect(try bench.take(.ask(.ipxe), tokens["node3"]) == .install(attempt: 1))
    }

    @Test("a load that takes hours keeps its turn as long as something is fetched; only its first fetch is told")
    func slowLoad() throws {
        var bench = bench
        try bench.begin(1, Rollout(target: "debian", width: 1))
        let token = try #require(try bench.tokens()["node1"])
        _ = try bench.take(.ask(.ipxe), token)
        #expect(try bench.inventory.note(fetchesOf: [token], now: bench.now).map(\.to.state) == [.fetching])
        for _ in 1...4 {
            bench.pass(bench.rules.times.patience - 1)
            #expect(try bench.inventory.note(fetchesOf: [token], now: bench.now).isEmpty)
            #expect(try bench.inventory.expireLeases(bench.rules, now: bench.now).isEmpty)
        }
        #expect(try bench.take(.begin(attempt: 1, .ipxe), token) == .go)
    }

    @Test("who is held back until its turn is over has not lost it", arguments: [false, true])
    func heldBack(byOperator: Bool) throws {
        var bench = bench
        let id = try bench.begin(1, Rollout(target: "debian", width: 1))
        let token = try bench.tokens()["node1"]
        _ = try bench.take(.ask(.ipxe), token)
        if byOperator {
            _ = try bench.inventory.change(rollout: id, now: bench.now) { $0.state = .paused }
        } else {
            bench.rules.freeze = "machines begin between 22:00 and 05:00"
        }
        bench.pass(bench.rules.times.patience)
        #expect(try bench.inventory.expireLeases(bench.rules, now: bench.now).map(\.to.lostTurns) == [0])
        #expect(try bench.states() == [.armed])
    }

    @Test("a clock that is set takes the leases with it: nothing ends sooner, and nothing is held for longer")
    func clock() throws {
        for jump in [-5 * 3_600_000, 7 * 86_400_000] as [Moment] {
            var bench = InstallBench(inventory: try Inventory())
            try bench.begin(4, Rollout(target: "debian", width: 4))
            bench.rules.hourly = 3
            let tokens = try bench.tokens()
            for number in 1...3 { _ = try bench.take(.ask(.ipxe), tokens["node\(number)"]) }
            for number in 1...2 { _ = try bench.take(.begin(attempt: 1, .ipxe), tokens["node\(number)"]) }
            _ = try bench.take(.done, tokens["node2"])
            bench.pass(60_000 + jump)
            #expect(try bench.inventory.moveLeases(by: jump, now: bench.now) == 3)
            #expect(try bench.inventory.expireLeases(bench.rules, now: bench.now).isEmpty)
            #expect(try bench.states() == [.installing, .done, .claimed, .armed])
            bench.pass(bench.rules.times.patience - 60_000)
            #expect(try bench.inventory.expireLeases(bench.rules, now: bench.now).map(\.host) == ["node3"])
            bench.pass(3_600_000)
            #expect(try bench.take(.ask(.ipxe), tokens["node4"]) == .install(attempt: 1))
            bench.pass(bench.rules.times.longest)
            #expect(try bench.inventory.expireLeases(bench.rules, now: bench.now).map(\.host) == ["node1", "node4"])
        }
    }

    @Test(
        "a rollout that paused for a bad end goes on when that machine says that it is done", arguments: [false, true])
    func undone(isPausedByOperator: Bool) throws {
        let id = try bench.begin(2, Rollout(target: "debian", width: 2))
        let token = try bench.tokens()["node1"]
        _ = try bench.take(.ask(.ipxe), token)
        _ = try bench.take(.begin(attempt: 1, .ipxe), token)
        _ = try bench.take(.ask(.ipxe), token)
        #expect(try bench.inventory.rollouts().map(\.rollout.state) == [.paused])
        if isPausedByOperator {
            _ = try bench.inventory.change(rollout: id, now: bench.now) { ($0.state, $0.reason) = (.paused, "") }
        }
        #expect(try bench.take(.done, token) == .noted(true))
        #expect(try bench.inventory.rollouts().map(\.rollout.state) == [isPausedByOperator ? .paused : .running])
    }

    @Test("too many bad ends pause the rollout, in the transaction that wrote the last of them")
    func budget() throws {
        try bench.begin(4, Rollout(target: "debian", width: 4, budget: 1))
        let tokens = try bench.tokens()
        for number in 1...2 { _ = try bench.take(.ask(.ipxe), tokens["node\(number)"]) }
        var pauses: [String?] = []
        for number in 1...2 {
            let token = try #require(tokens["node\(number)"])
            _ = try bench.take(.begin(attempt: 1, .ipxe), token)
            let request = InstallRequest(.failed("no disk"), token: token)
            let outcome = try bench.inventory.carryOut([request], bench.rules, now: bench.now).first
            #expect(outcome?.answer == .noted(true))
            pauses.append(outcome?.change?.pause)
        }
        #expect(pauses == [nil, "2 ended badly, and 1 may"], "it pauses once, and says so")
        let row = try #require(try bench.inventory.rollouts().first)
        #expect(row.rollout.state == .paused && row.rollout.reason == "2 ended badly, and 1 may")
        #expect(row.counts.bad == 2 && row.counts.armed == 2)
        #expect(
            try bench.take(.ask(.ipxe), tokens["node3"])
                == .wait("the rollout is paused: 2 ended badly, and 1 may", seconds: 2))
        #expect(try bench.take(.ask(.ipxe), tokens["node1"]) == .stopped("its install failed: no disk"))
        _ = try bench.inventory.change(rollout: row.id, now: bench.now) { $0.state = .running }
        #expect(try bench.take(.ask(.ipxe), tokens["node3"]) == .install(attempt: 1))
    }

    @Test("an aborted rollout takes back what has not begun; its scripts may begin no more")
    func abort() throws {
        let id = try bench.begin(3, Rollout(target: "debian", width: 2))
        let tokens = try bench.tokens()
        for number in 1...2 { _ = try bench.take(.ask(.ipxe), tokens["node\(number)"]) }
        _ = try bench.take(.begin(attempt: 1, .ipxe), tokens["node1"])
        let ended = try #require(try bench.inventory.abort(rollout: id, now: bench.now))
        #expect(ended.installing == ["node1"] && ended.changes.map(\.host) == ["node2", "node3"])
        #expect(try bench.take(.begin(attempt: 1, .ipxe), tokens["node2"]) == .stale)
        #expect(try bench.take(.ask(.ipxe), tokens["node2"]) == .usual)
        #expect(try bench.take(.done, tokens["node1"]) == .noted(true))
        #expect(try bench.tokens().keys.sorted() == ["node1"])
        #expect(try bench.inventory.abort(rollout: 7, now: bench.now) == nil)
    }

    @Test("a host has one install at a time; another one has another token, and the old one says nothing of it")
    func retry() throws {
        try bench.begin(1, Rollout(target: "debian", width: 2))
        let old = try #require(try bench.tokens()["node1"])
        let second = try bench.inventory.plan([InstallBench.host(1)])
        #expect(second.map(\.obstacle) == [.underWay(.armed)])
        #expect(try retry("node1") == .refused(.armed))
        _ = try bench.take(.ask(.ipxe), old)
        _ = try bench.take(.begin(attempt: 1, .ipxe), old)
        _ = try bench.take(.failed("no disk"), old)
        #expect(try retry("node1") == .armed)
        let new = try #require(try bench.tokens()["node1"])
        #expect(new != old)
        #expect(try bench.inventory.standings().map(\.former) == [[old]])
        #expect(try bench.take(.done, old) == .noted(true), "it came late, and is true of the old one")
        #expect(try bench.take(.begin(attempt: 1, .ipxe), old) == .stale)
        #expect(try bench.states() == [.done, .armed])
        let counts = try #require(try bench.inventory.rollouts().first).counts
        #expect(counts.armed == 1 && counts.done == 0, "of the tries of a host the last counts")
        #expect(try retry("node9") == .neverInstalled)
    }

    private func retry(_ name: String) throws -> Inventory.Retry {
        try bench.inventory.retry(host: name, evenDone: false, now: bench.now, token: InstallBench.token)
    }

    @Test("who gets no install, and why")
    func obstacles() throws {
        try bench.begin(1, Rollout(target: "debian", width: 1))
        var protected = InstallBench.host(2)
        protected.isProtected = true
        let thief = NamedMachine(name: "thief", hardware: [InstallBench.card(1)])
        let members = try bench.inventory.plan([
            protected, NamedMachine(name: "bare", hardware: []), thief, InstallBench.host(3),
        ])
        #expect(
            members.map(\.obstacle) == [
                .protected, .noCard, .sharesCard(InstallBench.card(1), with: "node1"), nil,
            ])
        let begun = try bench.inventory.begin(
            Rollout(target: "debian", width: 1), for: members.map(\.host), now: bench.now, token: InstallBench.token)
        #expect(begun.members == members)
        #expect(try bench.inventory.leases(of: begun.id).map(\.host) == ["node3"])
    }

    @Test("a rollout that is paused, a host that is protected, a target that is gone: who has its turn does not begin")
    func lateWords() throws {
        try bench.begin(1, Rollout(target: "debian", width: 1))
        let token = try #require(try bench.tokens()["node1"])
        #expect(try bench.take(.ask(.ipxe), token) == .install(attempt: 1))
        _ = try bench.inventory.change(rollout: 1, now: bench.now) { $0.state = .paused }
        #expect(try bench.take(.begin(attempt: 1, .ipxe), token) == .later("the rollout is paused"))
        #expect(try bench.take(.ask(.ipxe), token) == .install(attempt: 2), "it waits at the gate")
        _ = try bench.inventory.change(rollout: 1, now: bench.now) { $0.state = .running }
        _ = try bench.inventory.protect("node1", true)
        #expect(try bench.take(.begin(attempt: 2, .ipxe), token) == .later("node1 is protected"))
        _ = try bench.inventory.protect("node1", false)
        var request = InstallRequest(.begin(attempt: 2, .ipxe), token: token)
        request.obstacle = "no target"
        let outcome = try bench.inventory.carryOut([request], bench.rules, now: bench.now).first
        #expect(outcome?.answer == .later("no target"))
        #expect(try bench.take(.begin(attempt: 2, .ipxe), token) == .go)
        _ = try bench.take(.done, token)
        request.step = .ask(.ipxe)
        #expect(try bench.inventory.carryOut([request], bench.rules, now: bench.now).first?.answer == .localDisk)
    }

    @Test("who was in a rollout that was taken back is not armed in it again")
    func retryAborted() throws {
        try bench.begin(1, Rollout(target: "debian", width: 1))
        _ = try bench.inventory.abort(rollout: 1, now: bench.now)
        #expect(try retry("node1") == .aborted)
    }

    @Test("PXELINUX cannot ask whether it may begin: it takes no turn, and is told so until the machine is done")
    func pxelinux() throws {
        try bench.begin(1, Rollout(target: "debian", width: 1))
        let token = try bench.tokens()["node1"]
        let why = InstallAnswer.stopped("this machine waits to be installed, which takes iPXE or GRUB")
        #expect(try bench.take(.ask(.pxelinux), token) == why)
        #expect(try bench.states() == [.armed])
        #expect(try bench.take(.ask(.grub), token) == .install(attempt: 1))
        #expect(try bench.take(.ask(.pxelinux), token) == why)
        #expect(try bench.take(.begin(attempt: 1, .grub), token) == .go)
        _ = try bench.take(.done, token)
        #expect(try bench.take(.ask(.pxelinux), token) == .localDisk)
    }

    @Test("a token that nobody was given")
    func unknown() throws {
        #expect(try bench.take(.ask(.ipxe), InstallBench.token()) == .usual)
        #expect(try bench.take(.begin(attempt: 0, .ipxe), InstallBench.token()) == .stale)
    }
}

@Suite("installs, two processes, and a disk that fails")
struct InstallFaultTests {
    @Test("four inventories of one file, forty machines that all ask at once: never more than may, no script twice")
    func twoProcesses() throws {
        try inDirectory { try Self.race(in: $0.appending(path: "inventory.sqlite").path) }
    }

    private static func race(in path: String) throws {
        let setup = InstallBench(inventory: try Inventory(path: path))
        try setup.begin(40, Rollout(target: "debian", width: 3))
        let tokens = try setup.tokens()
        let granted = Mutex<[InstallAnswer]>([])
        let threads = (0..<4).map { number in
            let thread = Thread {
                defer { granted.withLock { $0.append(.noted(true)) } }
                let bench: InstallBench
                do {
                    bench = InstallBench(inventory: try Inventory(path: path))
                } catch {
                    Issue.record(error, "inventory \(number)")
                    return
                }
                for (host, token) in tokens where number % 2 == 0 || !host.hasSuffix("7") {
                    let answer = try? bench.inventory.carryOut(
                        [InstallRequest(.ask(.ipxe), token: token)], bench.rules, now: bench.now)
                    granted.withLock { $0 += answer?.map(\.answer) ?? [] }
                }
            }
            thread.start()
            return thread
        }
        while granted.withLock({ $0.count { $0 == .noted(true) } }) < threads.count {
            Thread.sleep(forTimeInterval: 0.01)
        }
        #expect(try setup.states().count { $0 == .claimed } == 3)
        // Who has its turn gets another script each time it asks, and each has a number of its own.
        let scripts = granted.withLock { answers in
            answers.compactMap { if case .install(let attempt) = $0 { attempt } else { nil } }
        }
        let attempts = try setup.inventory.leases(of: 1).map(\.lease.attempt)
        #expect(scripts.count == attempts.reduce(0, +) && scripts.count >= 3)
    }

    @Test("each write of each step fails once: nothing is half written, and the step succeeds afterwards")
    func everyWriteFails() throws {
        let bench = InstallBench(inventory: try Inventory())
        let faults = try bench.inventory.faults()
        var points = 0
        for step in FaultStep.allCases {
            faults.failing(at: nil)
            let number = try step.prepare(bench)
            for point in 1... {
                let before = try bench.inventory.dump()
                faults.failing(at: point)
                let result = Result { try step.run(bench, number) }
                let wasHit = faults.failing(at: nil)
                guard wasHit else {
                    _ = try result.get()
                    break
                }
                points += 1
                #expect(throws: InventoryError.self) { try result.get() }
                #expect(try bench.inventory.dump() == before, "\(step), write \(point)")
            }
        }
        #expect(points == 29)
    }
}

/// Who asks may be another machine than the one that the operator meant: then nobody is installed.
@Suite("installs and the machine behind the card")
struct InstallIdentityTests {
    private let bench: InstallBench

    init() throws {
        bench = InstallBench(inventory: try Inventory())
    }

    /// A DISCOVER of a machine.
    private func boot(_ card: Int, uuid: UInt8, at minute: Int64) throws {
        let seen = answered(try client(InstallBench.card(card).description, uuid: uuid))
        try bench.inventory.record([(time: bench.now + minute * 60_000, event: seen)])
    }

    /// - Parameter card: nil from an address that nobody knows.
    private func ask(_ number: Int, by card: Int?) throws -> InstallOutcome {
        let token = try #require(try bench.tokens()["node\(number)"])
        let request = InstallRequest(.ask(.ipxe), token: token, card: card.map { InstallBench.card($0) })
        return try #require(try bench.inventory.carryOut([request], bench.rules, now: bench.now).first)
    }

    @Test("a machine that shows what its record has, or adds to it, is installed; from then on its UUID counts")
    func same() throws {
        try boot(1, uuid: 7, at: 0)
        try bench.begin(1, Rollout(target: "debian", width: 1))
        #expect(try ask(1, by: 1).answer == .install(attempt: 1))
        #expect(try ask(1, by: 1).answer == .install(attempt: 2))
        #expect(try bench.inventory.hosts().map { $0.uuid == nil } == [false])
        try boot(1, uuid: 8, at: 5)
        let moved = try ask(1, by: 1)
        #expect(moved.conflict?.conflict.kind == .swappedCard)
    }

    @Test("a card that came into another machine: nobody is installed by it, and the reason names the host")
    func swappedCard() throws {
        try boot(1, uuid: 7, at: 0)
        try boot(2, uuid: 8, at: 0)
        try bench.begin(2, Rollout(target: "debian", width: 2))
        for number in 1...2 { #expect(try ask(number, by: number).answer == .install(attempt: 1)) }
        try boot(1, uuid: 8, at: 10)
        let outcome = try ask(1, by: 1)
        guard case .wait(let why, _) = outcome.answer else {
            Issue.record("\(outcome)")
            return
        }
        #expect(why.hasPrefix("PF-I002: Card \(InstallBench.card(1)) is on the record of node1"))
        #expect(try bench.states().allSatisfy { $0 == .claimed })
    }

    @Test("by an address that nobody knows a machine is no more than by its card")
    func unknownAddress() throws {
        try boot(1, uuid: 7, at: 0)
        try bench.begin(1, Rollout(target: "debian", width: 1))
        #expect(try ask(1, by: nil).answer == .install(attempt: 1))
        #expect(try ask(1, by: 1).answer == .install(attempt: 2))
        try boot(1, uuid: 8, at: 10)
        #expect(try ask(1, by: nil).conflict?.conflict.kind == .swappedCard)
        try boot(1, uuid: 7, at: 20)
        #expect(try ask(1, by: nil).answer == .install(attempt: 3))
    }

    @Test("one UUID with two cards at the same time: clones, and neither is installed by it")
    func clonedUUID() throws {
        try bench.begin(2, Rollout(target: "debian", width: 2))
        try boot(1, uuid: 7, at: 0)
        #expect(try ask(1, by: 1).answer == .install(attempt: 1))
        try boot(2, uuid: 7, at: 0)
        let clone = try ask(2, by: 2)
        #expect(clone.conflict?.conflict.kind == .clonedUUID)
        #expect(try bench.states() == [.claimed, .armed])
    }

    @Test("a dongle that goes from machine to machine is nobody's mark")
    func sharedDongle() throws {
        try bench.begin(1, Rollout(target: "debian", width: 1))
        for (minute, uuid) in [(0, 7), (10, 8), (20, 9), (30, 10)] as [(Int64, UInt8)] {
            try boot(1, uuid: uuid, at: minute)
        }
        let outcome = try ask(1, by: 1)
        #expect(outcome.conflict.map { [.sharedCard, .swappedCard].contains($0.conflict.kind) } == true, "\(outcome)")
        #expect(try bench.states() == [.armed])
    }
}

extension InstallAnswer {
    /// Whether it lets the machine wait, for this reason.
    fileprivate func says(_ reason: String) -> Bool {
        guard case .wait(reason, _) = self else { return false }
        return true
    }
}
