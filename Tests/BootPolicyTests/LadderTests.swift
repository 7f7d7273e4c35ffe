import BootPolicy
import Support
import Testing
import Wire

/// Whole firmware against policy and memory: how many DISCOVERs until it boots, and what is remembered of it.
@Suite("the ladder, with models of firmware")
struct LadderTests {
    private static func only(_ shape: ReplyShape) -> @Sendable (OfferStyle) -> Bool { { $0.shape == shape } }

    private static func model(
        _ name: String, _ packet: PacketBuilder, hasLease: Bool = true,
        _ takes: @escaping @Sendable (OfferStyle) -> Bool
    ) -> LadderModel {
        LadderModel(name: name, packet: packet, schedule: .edk2, takes: takes, hasLease: hasLease)
    }

    /// A firmware, and the DISCOVER with which it boots the first time.
    static let models: [(LadderModel, Int)] = [
        (model("UEFI, anything", .discoverUEFI) { _ in true }, 1),
        (model("EDK2 of 2010-2017: no 43.6...10", .discoverUEFI, only(.binl)), 1),
        (model("UEFI that takes the file from the OFFER only", .discoverUEFI, only(.direct)), 2),
        (model("UEFI that needs a menu of two", .discoverUEFI, only(.menu)), 3),
        (model("UEFI that fails on an instant answer", .discoverUEFI) { $0.isDelayed }, 4),
        (model("UEFI behind a relay, DIRECT", .discoverUEFI.relayed(by: Net.relay), hasLease: false, only(.direct)), 2),
        (
            model(
                "UEFI without the broadcast flag, DIRECT", .discoverUEFI.changing { $0.flags = 0 }, hasLease: false,
                only(.direct)), 2
        ),
        (model("BIOS, anything", .discover) { _ in true }, 1),
        (model("BIOS that takes DIRECT", .discover, only(.direct)), 1),
        (model("BIOS that boots from menus", .discover, only(.menu)), 2),
        (model("BIOS that visits 4011", .discover, only(.binl)), 3),
        (model("BIOS that misses an instant answer", .discover) { $0.isDelayed }, 4),
    ]

