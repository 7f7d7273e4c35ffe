import BootPolicy
import Inventory
import Testing
import Wire

/// How events are written down and how long they stay.
@Suite struct EventTests {
    @Test func everyKindHasItsWords() throws {
        let inventory = try Inventory()
        let ending = TransferEnding(outcome: .refusedByClient(code: 8), bytes: 5, duration: .zero, retransmitted: 2)
        let events: [BootEvent] = [
            answered(try client(firstMAC)),
            .refused(try client(firstMAC), interface: 2, reason: .loaderMissing),
            .transferStarted(transfer(secondAddress)),
            .transferEnded(transfer(secondAddress), ending),
            download(secondAddress, "boot.ipxe", status: 404),
            .interfaceChanged(name: "eth0", address: firstAddress, isUp: true),
            .interfaceChanged(name: "eth0", address: nil, isUp: false),
            notice("hello"),
        ]
        try inventory.record(events.map { (1, $0) })
        let rows = try Array(inventory.recentEvents(limit: 100).reversed())
        #expect(
            rows.map(\.summary) == [
                "52:54:00:00:00:01 (x64-uefi, firmware) is told to boot snponly.efi",
                "52:54:00:00:00:01 (x64-uefi, firmware) gets no answer: the loader file is missing, or not readable [PF-D011]",
                "10.0.0.101 fetches snponly.efi by TFTP",
                "10.0.0.101 gave up (error 8) on snponly.efi by TFTP",
                "10.0.0.101 has fetched boot.ipxe by HTTP: 404",
                "eth0 is up with 10.0.0.100",
                "eth0 is down",
                "hello",
            ])
        #expect(rows[0].details["port"] == "67" && rows[0].details["shape"] == "binl")
        #expect(rows[3].details["retransmitted"] == "2" && rows[3].details["outcome"] == "refused-by-client")
        #expect(rows[7].details == ["level": "warning"])
        #expect(rows.map(\.id) == rows.map(\.id).sorted())
    }

    @Test(
        "what became of a mirror's file",
        arguments: [
            (.fetched(octets: 7, .milliseconds(20)), "fetched, 7 octets", ["octets": "7", "milliseconds": "20"]),
            (.confirmed, "still the same, says its server", [:]),
            (.failed("no route"), "not to be had: no route", ["reason": "no route"]),
            (
                .stale("no route"), "served though it is old, for its server cannot be asked: no route",
                ["reason": "no route"]
            ),
            (.wrongChecksum(found: "ab"), "not the file that the settings mean", ["found": "ab"]),
            (.dropped(files: 2, octets: 9), "made 2 others go, 9 octets", ["files": "2", "octets": "9"]),
        ] as [(MirrorEvent.Outcome, String, [String: String])])
    func mirrored(outcome: MirrorEvent.Outcome, sentence: String, details: [String: String]) throws {
        let inventory = try Inventory()
        try inventory.record([(1, .mirrored(MirrorEvent(mirror: "d", url: "http://up/a", outcome: outcome)))])
        let row = try #require(try inventory.recentEvents(limit: 1).first)
        #expect(row.summary == "http://up/a: \(sentence)")
        var more = row.details
        #expect(more.removeValue(forKey: "mirror") == "d" && more.removeValue(forKey: "url") == "http://up/a")
        #expect(more.removeValue(forKey: "outcome")?.isEmpty == false)
        #expect(more == details)
    }

    @Test func namesFromTheNetworkCannotSteerATerminal() throws {
        let inventory = try Inventory()
        let name = "a\u{1B}[2J\n\u{202E}\"\\" + String(repeating: "x", count: 10_000)
        try inventory.record([(1, .transferStarted(transfer(firstAddress, name)))])
        let row = try #require(try inventory.recentEvents(limit: 1).first)
        #expect(row.summary.hasPrefix("10.0.0.100 fetches a\\u{1B}[2J\\n\\u{202E}\"\\x"))
        #expect(row.summary.unicodeScalars.count < 600)
        #expect(row.details["file"] == name)
    }

    @Test("so many events are kept: the oldest make room")
    func oldestEventsGo() throws {
        let inventory = try Inventory(limits: Inventory.Limits(events: 10))
        for number in 1...25 { try inventory.record([(Int64(number), notice("\(number)"))]) }
        #expect(try inventory.recentEvents(limit: 100).map(\.summary) == (16...25).reversed().map { "\($0)" })
        try inventory.record((26...60).map { (Int64($0), notice("\($0)")) })
        #expect(try inventory.recentEvents(limit: 100).map(\.summary) == (51...60).reversed().map { "\($0)" })
        #expect(try inventory.recentEvents(limit: 3).map(\.summary) == ["60", "59", "58"])
    }

    @Test("so many machines are kept: who was seen longest ago makes room, and its events stay")
    func machinesOfLongAgoGoAndTheirEventsStay() throws {
        let inventory = try Inventory(limits: Inventory.Limits(machines: 2))
        for number in 1...4 {
            try inventory.record([(Int64(number), answered(try client("02:00:00:00:00:0\(number)")))])
        }
        #expect(try inventory.machines().map(\.mac) == ["02:00:00:00:00:04", "02:00:00:00:00:03"])
        let events = try inventory.recentEvents(limit: 10)
        #expect(events.map(\.mac) == ["02:00:00:00:00:04", "02:00:00:00:00:03", nil, nil])
        #expect(events[3].details["mac"] == "02:00:00:00:00:01")
    }

    @Test func nothingToRecordIsNothing() throws {
        let inventory = try Inventory()
        try inventory.record([])
        #expect(try inventory.recentEvents(limit: 1).isEmpty)
    }
}
