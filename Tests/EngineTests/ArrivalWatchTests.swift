import BootPolicy
import Testing
import Wire

@testable import DHCPEngine
@testable import Exchange

/// Requests that the card brought and no socket did.
@Suite("arrivals")
struct ArrivalWatchTests {
    private static let client = IPv4Address(10, 0, 0, 7)

    private static func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: 1_000_000_000_000) + .seconds(seconds) }

    @Test("who asks twice and is not heard is told of, once a minute")
    func unheard() {
        var watch = ArrivalWatch()
        #expect(watch.deadline == nil)
        var told: [Int64] = []
        for second in 0..<100 {
            if second % 4 == 0 { watch.note(Self.client, port: 69, interface: 3, now: Self.at(Int64(second))) }
            let news = watch.due(now: Self.at(Int64(second))) { _, _, _ in false }
            if let first = news.first {
                #expect(first == UnheardRequest(client: Self.client, port: 69, interface: 3))
                told.append(Int64(second))
            }
        }
        #expect(told.count == 2)
        #expect(told.first.map { (10...12).contains($0) } == true)
    }

    @Test("who is heard, or asks once only, is not")
    func heard() {
        let requests = HeardRequests()
        var watch = ArrivalWatch()
        for second in [Int64(0), 4] {
            watch.note(Self.client, port: 69, interface: 3, now: Self.at(second))
            requests.note(Self.client, port: 69, now: Self.at(second))
        }
        watch.note(Self.client, port: 4011, interface: 3, now: Self.at(4))
        var news: [UnheardRequest] = []
        for second in Int64(5)..<60 {
            news += watch.due(now: Self.at(second)) { requests.wasHeard($0, port: $1, since: $2) }
        }
        #expect(news.isEmpty)
        #expect(watch.deadline == nil)
    }

    @Test("a thread that waits for a slow disk takes a request later, which is no firewall; port 4011 has no disk")
    func slow() {
        let requests = HeardRequests()
        var watch = ArrivalWatch()
        for second in [Int64(0), 4] {
            watch.note(Self.client, port: 69, interface: 3, now: Self.at(second))
            watch.note(Self.client, port: 4011, interface: 3, now: Self.at(second))
        }
        var news: [UnheardRequest] = []
        for second in Int64(5)..<20 {
            if second == 8 { requests.note(Self.client, port: 69, now: Self.at(second)) }
            let due = watch.due(now: Self.at(second)) { requests.wasHeard($0, port: $1, since: $2) }
            #expect(due.isEmpty || second < 8)
            news += due
        }
        #expect(news.map(\.port) == [4011])
    }

    @Test("a flood of forged addresses fills no memory")
    func flood() {
        var watch = ArrivalWatch()
        for number in UInt32(0)..<5000 {
            for _ in 0..<2 { watch.note(IPv4Address(number + 1), port: 69, interface: 3, now: Self.at(0)) }
        }
        let news = watch.due(now: Self.at(11)) { _, _, _ in false }
        #expect(news.count == 256)
    }

    @Test("doors: only where somebody of ours listens")
    func doors() {
        let requests = HeardRequests()
        let here = Endpoint(address: IPv4Address(10, 0, 0, 2), port: 69)
        #expect(!requests.isOpen(here))
        requests.open([IPEndpoint(address: IPAddress(IPv4Address(10, 0, 0, 3)), port: 69)])
        #expect(!requests.isOpen(here))
        requests.open([IPEndpoint(address: IPAddress(.any), port: 69)])
        #expect(requests.isOpen(here))
        #expect(!requests.isOpen(Endpoint(address: here.address, port: 4011)))
    }
}
