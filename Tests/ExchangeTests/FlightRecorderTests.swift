import Exchange
import Testing
import Wire

/// What the flight recorder keeps, and what it drops for it.
@Suite("flight recorder")
struct FlightRecorderTests {
    private static func client(_ number: Int) -> FlightClient { .card(ClientHardware(MACAddress(UInt64(number)))) }

    private static func facts(_ time: Int, _ content: FlightFacts.Content = .datagram) -> FlightFacts {
        FlightFacts(content, time: Instant(nanoseconds: Int64(time)), isOutgoing: false)
    }

    private static func octets(_ count: Int, _ seed: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed) }
    }

    @Test("octets of any length come back as they were", arguments: [0, 1, 191, 192, 193, 384, 385, 1500, 2048])
    func lengths(count: Int) {
        let recorder = FlightRecorder(octets: 1 << 20)
        for seed in 0..<3 {
            let octets = Self.octets(count, seed)
            recorder.keep(octets.span.bytes, Self.facts(seed), of: Self.client(1))
        }
        #expect(recorder.records().map(\.octets) == (0..<3).map { Self.octets(count, $0) })
    }

    @Test("what is no packet any more is left out")
    func tooLong() {
        let recorder = FlightRecorder(octets: 1 << 20)
        let octets = Self.octets(2049, 0)
        recorder.keep(octets.span.bytes, Self.facts(0), of: Self.client(1))
        #expect(recorder.records().isEmpty)
        #expect(recorder.usage.clients == 0)
    }

    @Test("with no memory nothing is kept")
    func off() {
        let recorder = FlightRecorder(octets: 0)
        let octets: [UInt8] = [1]
        recorder.keep(octets.span.bytes, Self.facts(0), of: Self.client(1))
        #expect(!recorder.isOn)
        #expect(recorder.records().isEmpty)
    }

    @Test("who asks for so many octets gets those of who was heard of last")
    func mostOctets() {
        let recorder = FlightRecorder(octets: 1 << 20)
        let octets = Self.octets(300, 0)
        for number in 0..<10 { recorder.keep(octets.span.bytes, Self.facts(number), of: Self.client(number)) }
        let records = recorder.records(most: 1000)
        #expect(records.map(\.client) == [Self.client(8), Self.client(9)])
        #expect(recorder.records(most: 100).isEmpty)
        #expect(recorder.records().count == 10)
    }

    @Test("a client keeps its latest packets and its latest events, each so many")
    func share() {
        let recorder = FlightRecorder(octets: 1 << 20)
        let most = FlightRecorder.mostOfOne
        for time in 0..<3 * most {
            let octets = Self.octets(300, time)
            recorder.keep(octets.span.bytes, Self.facts(2 * time), of: Self.client(1))
            recorder.keep(event: "event \(time)", at: Instant(nanoseconds: Int64(2 * time + 1)), of: Self.client(1))
        }
        let records = recorder.records(of: [Self.client(1)])
        #expect(records.count == 2 * most)
        #expect(records.filter { $0.facts.content == .event }.count == most)
        #expect(records.first?.octets == Self.octets(300, 2 * most))
        #expect(records.last.map { String(decoding: $0.octets, as: UTF8.self) } == "event \(3 * most - 1)")
        #expect(records.map(\.facts.time) == records.map(\.facts.time).sorted())
    }

    @Test("events alone make no client")
    func eventsOnly() {
        let recorder = FlightRecorder(octets: 1 << 20)
        recorder.keep(event: "http.sent", at: Instant(nanoseconds: 1), of: Self.client(1))
        #expect(recorder.usage.clients == 0)
    }

    @Test("when memory is full, who was heard of longest ago is forgotten first")
    func forgetting() {
        let recorder = FlightRecorder(octets: 1 << 16)
        let octets = Self.octets(380, 0)
        for number in 0..<1000 {
            recorder.keep(octets.span.bytes, Self.facts(number), of: Self.client(number))
            // The first one speaks again and again.
            recorder.keep(octets.span.bytes, Self.facts(number), of: Self.client(0))
        }
        let usage = recorder.usage
        #expect(usage.used <= usage.capacity)
        #expect(usage.capacity == 1 << 16)
        #expect(usage.clients + usage.forgotten == 1000)
        #expect(!recorder.records(of: [Self.client(0)]).isEmpty)
        #expect(!recorder.records(of: [Self.client(999)]).isEmpty)
        #expect(recorder.records(of: [Self.client(1)]).isEmpty)
        #expect(recorder.records().allSatisfy { $0.octets == octets })
    }

    @Test("a recorder smaller than a packet keeps none, and stands it", arguments: [1, 100, 400, 1000, 2000])
    func tiny(size: Int) {
        let recorder = FlightRecorder(octets: size)
        for number in 0..<100 {
            let octets = Self.octets(number * 20, number)
            recorder.keep(octets.span.bytes, Self.facts(number), of: Self.client(number % 7))
        }
        #expect(recorder.usage.used <= size)
    }

    @Test("a long life leaves every chain whole")
    func longLife() {
        let recorder = FlightRecorder(octets: 100_000)
        var expected: [Int: [[UInt8]]] = [:]
        for step in 0..<20_000 {
            let number = step &* 7919 % 97
            let octets = Self.octets(step &* 31 % 700, step)
            recorder.keep(octets.span.bytes, Self.facts(step), of: Self.client(number))
            expected[number, default: []].append(octets)
        }
        for (number, sent) in expected {
            let kept = recorder.records(of: [Self.client(number)]).map(\.octets)
            #expect(kept == Array(sent.suffix(kept.count)))
        }
        #expect(recorder.usage.used <= recorder.usage.capacity)
    }

    @Test("a flood of made-up machines is kept in part, and washes nobody away")
    func flood() {
        let recorder = FlightRecorder(octets: 16 << 20)
        let octets = Self.octets(300, 0)
        recorder.keep(octets.span.bytes, Self.facts(0), of: Self.client(0))
        // 100,000 in ten seconds; after the first 4,096, 250 a second.
        for number in 1...100_000 {
            recorder.keep(octets.span.bytes, Self.facts(number * 100_000), of: Self.client(number))
        }
        let usage = recorder.usage
        #expect(usage.forgotten == 0)
        #expect((6500...6700).contains(usage.clients))
        #expect(usage.clients + usage.leftOut == 100_001)
        #expect(recorder.records(of: [Self.client(0)]).count == 1)
        // Whoever is known is heard on; and when the flood is over, everybody is.
        let end = 10_000_000_000
        recorder.keep(octets.span.bytes, Self.facts(end), of: Self.client(0))
        recorder.keep(octets.span.bytes, Self.facts(end + 1_000_000_000), of: Self.client(200_000))
        #expect(recorder.records(of: [Self.client(0), Self.client(200_000)]).count == 3)
    }
}
