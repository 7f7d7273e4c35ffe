import Testing
import Wire

@testable import TFTPEngine

@Suite("What a source may ask")
struct SourceTableTests {
    private static let client = IPAddress(IPv4Address(10, 0, 0, 1))

    private static func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    @Test("a second's worth of requests at once, then as many as a second earns")
    func requests() {
        var table = SourceTable(mostTransfers: 4, mostOfNetwork: 8, requestsPerSecond: 10)
        func asked(_ requests: Int, at time: Int64) -> Int {
            var count = 0
            for _ in 0..<requests where table.mayAsk(Self.client, now: Self.at(time)) { count += 1 }
            return count
        }
        #expect(asked(15, at: 0) == 10)
        #expect(asked(5, at: 50) == 0)
        #expect(asked(5, at: 300) == 3)
        #expect(asked(50, at: 10_000_000) == 10)
        let other = table.mayAsk(IPAddress(IPv4Address(10, 0, 0, 2)), now: Self.at(0))
        #expect(other)
    }

    @Test("T126 so many transfers at once, and again when one has ended")
    func transfers() {
        var table = SourceTable(mostTransfers: 2, mostOfNetwork: 8, requestsPerSecond: 10)
        let may = table.mayAsk(Self.client, now: Self.at(0))
        #expect(may)
        table.began(Self.client)
        #expect(table.mayBegin(Self.client))
        table.began(Self.client)
        #expect(!table.mayBegin(Self.client))
        table.ended(Self.client)
        #expect(table.mayBegin(Self.client))
    }

    @Test("a /64 of IPv6 has a share of the slots, and each of its addresses an allowance of its own")
    func network() {
        var table = SourceTable(mostTransfers: 2, mostOfNetwork: 3, requestsPerSecond: 10)
        let hosts = (1...3 as ClosedRange<UInt64>).map { IPAddress(high: 0x2001_0DB8 << 32, low: $0) }
        func begins(_ address: IPAddress) -> Bool {
            guard table.mayAsk(address, now: Self.at(0)), table.mayBegin(address) else { return false }
            table.began(address)
            table.proved(address)
            return true
        }
        #expect([begins(hosts[0]), begins(hosts[0]), begins(hosts[0])] == [true, true, false])
        #expect([begins(hosts[1]), begins(hosts[2])] == [true, false])
        let elsewhere = begins(IPAddress(high: 0x2001_0DB8 << 32 | 1, low: 1))
        #expect(elsewhere)
        let old = begins(Self.client)
        #expect(old)
        table.ended(hosts[0], isProved: true)
        let again = begins(hosts[2])
        #expect(again)
    }

    @Test("T125 a flood from forged addresses does not grow the table, and forgets nobody who has a transfer")
    func flood() {
        var table = SourceTable(mostTransfers: 1, mostOfNetwork: 8, requestsPerSecond: 10, capacity: 100)
        let may = table.mayAsk(Self.client, now: Self.at(0))
        #expect(may)
        table.began(Self.client)
        for number in 0..<10_000 as Range<UInt32> {
            let isNew = table.mayAsk(IPAddress(IPv4Address(0xC000_0000 + number)), now: Self.at(1))
            #expect(isNew)
        }
        #expect(table.count <= 102)
        #expect(!table.mayBegin(Self.client))
    }
}

@Suite("What is sent to those who have proved nothing")
struct UnprovenBudgetTests {
    private static func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    @Test("T127 256 KiB at once, 32 KiB a second from then on, shared by the workers", arguments: [1, 2, 4])
    func allowance(workers: Int) {
        var budget = UnprovenBudget(workers: workers, now: Self.at(0))
        func paid(_ octets: Int, at time: Int64) -> Int {
            var sum = 0
            while budget.take(octets, now: Self.at(time)) { sum += octets }
            return sum
        }
        #expect(paid(512, at: 0) == 256 << 10 / workers)
        // Whoever asks all the time loses nothing of what is earned, and gains nothing.
        let drops = (1...1000).reduce(0) { $0 + paid(1, at: Int64($1)) }
        #expect((32_767 / workers...32_768 / workers).contains(drops))
        #expect(paid(512, at: 100_000_000) == 256 << 10 / workers)
    }

    @Test(
        "repetitions that nobody asked for leave half of it; what is given back can be lent again, and no more than that"
    )
    func reserve() {
        var budget = UnprovenBudget(workers: 1, now: Self.at(0))
        func lent(_ take: (inout UnprovenBudget) -> Bool) -> Int {
            var count = 0
            while take(&budget) { count += 1 }
            return count
        }
        #expect(lent { $0.takeUnasked(1 << 10, now: Self.at(0)) } == 128)
        #expect(lent { $0.take(1 << 10, now: Self.at(0)) } == 128)
        budget.giveBack(10 << 10)
        #expect(lent { $0.takeUnasked(1 << 10, now: Self.at(0)) } == 0)
        #expect(lent { $0.take(1 << 10, now: Self.at(0)) } == 10)
        budget.giveBack(1 << 30)
        #expect(lent { $0.take(1 << 10, now: Self.at(0)) } == 256)
    }