    @Test("it boots within the ladder, the next time at once, and so does a machine of its kind", arguments: models)
    func converges(model: LadderModel, tries: Int) throws {
        var house = ModelHouse()
        #expect(try house.boot(model) == tries)
        if [ReplyShape.direct, .binl, .menu].contains(where: { model.takes(OfferStyle($0)) }) { #expect(tries <= 3) }
        let lesson = try #require(house.learned.first)
        #expect(model.takes(lesson.style))
        #expect(lesson.teacher == model.packet.client)
        #expect(house.memory.lessons == [lesson])

        house.wait(.seconds(3600))
        #expect(try house.boot(model) == 1)
        var other = model
        other.packet = model.packet.machine(99)
        house.wait(.seconds(10))
        #expect(try house.boot(other) == 1)
        // Nothing new was learned by it, and after a restart it is still known.
        #expect(house.learned == [lesson])
        var restarted = ModelHouse(lessons: house.memory.lessons)
        #expect(try restarted.boot(model) == 1)
        #expect(restarted.learned == [])
        #expect(restarted.offered == [lesson.style])
        restarted.wait(.seconds(600))
        #expect(try restarted.hear(model.packet).reply?.reason == .learned)
    }

    @Test(
        "what is learned is not told to machines of another kind",
        arguments: [
            PacketBuilder.discoverUEFI.with(60, "PXEClient:Arch:00007:UNDI:003016"),
            .discoverUEFI.with(55, [1, 3, 67]),
            .discoverUEFI.with(94, [1, 3, 16]),
            .discoverUEFI.changing { $0.hardware = [2, 0, 0, 1, 2, 3] },
        ])
    func otherKind(packet: PacketBuilder) throws {
        var house = ModelHouse()
        let direct = Self.model("direct", .discoverUEFI, Self.only(.direct))
        #expect(try house.boot(direct) == 2)
        house.wait(.seconds(60))
        let other = Self.model("other", packet, Self.only(.direct))
        #expect(try house.boot(other) == 2)
        #expect(house.memory.lessons.count == 2)
    }

    @Test(
        "a thousand machines of a kind that take one shape: one lesson, and it never flaps",
        arguments: [
            ReplyShape.direct, .binl, .menu,
        ])
    func thousand(shape: ReplyShape) throws {
        var house = ModelHouse()
        var retried = 0
        for number in 0..<1000 {
            let model = Self.model("\(number)", PacketBuilder.discoverUEFI.machine(number), Self.only(shape))
            let tries = try #require(try house.boot(model))
            if tries > 1 { retried += 1 }
            house.wait(.seconds(1))
        }
        #expect(house.learned.count == 1)
        #expect(retried == (shape == .binl ? 0 : 1))
    }

    @Test("one broken machine among many does not change what its kind gets")
    func oneBroken() throws {
        var house = ModelHouse()
        for number in 0..<200 {
            let isBroken = number % 10 == 3
            let shape: ReplyShape = isBroken ? .direct : .binl
            let model = Self.model("\(number)", PacketBuilder.discoverUEFI.machine(number), Self.only(shape))
            #expect(try house.boot(model) == (isBroken ? 2 : 1))
            house.wait(.seconds(100))
        }
        #expect(house.learned.map(\.style) == [OfferStyle(.binl)])
    }

    @Test("a kind whose firmware was updated is learned anew after two failures")
    func updated() throws {
        var house = ModelHouse()
        func boot(_ number: Int, _ shape: ReplyShape) throws -> Int? {
            house.wait(.seconds(600))
            return try house.boot(Self.model("", PacketBuilder.discoverUEFI.machine(number), Self.only(shape)))
        }
        #expect(try boot(1, .direct) == 2)
        #expect(try boot(1, .binl) == 2)
        #expect(house.learned.count == 1)
        #expect(try boot(1, .binl) == 2)
        #expect(house.learned.map(\.style) == [OfferStyle(.direct), OfferStyle(.binl)])
        #expect(try boot(1, .binl) == 1)
        #expect(try boot(2, .binl) == 1)
    }

    @Test("a loader that stays mute is swapped for the next, which is remembered for the kind")
    func muteLoader() throws {
        var house = ModelHouse()
        var model = Self.model("mute", .discoverUEFI) { _ in true }
        model.loaders = ["b.efi"]
        // It reboots by itself, ten seconds after a loader that does nothing.
        model.schedule = [0, 10, 20]
        #expect(try house.boot(model) == 2)
        #expect(house.learned.last?.loader == 1)
        #expect(house.offered == [OfferStyle(.binl), OfferStyle(.binl)])
        house.wait(.seconds(600))
        #expect(try house.boot(model) == 1)
        model.packet = model.packet.machine(5)
        #expect(try house.boot(model) == 1)
        var restarted = ModelHouse(lessons: house.memory.lessons)
        #expect(try restarted.boot(model) == 1)
    }

    @Test("with the first loader mute and a shape of its own, both are found")
    func muteAndPicky() throws {
        var house = ModelHouse()
        var model = Self.model("mute", .discoverUEFI, Self.only(.direct))
        model.loaders = ["b.efi"]
        model.schedule = [0, 4, 14, 24]
        #expect(try house.boot(model) == 3)
        let lesson = try #require(house.memory.lessons.first)
        #expect((lesson.style, lesson.loader) == (OfferStyle(.direct), 1))
        house.wait(.seconds(600))
        #expect(try house.boot(model) == 1)
    }

    @Test(
        "when a lesson fails, the others are tried from the usual one on: any shape within two retries",
        arguments: [PacketBuilder.discoverUEFI, .discover], [ReplyShape.direct, .binl, .menu])
    func afterFailure(packet: PacketBuilder, learned: ReplyShape) throws {
        let isUEFI = packet.flags != 0
        let ladder = OfferStyle.ladder(for: isUEFI ? .uefiX64 : .biosX86)
        for takes in [ReplyShape.direct, .binl, .menu] {
            var house = ModelHouse()
            #expect(try house.boot(Self.model("teacher", packet, Self.only(learned))) != nil)
            house.wait(.seconds(600))
            let start = house.offered.count
            let tries = try #require(try house.boot(Self.model("other", packet.machine(3), Self.only(takes))))
            #expect(tries <= 3)
            let styles = [OfferStyle(learned)] + ladder.filter { $0 != OfferStyle(learned) }
            #expect(house.offered[start...] == styles.prefix(tries))
        }
    }

    @Test("U-Boot has one style, whatever happens")
    func uboot() throws {
        var house = ModelHouse()
        let packet = PacketBuilder.discover.with(93, [0, 0x16])
        let model = Self.model("U-Boot", packet) { _ in false }
        #expect(try house.boot(model) == nil)
        #expect(house.offered == [OfferStyle](repeating: OfferStyle(.direct), count: 4))
    }

    @Test("who takes nothing at all gets every style in turn and begins again")
    func nothing() throws {
        var house = ModelHouse()
        var model = Self.model("none", .discoverUEFI) { _ in false }
        model.schedule = [0, 4, 12, 28, 60, 64]
        #expect(try house.boot(model) == nil)
        let ladder = OfferStyle.ladder(for: .uefiX64)
        #expect(house.offered == ladder + ladder.prefix(2))
        #expect(house.learned == [])
    }

    @Test("a rule's shape stays, whatever the client does")
    func ruled() throws {
        var house = ModelHouse(
            catalog: Catalog.modelled.changing { catalog in
                var plan = BootPlan()
                plan.shape = .menu
                catalog.rules = RuleBook([Rule(name: "r", conditions: RuleConditions(), verdict: .boot(plan))])
            })
        let model = Self.model("stubborn", .discoverUEFI) { _ in false }
        #expect(try house.boot(model) == nil)
        #expect(house.offered == [OfferStyle](repeating: OfferStyle(.menu), count: 4))
    }
}
