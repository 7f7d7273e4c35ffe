import BootPolicy
import Exchange
import Inventory
import LinuxIO
import Settings
import Testing
import Wire

@testable import ControlPlane

@Suite("the log in memory")
struct LogBookTests {
    private func line(_ name: String, _ value: String = "") -> LogLine {
        LogLine(time: 0, level: .info, name: name, fields: [("key", value)])
    }

    @Test("the oldest lines make room, and numbers go on")
    func bounds() {
        var book = LogBook(now: 1000, mostLines: 300)
        for number in 1...2000 {
            book.add(line("\(number)"))
            #expect(book.count <= 300)
        }
        #expect(book.lastNumber == 3000)
        #expect(book.lines(after: 0).map(\.name) == (1701...2000).map(String.init))
        #expect(book.lines(after: 2998).map(\.number) == [2999, 3000])
        #expect(book.lines(after: 3000).isEmpty && book.lines(after: 9999).isEmpty)
        #expect(book.lines(after: -5).count == 300)
    }

    @Test("what is kept has a weight, and the last line stays whatever it weighs")
    func octets() {
        var book = LogBook(now: 0, mostOctets: 10_000)
        for _ in 1...100 { book.add(line("a", String(repeating: "x", count: 1000))) }
        #expect((2...10).contains(book.count))
        book.add(line("b", String(repeating: "x", count: 100_000)))
        #expect(book.lines(after: 0).map(\.name) == ["b"])
    }
}

@Suite("lines for the journal")
struct JournalEntryTests {
    private func entry(_ fields: [(key: String, value: String)], _ subject: LogSubject = LogSubject()) -> JournalEntry {
        JournalEntry(LogLine(time: 0, level: .warning, name: "tftp.refused", fields: fields, subject: subject))
    }

    @Test("every field has a name that the journal takes, and the line for people is its message")
    func fields() {
        let subject = LogSubject(
            card: MACAddress(0x5254_0000_0001), address: IPAddress(IPv4Address(192, 0, 2, 7)), host: "web1")
        let octets = entry([("client", "192.0.2.7:1"), ("max-size", "3"), ("code", "PF-T001")], subject).octets
        #expect(
            String(decoding: octets, as: UTF8.self) == """
                MESSAGE=tftp.refused client=192.0.2.7:1 max-size=3 code=PF-T001
                PRIORITY=4
                SYSLOG_IDENTIFIER=pilotfish
                PILOTFISH_EVENT=tftp.refused
                PILOTFISH_MAC=52:54:00:00:00:01
                PILOTFISH_ADDRESS=192.0.2.7
                PILOTFISH_CLIENT=192.0.2.7:1
                PILOTFISH_MAX_SIZE=3
                PILOTFISH_CODE=PF-T001
                PILOTFISH_HOST=web1

                """)
    }

    @Test("a value of several lines has its length before it and can be no field of its own")
    func lines() {
        let octets = entry([("file", "a\nPRIORITY=0")]).octets
        let wanted = Array("PILOTFISH_FILE\n".utf8) + [12, 0, 0, 0, 0, 0, 0, 0] + Array("a\nPRIORITY=0\n".utf8)
        #expect(Array(octets.suffix(wanted.count)) == wanted)
    }

    @Test("long values are cut between two characters", arguments: [8190, 8191, 8192, 8193])
    func long(length: Int) throws {
        let octets = entry([("file", String(repeating: "x", count: length) + "€" + String(repeating: "y", count: 9000))]
        )
        .octets
        #expect(octets.count < 20_000)
        let text = try #require(String(validating: octets, as: UTF8.self))
        #expect(text.contains("\nPILOTFISH_FILE=" + String(repeating: "x", count: min(length, 8192)) + "\n"))
    }

    @Test("of two values with one name the first counts; names too long are left out")
    func names() {
        let subject = LogSubject(card: MACAddress(0x5254_0000_0001))
        let fields = entry([("mac", "forged"), (String(repeating: "k", count: 60), "v")], subject).fields
        #expect(fields.filter { $0.name == "PILOTFISH_MAC" }.map(\.value) == ["52:54:00:00:00:01"])
        #expect(fields.count == 5)
    }
}

@Suite("levels and questions of the log")
struct LogCommandTests {
    private static let address = IPAddress(IPv4Address(192, 0, 2, 7))
    private static let card = MACAddress(0x5254_0000_0001)

    /// A probe, which is told when TFTP is debugged, and a refusal.
    private func happen(_ house: QuietHouse, at time: Int64 = 0) {
        let client = IPEndpoint(address: Self.address, port: 1)
        house.log.tell(
            .transferEnded(
                TransferFacts(client: client, name: "probed", size: 1, blockSize: 512, windowSize: 1),
                TransferEnding(outcome: .sizeProbe, bytes: 0, duration: .zero, retransmitted: 0)), time: time)
        house.log.tell(.transferRefused(client: client, name: "refused", reason: .accessDenied), time: time)
        house.log.tell(.notice(Notice(.info, "noticed")), time: time)
    }

    private func lines(_ house: QuietHouse, _ question: String) throws -> [String] {
        let answer = try #require(try house.monitor.answer(question.split(separator: " ").map(String.init)))
        return answer.split(separator: "\n").dropFirst().map(String.init)
    }

