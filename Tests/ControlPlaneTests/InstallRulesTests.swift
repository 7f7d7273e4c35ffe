import BootPolicy
import Exchange
import Fleet
import GRDB
import LinuxIO
import Testing
import Wire

@testable import ControlPlane
@testable import Inventory

/// What the settings say of installs, and what the desk does when the disk does not.
@Suite("the rules of installs")
struct InstallRulesTests {
    /// A service without engines that knows one machine.
    private struct House {
        static let card = MACAddress(0x52_54_00_00_00_01)
        static let address = IPAddress(IPv4Address(10, 0, 0, 9))
        let inventory: Inventory
        let context: EngineContext
        let desk: InstallDesk
        let commands: InstallCommands

        init() throws {
            inventory = try Inventory()
            var catalog = Catalog()
            catalog.targets = TargetBook(["lab": .target(BootTarget(title: "Lab", action: .linux(LinuxBoot())))])
            catalog.machines = MachineBook([NamedMachine(name: "node1", hardware: [Self.card])])
            context = EngineContext(
                catalog: PublishedCatalog(catalog), events: EventRing(clock: { 0 }, wake: {}),
                memory: MemoryFeed(wake: {}), counters: EngineCounters(), stop: StopSignal())
            context.addresses.note(IPv4Address(10, 0, 0, 9), ClientHardware(Self.card))
            desk = try InstallDesk(inventory: inventory, context: context)
            commands = InstallCommands(
                inventory: inventory, context: context, desk: desk,
                waker: try Waker(socket: nil, context: context, isCrowded: { false }))
        }

        func change(_ change: (inout Catalog) -> Void) {
            var catalog = context.catalog.current
            change(&catalog)
            context.catalog.publish(catalog)
        }

        /// The install that speaks for the machine.
        var enrolment: Enrolment? {
            context.requester(at: Self.address, asking: try? RequestPath("boot.ipxe".utf8)).enrolment
        }

        func rename(_ column: String, _ name: String) throws {
            try inventory.database.write { try $0.execute(sql: "ALTER TABLE lease RENAME COLUMN \(column) TO \(name)") }
        }

        /// What was told since this was asked last.
        var told: [String] {
            context.events.drain().events.map { recorded in
                switch recorded.event {
                case .notice(let notice): notice.text
                case .install(let event): "\(event.from) \(event.to)"
                default: "\(recorded.event)"
                }
            }
        }
    }

    @Test("what the settings say when nobody set anything is what holds anyway")
    func defaults() {
        #expect(InstallRules(InstallTerms()) == InstallRules())
    }

    @Test("what the settings say holds from the next step on")
    func terms() {
        var terms = InstallTerms()
        (terms.perHour, terms.turns) = (7, 2)
        (terms.patience, terms.longest, terms.shortest) = (.seconds(60), .seconds(61), .seconds(1))
        let rules = InstallRules(terms)
        #expect(rules.hourly == 7 && rules.times.turns == 2)
        #expect([rules.times.patience, rules.times.longest, rules.times.shortest] == [60_000, 61_000, 1000])
    }

    @Test("a board that could not be brought up to date after a command is as soon as that can be done")
    func catchesUp() throws {
        let house = try House()
        try house.rename("is_released", "away")
        let answer = try #require(try house.commands.answer(["install", "begin", "target=lab", "hosts=node1"]))
        #expect(answer.hasPrefix("rollout 1\n"))
        house.desk.look()
        #expect(house.enrolment == nil)
        let told = house.told
        #expect(told.count == 1 && told[0].hasPrefix("installs that changed last are not in force yet"))
        try house.rename("away", "is_released")
        #expect(house.enrolment == nil)
        house.desk.look()
        #expect(house.enrolment != nil)
    }

