import BootPolicy
import Support
import Testing
import Wire

/// Whose address is whose, and how much is kept.
@Suite("memory of clients: addresses and bounds")
struct ClientMemoryBoundTests {
    private static let uefi = PacketBuilder.discoverUEFI

    @Test("an address that changes hands tells of its new owner")
    func addresses() throws {
        var house = ModelHouse()
        let (first, second) = (Self.uefi.machine(1), Self.uefi.machine(2))
        _ = try house.hear(first)
        house.lease(first)
        _ = try house.hear(second)
        house.lease(second)
        house.file("a.efi", isComplete: false)
        #expect(house.learned.map(\.teacher) == [second.client])
        // The first one has moved on; the second's address stays with the second.
        house.lease(first, IPv4Address(192, 0, 2, 78))
        house.wait(.seconds(4))
        #expect(try house.hear(first).reply?.shape == .direct)
        house.wait(.seconds(1))
        #expect(try house.hear(second).reply?.shape == .binl)
        house.file("a.efi", isComplete: false, of: IPv4Address(10, 0, 0, 1))
        #expect(house.learned.count == 1)
    }

    @Test("an address that goes to another machine and comes back tells of the first again")
    func andBack() throws {
        var house = ModelHouse()
        let (first, second) = (Self.uefi.machine(1), Self.uefi.machine(2))
        for machine in [first, second] {
            _ = try house.hear(machine)
            house.lease(machine)
        }
        house.lease(first)
        house.file("a.efi", isComplete: false)
        #expect(house.learned.map(\.teacher) == [first.client])
    }

    @Test(
        "20,000 made-up clients cost no more than the capacity, and who came last is known",
        arguments: [1, 100, 16_384])
    func bounded(capacity: Int) throws {
        var memory = ClientMemory(capacity: capacity)
        let bytes = Self.uefi.bytes
        var facts = try ClientFacts.read(try DHCPMessage(bytes.span.bytes)).get()
        var now = Instant(nanoseconds: 0)
        for number in 0..<20_000 {
            now = now + .microseconds(10)
            facts.hardware = ClientHardware(MACAddress(UInt64(number)))
            facts.requestedAddress = IPv4Address(0x0A00_0000 + UInt32(number))
            facts.fingerprint = Fingerprint(UInt64(number))
            _ = memory.hear(facts, on: .dhcp, now: now)
        }
        let known = (0..<20_000).filter { memory.knows(ClientHardware(MACAddress(UInt64($0)))) }
        #expect(known == Array(20_000 - capacity..<20_000))
        #expect(memory.lessons == [])
    }

    /// Teaches a memory one kind after the other.
    private struct School {
        var memory = ClientMemory()
        private var facts: ClientFacts
        private var reply: BootReply

        init() throws {
            let bytes = ClientMemoryBoundTests.uefi.bytes
            facts = try ClientFacts.read(try DHCPMessage(bytes.span.bytes)).get()
            reply = BootReply(
                message: DHCPReply(
                    kind: .offer, transaction: 1, hardware: facts.hardware, serverIdentifier: Net.server),
                route: .broadcast, shape: .direct)
            reply.message.bootFile = "a.efi"
        }

        /// A lesson that is news.
        mutating func news(_ number: Int) throws -> Lesson {
            let lesson = teach(number)
            return try #require(lesson)
        }

        mutating func teach(_ number: Int, _ file: String = "a.efi") -> Lesson? {
            facts.hardware = ClientHardware(MACAddress(UInt64(number)))
            facts.fingerprint = Fingerprint(UInt64(number))
            let address = IPv4Address(0x0A00_0000 + UInt32(number))
            let now = Instant(nanoseconds: 0)
            _ = memory.hear(facts, on: .dhcp, now: now)
            memory.noteLease(facts.hardware, address: address)
            memory.noteOffer(reply, to: facts, now: now)
            return memory.noteFile(FileProgress(address: address, file: file, isComplete: false), now: now)
        }
    }

    @Test("no more than 4,096 kinds are kept, what never held again makes room, and the operator may forget one or all")
    func kinds() throws {
        var school = try School()
        for number in 0..<4096 {
            let lesson = try school.news(number)
            #expect(lesson.forgotten == nil)
        }
        // Of the first two the loader is seen alive.
        for number in 0..<2 {
            let lesson = school.teach(number, "boot.ipxe")
            #expect(lesson == nil)
        }
        for number in 4096..<8000 {
            let lesson = try school.news(number)
            #expect(lesson.forgotten == Fingerprint(UInt64(number - 4094)))
        }
        #expect(school.memory.lessons.count == 4096)
        let kept = Set(school.memory.lessons.map(\.fingerprint))
        #expect(kept.contains(Fingerprint(0)) && !kept.contains(Fingerprint(2)))
        school.memory.forgetLessons(about: Fingerprint(7999))
        #expect(school.memory.lessons.count == 4095)
        #expect(!school.memory.lessons.contains { $0.fingerprint == Fingerprint(7999) })
        let again = try school.news(7999)
        #expect(again.forgotten == nil)
        school.memory.forgetLessons(about: nil)
        #expect(school.memory.lessons == [])
        _ = try school.news(1)
    }

    @Test("of more lessons than there is room for, the newest are taken over from earlier runs")
    func restored() {
        let lessons = (0..<5000).map { number in
            Lesson(
                fingerprint: Fingerprint(UInt64(number)), style: OfferStyle(.direct), loader: 0,
                teacher: ClientHardware(MACAddress(1)))
        }
        let memory = ClientMemory(lessons: lessons)
        #expect(Set(memory.lessons.map(\.fingerprint)) == Set(lessons.prefix(4096).map(\.fingerprint)))
    }
}
