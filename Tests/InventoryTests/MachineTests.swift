import BootPolicy
import Inventory
import Testing
import Wire

/// What events tell about machines.
@Suite struct MachineTests {
    let inventory: Inventory

    init() throws {
        inventory = try Inventory()
    }

    @Test func wholeBootBecomesOneMachine() throws {
        let ended = TransferEnding(outcome: .completed, bytes: 1000, duration: .milliseconds(12), retransmitted: 1)
        try inventory.record([
            (1_000, answered(try client(firstMAC))),
            (1_500, try lease(firstMAC, firstAddress)),
            (2_000, answered(try client(firstMAC, address: firstAddress), port: .bootService)),
            (2_100, .transferStarted(transfer(firstAddress))),
            (2_900, .transferEnded(transfer(firstAddress), ended)),
            (9_000, answered(try client(firstMAC, stage: .foreignIPXE))),
            (9_500, download(firstAddress)),
        ])
        let machine = try #require(try inventory.machines().first)
        #expect(try inventory.machines().count == 1)
        #expect(machine.mac == firstMAC)
        #expect(machine.uuid == "07070707-0707-0707-0707-07070707075d")
        #expect(machine.architecture == .uefiX64)
        #expect(machine.firstSeen == 1_000)
        #expect(machine.lastSeen == 9_500)
        #expect(machine.lastStage == "foreign-ipxe")
        #expect(machine.lastAddress == firstAddress)
        #expect(machine.boots == 1)
        let events = try inventory.recentEvents(limit: 10, machine: machine.id)
        #expect(
            events.reversed().map(\.kind) == [
                "answered", "foreign-offer", "answered", "transfer-started", "transfer-ended", "answered",
                "download-ended",
            ])
        #expect(events.allSatisfy { $0.mac == firstMAC })
        #expect(try inventory.machine(mac: firstMAC) == machine)
        #expect(try inventory.machine(mac: secondMAC) == nil)
    }

    /// Hours and minutes since two machines were seen, and whose addresses are known at a start: those of a day, if somebody was
    /// heard minutes ago.
    static let starts: [(first: Int64, second: Int64, known: [String])] = [
        (1, 2, [secondMAC, firstMAC]),
        (2, 1, [firstMAC, secondMAC]),
        (23 * 60, 9, [firstMAC, secondMAC]),
        (25 * 60, 9, [secondMAC]),
        (11, 12, []),
    ]

    @Test("the addresses that machines had before a start", arguments: starts)
    func addressesAreKnownAgain(_ row: (first: Int64, second: Int64, known: [String])) throws {
        let now: Int64 = 100 * 3_600_000
        let places = [(firstMAC, firstAddress, row.first), (secondMAC, secondAddress, row.second)]
        for (mac, address, minutes) in places.sorted(by: { $0.2 > $1.2 }) {
            try inventory.record([(now - minutes * 60_000, answered(try client(mac))), (0, try lease(mac, address))])
        }
        let known = try inventory.lastAddresses(now: now)
        #expect(known.map(\.hardware.description) == row.known)
        #expect(known.map(\.address) == row.known.map { $0 == firstMAC ? firstAddress : secondAddress })
    }

    @Test("what the latest boots showed before a start")
    func bootsAreKnownAgain() throws {
        let now: Int64 = 100 * 3_600_000
        try inventory.record([
            (now - 900_000, answered(try client(firstMAC, uuid: 9))),
            (now - 300_000, answered(try client(firstMAC))),
            (now - 296_000, answered(try client(firstMAC, stage: .foreignIPXE))),
            (now - 295_000, try lease(firstMAC, firstAddress)),
            (now - 200_000, answered(try client(secondMAC, uuid: 0))),
            (now - 195_000, try lease(secondMAC, secondAddress)),
        ])
        let boots = try inventory.lastAddresses(now: now).map(\.boot)
        let uuid = MachineUUID("07070707-0707-0707-0707-07070707075d")
        let first = BootSighting(
            machine: uuid, architecture: .uefiX64, stage: .foreignIPXE, since: now - 300_000, last: now - 296_000)
        #expect(boots == [first, nil])
    }

    /// Seconds of answered DISCOVERs of the firmware, with "i" for one of iPXE between, and the boots they make.
    static let boots: [(seconds: [Int64], ipxeAfter: Int?, boots: Int)] = [
        ([0], nil, 1),
        ([0, 4, 12, 28, 60], nil, 1),
        ([0, 61], nil, 2),
        ([0, 60], nil, 1),
        ([0, 10], 0, 2),
        ([0, 4, 10, 14], 1, 2),
    ]

    @Test(arguments: boots)
    func repeatedDiscoversAreOneBoot(_ row: (seconds: [Int64], ipxeAfter: Int?, boots: Int)) throws {
        for (index, second) in row.seconds.enumerated() {
            try inventory.record([(second * 1000, answered(try client(firstMAC)))])
            if index == row.ipxeAfter {
                try inventory.record([(second * 1000 + 500, answered(try client(firstMAC, stage: .foreignIPXE)))])
            }
        }
        #expect(try inventory.machines().map(\.boots) == [row.boots])
    }

    @Test func refusedMachineIsKnownButHasNotBooted() throws {
        try inventory.record([(5, .refused(try client(firstMAC), interface: 2, reason: .observing))])
        #expect(try inventory.machines().map(\.boots) == [0])
        let event = try #require(try inventory.recentEvents(limit: 1).first)
        #expect(event.details["code"] == "PF-D013")
        #expect(event.summary.contains("observing: nothing is answered [PF-D013]"))
        try inventory.record([(6, answered(try client(firstMAC)))])
        #expect(try inventory.machines().map(\.boots) == [1])
    }

    @Test func addressFollowsTheLease() throws {
        try inventory.record([
            (1, answered(try client(firstMAC))), (2, answered(try client(secondMAC, uuid: 8))),
            (3, try lease(firstMAC, firstAddress)), (4, try lease(secondMAC, firstAddress)),
            (5, download(firstAddress)),
        ])
        let first = try #require(try inventory.machine(mac: firstMAC))
        let second = try #require(try inventory.machine(mac: secondMAC))
        #expect(first.lastAddress == nil)
        #expect(second.lastAddress == firstAddress)
        #expect(try inventory.recentEvents(limit: 1).first?.machineID == second.id)
        // A stranger gets the address: what it fetches is not the machine's.
        try inventory.record([(6, try lease("02:00:00:00:00:09", firstAddress)), (7, download(firstAddress))])
        #expect(try inventory.machine(mac: secondMAC)?.lastAddress == nil)
        #expect(try inventory.recentEvents(limit: 1).first?.machineID == nil)
    }

    @Test func addressOfBootServiceRequestCounts() throws {
        try inventory.record([
            (1, answered(try client(firstMAC, address: firstAddress), port: .bootService)),
            (
                2,
                .transferRefused(
                    client: IPEndpoint(address: IPAddress(firstAddress), port: 9), name: "x", reason: .notFound)
            ),
        ])
        let event = try #require(try inventory.recentEvents(limit: 1).first)
        #expect(event.mac == firstMAC)
        #expect(event.kind == "transfer-refused")
        #expect(event.details == ["client": "10.0.0.100:9", "code": "PF-T001", "file": "x"])
    }

    @Test func leasesOfStrangersAreNotWrittenDown() throws {
        try inventory.record([(1, try lease(firstMAC, firstAddress))])
        #expect(try inventory.recentEvents(limit: 9).isEmpty)
        #expect(try inventory.machines().isEmpty)
        try inventory.record([(2, try lease(firstMAC, .any, isBootServer: true))])
        #expect(
            try inventory.recentEvents(limit: 9).map(\.summary) == [
                "10.0.0.1 confirms boot information to 52:54:00:00:00:01; it is a boot server, too"
            ])
    }

    @Test func machinesComeLastSeenFirst() throws {
        try inventory.record([
            (9, answered(try client(firstMAC))), (10, answered(try client(secondMAC))),
            (8, answered(try client("52:54:00:00:00:03"))),
        ])
        #expect(try inventory.machines().map(\.mac) == [secondMAC, firstMAC, "52:54:00:00:00:03"])
    }

    @Test func blankUUIDIsNone() throws {
        try inventory.record([(1, answered(try client(firstMAC, uuid: 0)))])
        #expect(try inventory.machines().map(\.uuid) == [nil])
        try inventory.record([(2, answered(try client(firstMAC, uuid: 7)))])
        try inventory.record([(3, answered(try client(firstMAC, uuid: 0)))])
        #expect(try inventory.machines().map(\.uuid) == ["07070707-0707-0707-0707-07070707075d"])
    }

    @Test func aLessonTakesThePlaceOfTheKindThatWasForgottenForIt() throws {
        let inventory = try Inventory()
        func lesson(_ number: UInt64, forgotten: UInt64? = nil) -> Happening {
            var lesson = Lesson(
                fingerprint: Fingerprint(number), style: OfferStyle(.binl), loader: 0,
                teacher: ClientHardware(MACAddress(number)))
            lesson.forgotten = forgotten.map { Fingerprint($0) }
            return (time: Int64(number), event: .learned(lesson))
        }
        try inventory.record([lesson(1), lesson(2), lesson(3, forgotten: 1), lesson(4, forgotten: 9)])
        #expect(try inventory.lessons().map(\.fingerprint) == [4, 3, 2].map { Fingerprint($0) })
    }
}