    @Test("a fetch is written down once in a while; one that could not be is at the next look")
    func fetches() throws {
        let house = try House()
        _ = try house.commands.answer(["install", "begin", "target=lab", "hosts=node1"])
        let enrolment = try #require(house.enrolment)
        #expect(house.desk.take(.ask(.ipxe), of: enrolment) == .install(attempt: 1))
        _ = house.told
        try house.rename("heard", "away")
        house.desk.note(fetchBy: enrolment)
        house.desk.look()
        #expect(house.told.count == 1)
        try house.rename("away", "heard")
        house.desk.look()
        #expect(house.told == ["installs begin and end again", "claimed fetching"])
        let heard = try house.inventory.lease(of: enrolment.token)?.lease.heard
        Clock.nap(.milliseconds(5))
        house.desk.note(fetchBy: enrolment)
        house.desk.look()
        #expect(try house.inventory.lease(of: enrolment.token)?.lease.heard == heard)
        house.change { $0.install.patience = .milliseconds(4) }
        house.desk.note(fetchBy: enrolment)
        house.desk.look()
        #expect(try house.inventory.lease(of: enrolment.token)?.lease.heard != heard)
        #expect(house.told == [])
    }

    @Test("who is protected by the settings after it was armed neither has its turn nor begins, nor is armed again")
    func protected() throws {
        let house = try House()
        _ = try house.commands.answer(["install", "begin", "target=lab", "hosts=node1"])
        let enrolment = try #require(house.enrolment)
        var machine = NamedMachine(name: "node1", hardware: [House.card])
        machine.isProtected = true
        house.change { $0.machines = MachineBook([machine]) }
        guard case .wait("node1 is protected", _) = house.desk.take(.ask(.ipxe), of: enrolment) else {
            Issue.record("it has its turn")
            return
        }
        #expect(throws: CommandFailure.self) { try house.commands.answer(["retry", "node1"]) }
        house.change { $0.machines = MachineBook([NamedMachine(name: "node1", hardware: [House.card])]) }
        #expect(house.desk.take(.ask(.ipxe), of: enrolment) == .install(attempt: 1))
        house.change { $0.machines = MachineBook([machine]) }
        #expect(house.desk.take(.begin(attempt: 1, .ipxe), of: enrolment) == .later("node1 is protected"))
    }

    @Test("a card that was mistyped when its machine was armed is not that machine's any more after a reload")
    func mistyped() throws {
        let house = try House()
        _ = try house.commands.answer(["install", "begin", "target=lab", "hosts=node1"])
        #expect(house.enrolment != nil)
        let right = NamedMachine(name: "node1", hardware: [MACAddress(0x52_54_00_00_00_02)])
        house.change { $0.machines = MachineBook([right]) }
        house.desk.followSettings()
        #expect(house.enrolment == nil)
    }

    @Test("what was taken back of many is told in portions, and in force at once")
    func portions() throws {
        let house = try House()
        let machines = (1...2500).map { number in
            NamedMachine(name: "n\(number)", hardware: [MACAddress(0x52_54_00_00_00_00 + UInt64(number))])
        }
        house.change { $0.machines = MachineBook(machines) }
        _ = try house.commands.answer(["install", "begin", "target=lab", "hosts=all"])
        _ = house.told
        #expect(try house.commands.answer(["rollout", "1", "abort"]) == "2500 machines will not be installed")
        #expect(house.enrolment == nil && house.told.isEmpty)
        house.desk.tellPortion()
        #expect(house.told.count == 1000)
        house.desk.tellPortion()
        house.desk.tellPortion()
        house.desk.tellPortion()
        #expect(house.told.count == 1500)
    }

    @Test("outside of the hours nobody begins, and inside of them they do")
    func hours() throws {
        let house = try House()
        _ = try house.commands.answer(["install", "begin", "target=lab", "hosts=node1"])
        let enrolment = try #require(house.enrolment)
        let minutes = WallTime(milliseconds: Clock.wallMilliseconds).minutes
        func time(_ ahead: Int) throws -> TimeOfDay {
            try #require(TimeOfDay(minutes: (minutes + ahead + 1440) % 1440))
        }
        let later = try #require(DayHours(from: time(60), to: time(120)))
        house.change { $0.install.hours = later }
        guard case .wait(let why, _) = house.desk.take(.ask(.ipxe), of: enrolment) else {
            Issue.record("it has its turn")
            return
        }
        #expect(why == "machines begin between \(later.from) and \(later.to)")
        let around = try #require(DayHours(from: time(-60), to: time(60)))
        house.change { $0.install.hours = around }
        #expect(house.desk.take(.ask(.ipxe), of: enrolment) == .install(attempt: 1))
        house.change { $0.install.hours = later }
        #expect(house.desk.take(.begin(attempt: 1, .ipxe), of: enrolment) == .later(why))
    }
}