    @Test("sixteen answers are lent to one address, then as many more as it acknowledges, and one a second")
    func loans() {
        let client = IPAddress(IPv4Address(10, 0, 0, 1))
        var table = SourceTable(mostTransfers: 99, mostOfNetwork: 8, requestsPerSecond: 10)
        let may = table.mayAsk(client, now: Self.at(0))
        #expect(may)
        func borrowed(at time: Int64) -> Int {
            var count = 0
            while table.mayBorrow(client, now: Self.at(time)) {
                table.borrowed(client, now: Self.at(time))
                count += 1
            }
            return count
        }
        #expect(borrowed(at: 0) == 16)
        #expect(borrowed(at: 999) == 0)
        table.proved(client, answers: 3)
        #expect(borrowed(at: 999) == 3)
        table.ended(client)
        #expect(borrowed(at: 999) == 0)
        #expect(borrowed(at: 2100) == 2)
        table.proved(client, answers: 99)
        #expect(borrowed(at: 2200) == 16)
        let other = table.mayBorrow(IPAddress(IPv4Address(10, 0, 0, 2)), now: Self.at(0))
        #expect(other)
    }

    @Test("who acknowledges transfers is trusted with some answers; a flood of others does not take that away")
    func trust() {
        let known = IPAddress(IPv4Address(10, 0, 0, 1))
        var table = SourceTable(mostTransfers: 9, mostOfNetwork: 8, requestsPerSecond: 10, capacity: 100)
        let may = table.mayAsk(known, now: Self.at(0))
        #expect(may)
        let early = table.spendTrust(of: known)
        #expect(!early)
        for _ in 0..<9 { table.proved(known) }
        for number in 0..<10_000 as Range<UInt32> {
            _ = table.mayAsk(IPAddress(IPv4Address(0xC000_0000 + number)), now: Self.at(1))
        }
        var spent = 0
        while table.spendTrust(of: known) { spent += 1 }
        #expect(spent == 16)
    }
}

@Suite("Half-open transfers")
struct HalfOpenListTests {
    @Test("the oldest first, whoever leaves in between")
    func order() {
        var list = HalfOpenList(capacity: 8)
        for id in [3, 1, 4, 5] { list.append(id) }
        list.append(3)
        list.remove(1)
        list.remove(1)
        #expect(list.count == 3)
        var order: [Int] = []
        while let id = list.oldest {
            order.append(id)
            list.remove(id)
        }
        #expect(order == [3, 4, 5])
        #expect(list.count == 0)
        list.append(7)
        #expect(list.oldest == 7)
    }
}

@Suite("The window that is granted")
struct WindowGrantTests {
    /// Octets a second.
    private static let gigabit = 125_000_000

    private static func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    @Test(
        "4.10 a share of what waits 30 ms on the link, never less than EDK2's four, never more than the setting",
        arguments: [
            (125_000_000, 0, 64), (125_000_000, 40, 64), (125_000_000, 100, 26), (125_000_000, 1000, 4),
            (12_500_000, 0, 64), (12_500_000, 10, 23), (1_250_000_000, 1000, 26), (1, 0, 4),
        ])
    func share(octetsPerSecond: Int, transfers: Int, window: Int) {
        let grant = WindowGrant(most: 64, now: Self.at(0))
        #expect(
            grant.largest(blockSize: 1428, transfers: transfers, octetsPerSecond: octetsPerSecond) == window)
    }

    @Test("a setting below four is kept")
    func setting() {
        let grant = WindowGrant(most: 1, now: Self.at(0))
        #expect(grant.largest(blockSize: 1428, transfers: 0, octetsPerSecond: Self.gigabit) == 1)
    }

    @Test("4.10 more than 1 % lost in a second: 16; more than 5 %: 4; a clean or a quiet one: as before")
    func losses() {
        var grant = WindowGrant(most: 64, now: Self.at(0))
        func window(sent: Int64, repeated: Int64, at time: Int64) -> Int {
            grant.note(sent: sent, repeated: repeated)
            grant.review(now: Self.at(time))
            return grant.largest(blockSize: 1428, transfers: 0, octetsPerSecond: Self.gigabit)
        }
        #expect(window(sent: 10_000, repeated: 200, at: 500) == 64)
        #expect(window(sent: 0, repeated: 0, at: 1000) == 16)
        #expect(window(sent: 10_000, repeated: 600, at: 2000) == 4)
        #expect(window(sent: 10_000, repeated: 50, at: 3000) == 64)
        #expect(window(sent: 10_000, repeated: 600, at: 4000) == 4)
        #expect(window(sent: 10, repeated: 5, at: 5000) == 64)
    }
}