    @Test("a level holds for its subsystem, by command until the settings are read again")
    func levels() throws {
        let house = try QuietHouse()
        happen(house)
        #expect(try lines(house, "log").count == 2)
        let levels = try #require(try house.monitor.answer(["log-level", "tftp=debug", "service=error"]))
        #expect(levels.contains("tftp=debug\nhttp=info\n") && levels.hasSuffix("service=error"))
        happen(house)
        #expect(try lines(house, "log").filter { $0.contains("tftp.probe") }.count == 1)
        #expect(try lines(house, "log").filter { $0.contains("noticed") }.count == 1)
        house.log.follow(Settings().log)
        happen(house)
        #expect(try lines(house, "log").count == 6)
        #expect(try house.monitor.answer(["log-level", "all=error"])?.contains("info") == false)
    }

    @Test("the settings set levels of subsystems")
    func settings() throws {
        var settings = Settings().log
        settings.level = .error
        settings.levels = [.tftp: .debug]
        let house = try QuietHouse(settings)
        happen(house)
        #expect(try lines(house, "log").map { $0.contains(" tftp.") } == [true, true])
    }

    @Test(
        "questions that cannot be answered say why",
        arguments: [
            ("log-level tftp", "write SUBSYSTEM=LEVEL, not \"tftp\""),
            ("log-level tftp=loud", "there is no level loud, but debug, info, warning, error"),
            ("log level=loud", "there is no level loud, but debug, info, warning, error"),
            ("log colour=red", "log does not know colour=red"),
            ("log machine=nobody", "nobody is no host, no card and no three words of a machine that was seen"),
            (
                "log-level dhcp=debug dns=debug",
                "there is no subsystem dns, but dhcp, tftp, http, mirror, install, hook, webhook, survey, service and all"
            ),
        ])
    func wrong(question: String, answer: String) throws {
        let house = try QuietHouse()
        let error = #expect(throws: CommandFailure.self) {
            try house.monitor.answer(question.split(separator: " ").map(String.init))
        }
        #expect(error?.description == answer)
        // All of a command or nothing.
        #expect(house.log.settings.levels.isEmpty)
    }

    @Test("lines are found by host, card and address, whoever had the address then")
    func machines() throws {
        let house = try QuietHouse()
        happen(house)
        house.context.addresses.note(IPv4Address(192, 0, 2, 7), ClientHardware(Self.card))
        happen(house)
        house.context.addresses.note(IPv4Address(192, 0, 2, 7), ClientHardware(MACAddress(0x5254_0000_0002)))
        happen(house)
        let count = try lines(house, "log machine=web1").count
        #expect(count == 1)
        #expect(try lines(house, "log machine=52:54:00:00:00:01") == lines(house, "log machine=web1"))
        // Of the first one no card is known, and the second machine has the address now.
        #expect(try lines(house, "log machine=52:54:00:00:00:02").count == 2)
        #expect(try lines(house, "log machine=192.0.2.7").count == 3)
        #expect(try lines(house, "log machine=192.0.2.8").isEmpty)
    }

    @Test("pages begin where the last one ended, and JSON says the same")
    func pages() throws {
        let house = try QuietHouse()
        for time in 1...400 { happen(house, at: Int64(time) * 1000) }
        let words = ["log", "level=warning", "json"]
        let first = try #require(try house.monitor.answer(words)).split(separator: "\n").map(String.init)
        #expect(first.count == 401)
        let next = try #require(try house.monitor.answer(words + ["after=\(first[0])"]))
        #expect(next == first[0])
        let whole = try #require(try house.monitor.answer(["log"])).split(separator: "\n").map(String.init)
        #expect(whole.count == 501)
        #expect(try lines(house, "log after=\(whole[0])").count == 300)
        let line = try #require(first.dropFirst().first)
        #expect(
            line.contains(
                "\"time\":1000,\"level\":\"warning\",\"event\":\"tftp.refused\",\"code\":\"PF-T002\",\"mac\":null"))
        #expect(line.contains("\"fields\":{\"client\":\"192.0.2.7:1\",\"file\":\"refused\""))
    }

    @Test(
        "a transfer that failed has a code, where that is trouble",
        arguments: [
            (.timedOut, "PF-T021"), (.refusedByClient(code: 3), "PF-T020"), (.readFailed, "PF-T006"),
            (.superseded, nil), (.serviceStopped, nil), (.completed, nil),
        ] as [(TransferEnding.Outcome, String?)])
    func codes(outcome: TransferEnding.Outcome, code: String?) {
        let facts = TransferFacts(
            client: IPEndpoint(address: Self.address, port: 1), name: "n", size: 1, blockSize: 512, windowSize: 1)
        let ending = TransferEnding(outcome: outcome, bytes: 0, duration: .zero, retransmitted: 0)
        let text = EventText(.transferEnded(facts, ending), interfaceName: { "\($0)" })
        #expect(text.fields.first { $0.key == "code" }?.value == code)
        #expect((text.level >= .warning) == (code != nil))
    }

    @Test("no two failures have one code")
    func distinct() {
        let codes = TransferFailure.allCases.map(\.code) + TransferRefusal.allCases.map(\.code)
        #expect(Set(codes).count == codes.count)
        for failure in TransferFailure.allCases {
            #expect(!failure.summary.isEmpty && failure.explanation.hasSuffix("."))
        }
    }

    @Test("what is old is left out")
    func since() throws {
        let house = try QuietHouse()
        happen(house, at: 0)
        happen(house, at: Clock.wallMilliseconds)
        #expect(try lines(house, "log since=1h").count == 2)
    }
}
