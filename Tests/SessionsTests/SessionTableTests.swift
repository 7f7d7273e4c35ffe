import BootPolicy
import Testing
import Wire

@testable import Sessions

/// How events become boots of machines.
@Suite("the table of boots")
struct SessionTableTests {
    @Test("a whole boot: its stages in order, with times, octets and notes")
    func stages() throws {
        var story = Story()
        try story.bootWhole(at: 0)
        let boot = try #require(story.latest)
        #expect(boot.id == 1)
        #expect(
            boot.stages.map(\.step) == [.asked, .offered, .addressed, .told, .loader, .script, .kernel, .initrd])
        let loader = try #require(boot.stages.first { $0.step == .loader })
        #expect(loader.began == Story.time(1) && loader.ended == Story.time(2))
        #expect(loader.octets == 1000 && loader.note == "snponly.efi")
        #expect(boot.octets == 1000 + 1000 + 5000 + 9000)
        #expect(boot.firmware == .uefiX64 && boot.interface == "eth0")
        #expect(boot.address == IPAddress(story.address))
        #expect(boot.notes.first?.text == "firmware asked and was offered snponly.efi (binl)")
        #expect(boot.notes.last?.text == "has debian/initrd.img by HTTP (9000 octets in 10 ms)")
        // From the DISCOVER to the address, and so on.
        #expect(story.table.times[.loader]?.count == 1)
    }

    @Test("repeated DISCOVERs and the loaders' own belong to one boot; a new one of the firmware begins another")
    func boots() throws {
        var story = Story()
        for second in [0.0, 4, 12, 28] { try story.offer(at: second) }
        #expect(story.table.boots(of: story.hardware).count == 1)
        #expect(story.latest?.stages.first?.note == "4 times")
        try story.bootWhole(at: 40)
        #expect(story.table.boots(of: story.hardware).count == 1)
        try story.offer(at: 300)
        #expect(story.table.boots(of: story.hardware).count == 2)
        #expect(story.table.boots(of: story.hardware).first?.followed == Story.time(300))
        try story.offer(stage: .httpFirmware, at: 310)
        #expect(story.table.boots(of: story.hardware).count == 3)
        // Silence of minutes.
        try story.offer(stage: .httpFirmware, at: 900)
        try story.offer(stage: .httpFirmware, at: 1500)
        #expect(story.table.boots(of: story.hardware).map(\.id) == [2, 3, 4, 5])
        #expect(story.table.all.map(\.id) == [5, 4, 3, 2])
        #expect(story.table.session(3)?.id == 3 && story.table.session(1) == nil)
    }

    @Test("a clock that is set makes nobody silent, and nobody early", arguments: [3600.0, -3600, 86_400])
    func clockSet(jump: Double) throws {
        var story = Story()
        try story.bootWhole(at: 0)
        let before = try #require(story.latest)
        story.table.move(by: Int64(jump * 1000))
        let boot = try #require(story.latest)
        #expect(boot.began == before.began + Int64(jump * 1000) && boot.last - boot.began == before.last - before.began)
        #expect(zip(boot.stages, before.stages).allSatisfy { $0.began - $1.began == Int64(jump * 1000) })
        #expect(zip(boot.notes, before.notes).allSatisfy { $0.time - $1.time == Int64(jump * 1000) })
        // Ten minutes later it boots again, which is no kernel that died.
        try story.offer(at: jump + 600)
        let earlier = try #require(story.table.boots(of: story.hardware).first)
        #expect(earlier.standing(at: Story.time(jump + 601), story.circumstances).state == .booted)
    }

    @Test("who has just asked is under way, whatever the clock says")
    func clockSetUnderWay() throws {
        var story = Story()
        try story.offer(at: 0)
        story.lease(at: 1)
        story.table.move(by: 3_600_000)
        #expect(try story.standing(at: 3602).state == .underWay)
        #expect(try story.standing(at: 3660).state == .stuck)
    }

    @Test("an iPXE in a card's ROM is what each of its boots begins with")
    func rom() throws {
        var story = Story()
        for second in [0.0, 60] {
            for pause in [0.0, 1, 3] {
                try story.offer("http://10.0.0.2/boot.ipxe", .direct, stage: .foreignIPXE, at: second + pause)
            }
            story.lease(at: second + 4)
            story.get("/boot.ipxe", at: second + 5)
            story.get("/vmlinuz", at: second + 6)
        }
        #expect(story.table.boots(of: story.hardware).count == 2)
        #expect(story.latest?.furthest == .kernel)
    }

    @Test("an address that another machine was given later is that one's")
    func addresses() throws {
        var story = Story()
        try story.told(at: 0)
        let first = story.hardware
        var second = Story(machine: 2)
        second.table = story.table
        try second.offer(at: 10)
        second.foreign(.acknowledge, story.address, from: Story.router, isBootServer: false, at: 11)
        story.table = second.table
        story.get("/boot.ipxe", at: 12)
        #expect(story.table.boots(of: first).last?.furthest == .told)
        #expect(story.table.boots(of: second.hardware).last?.furthest == .script)
        #expect(story.table.latest.map(\.hardware) == [second.hardware, first])
    }

    @Test("a machine of which only files are heard is known by whoever knows its address")
    func strangers() {
        var table = SessionTable()
        let card = MACAddress(0x52_54_00_00_00_09)
        let client = IPEndpoint(address: IPAddress(IPv4Address(10, 0, 0, 7)), port: 9)
        let facts = DownloadFacts(
            client: client, path: "/boot.ipxe", status: 200, bytes: 1, duration: .zero, isComplete: true)
        table.hear(
            .downloadEnded(facts), at: 5, SessionTable.Names(card: { _ in nil }, cards: { _ in [] }))
        #expect(table.count == 0)
        table.hear(
            .downloadEnded(facts), at: 6,
            SessionTable.Names(card: { $0 == client.address ? card : nil }, cards: { _ in [] }))
        #expect(table.boots(of: ClientHardware(card)).last?.furthest == .script)
    }

    @Test("a token of an install never shows")
    func tokens() throws {
        var story = Story()
        let token = InstallToken(high: 1234, low: 5678).text
        try story.told("install/\(token)/boot.ipxe", at: 0)
        story.get("/install/\(token)/vmlinuz", at: 1)
        let boot = try #require(story.latest)
        #expect(!boot.notes.contains { $0.text.contains(token) } && !boot.stages.contains { $0.note.contains(token) })
    }

    @Test("30,000 machines, and one that never ends: what is kept is bounded")
    func bounds() throws {
        var limits = SessionTable.Limits()
        limits.machines = 20_000
        var story = Story(limits: limits)
        for _ in 0..<200 { story.refuse("x", .notFound, at: 0) }
        try story.offer(at: 0)
        for number in 0..<200 { story.refuse("x\(number)", .notFound, at: 0) }
        story.foreign(.acknowledge, story.address, from: Story.router, isBootServer: false, at: 0)
        for number in 0..<200 { story.refuse("x\(number)", .notFound, at: 1) }
        #expect(story.latest?.notes.count == BootSession.mostNotes)
        #expect(story.latest?.notes.first?.text.hasPrefix("firmware asked") == true)
        let sample = try story.client()
        for number in 0..<30_000 {
            var client = sample
            client.hardware = ClientHardware(MACAddress(0x02_00_00_00_00_00 + UInt64(number)))
            story.hear(.refused(client, interface: 2, reason: .observing), at: 2)
        }
        #expect(story.table.count == 20_000 && story.table.open.count == 20_000)
        #expect(story.latest == nil)
        #expect(story.table.boots(of: ClientHardware(MACAddress(0x02_00_00_00_00_00 + 29_999))).count == 1)
    }

    @Test("machines that were silent for a day are forgotten, but for those that are stuck; nobody else loses anything")
    func old() throws {
        var story = Story()
        let sample = try story.client()
        func hardware(_ number: Int) -> ClientHardware {
            ClientHardware(MACAddress(0x02_00_00_00_00_00 + UInt64(number)))
        }
        try story.told("gone.efi", at: 0)
        story.refuse("gone.efi", .notFound, at: 1)
        for number in 0..<300 {
            var client = sample
            client.hardware = hardware(number)
            story.hear(.refused(client, interface: 2, reason: .leftAlone), at: number % 3 == 0 ? 90_000 : 2)
        }
        for _ in 0..<20 { story.table.forgetOld(at: Story.time(90_010), story.circumstances) }
        #expect(story.table.count == 101 && story.table.latest.count == 101 && story.table.open.count == 101)
        #expect(story.latest?.furthest == .told)
        for number in 0..<300 { #expect(story.table.boots(of: hardware(number)).count == (number % 3 == 0 ? 1 : 0)) }
        #expect(story.table.latest.last?.hardware == story.hardware)
    }

    @Test("what is told of a machine's trouble is news once, until that is over")
    func told() throws {
        var story = Story()
        func tell(_ code: String) -> Bool { story.table.noteTold(code, of: story.hardware) }
        #expect([tell("PF-V001")] == [false])
        try story.offer(at: 0)
        #expect([tell("PF-V001"), tell("PF-V001"), tell("PF-V002"), tell("PF-V001")] == [true, false, true, true])
        story.table.close(story.hardware)
        #expect([tell("PF-V001")] == [true])
    }

    @Test(
        "what a file is for",
        arguments: [
            ("snponly.efi", BootStep.loader), ("undionly.kpxe", .loader), ("pxelinux.0", .loader),
            ("ldlinux.c32", .loader),
            ("boot.ipxe", .script), ("pxelinux.cfg/01-52-54-00", .script), ("grub/grub.cfg", .script),
            ("install/abcd…", .script), ("debian/vmlinuz", .kernel), ("linux", .kernel), ("kernel8.img", .kernel),
            ("wimboot", .kernel), ("initrd.gz", .initrd), ("sources/boot.wim", .initrd),
            ("initramfs-linux.img", .initrd),
            ("x/filesystem.squashfs", .files), ("pool/initramfs-tools_0.142_all.deb", .files),
        ])
    func kinds(name: String, step: BootStep) {
        #expect(FileKind.step(of: name, after: .script) == step)
    }
}
