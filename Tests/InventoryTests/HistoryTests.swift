import BootPolicy
import Fleet
import Foundation
import Inventory
import Testing
import Wire

/// What is kept of a machine and of what happened, and how long.
@Suite struct HistoryTests {
    private func machine(_ inventory: Inventory) throws -> Machine {
        try #require(try inventory.machine(mac: firstMAC))
    }

    /// Interface, relay, circuit and remote.
    private func place(_ inventory: Inventory) throws -> [String?] {
        let place = try machine(inventory).place
        return [place.interface, place.relay?.description, place.circuit, place.remote]
    }

    @Test func whereAMachineIs() throws {
        let inventory = try Inventory()
        try inventory.record([(1, answered(try client(firstMAC)))])
        #expect(try machine(inventory).vendorClass == "PXEClient")
        #expect(try place(inventory) == ["eth0", nil, nil, nil])

        var relayed = try client(firstMAC)
        relayed.interfaceName = "eth1"
        relayed.relay = IPv4Address(10, 1, 0, 1)
        relayed.relayInformation = ShortBytes([1, 4] + Array("ge-1".utf8) + [2, 2, 0, 0x1F])
        try inventory.record([(2, answered(relayed))])
        let relayedPlace = ["eth1", "10.1.0.1", "ge-1", "0x001f"]
        #expect(try place(inventory) == relayedPlace)

        // What comes to port 4011 goes past the relay.
        try inventory.record([(3, answered(try client(firstMAC, address: firstAddress), port: .bootService))])
        #expect(try place(inventory) == relayedPlace)
        // Its cable was plugged in elsewhere.
        try inventory.record([(4, .refused(try client(firstMAC), interface: 2, reason: .loaderMissing))])
        #expect(try place(inventory) == ["eth0", nil, nil, nil])
    }

    @Test func theClassIsThatOfTheFirmware() throws {
        let inventory = try Inventory()
        var firmware = try client(firstMAC)
        firmware.vendorClass = try #require(ShortBytes(Array("PXEClient:Arch:00007:UNDI:003016".utf8)))
        try inventory.record([(1, answered(firmware)), (2, answered(try client(firstMAC, stage: .foreignIPXE)))])
        #expect(try machine(inventory).vendorClass == "PXEClient:Arch:00007:UNDI:003016")
    }

    private func install(_ host: String, _ state: String) -> BootEvent {
        .install(
            InstallEvent(
                host: host, rollout: 1, target: "debian", from: "armed", to: state, attempt: 1, reason: ""))
    }

    @Test func installsAreInTheHistoryOfTheirMachine() throws {
        let inventory = try Inventory()
        let cards = [firstMAC, secondMAC].compactMap { MACAddress($0) }
        try inventory.keep(NamedMachine(name: "node1", hardware: cards))
        try inventory.record([
            (1, install("node1", "claimed")), (2, answered(try client(firstMAC))),
            (3, answered(try client(secondMAC))), (4, install("node1", "installing")), (5, install("other", "done")),
        ])
        let rows = try inventory.events(after: 0, limit: 10)
        #expect(rows.map(\.mac) == [nil, firstMAC, secondMAC, secondMAC, nil])
        #expect(rows[3].summary == "the install of debian on node1 is installing")
        let own = try inventory.events(after: 0, machines: [try #require(rows[3].machineID)], limit: 10)
        #expect(own.map(\.id) == [3, 4])
    }

    @Test func theHistoryIsReadByPages() throws {
        let inventory = try Inventory()
        try inventory.record((1...25).map { (Int64($0 * 10), notice("\($0)")) })
        var read: [String] = []
        var last: Int64 = 0
        while true {
            let page = try inventory.events(after: last, since: 45, limit: 10)
            guard let end = page.last else { break }
            read += page.map(\.summary)
            last = end.id
        }
        #expect(read == (5...25).map { "\($0)" })
        #expect(try inventory.events(after: 0, machines: [], limit: 10).isEmpty)
    }

    private static let day: Int64 = 86_400_000

    @Test func oldEventsGo() throws {
        let inventory = try Inventory(limits: Inventory.Limits(events: 100_000, days: 2))
        try inventory.record((0..<5).map { ($0 * Self.day, notice("day \($0)")) })
        #expect(try inventory.events(after: 0, limit: 10).map(\.summary) == ["day 2", "day 3", "day 4"])
        try inventory.record([(6 * Self.day, notice("day 6"))])
        #expect(try inventory.events(after: 0, limit: 10).map(\.summary) == ["day 4", "day 6"])
        // Nothing happens, nothing goes: only who writes takes the time to look.
        try inventory.record([])
        #expect(try inventory.events(after: 0, limit: 10).count == 2)
    }

    @Test func anyAgeWithoutALimit() throws {
        let inventory = try Inventory(limits: Inventory.Limits(events: 10, days: 0))
        try inventory.record([(0, notice("first")), (1000 * Self.day, notice("last"))])
        #expect(try inventory.events(after: 0, limit: 10).count == 2)
    }

    @Test(arguments: [Inventory.Limits(events: 10), Inventory.Limits(events: 100_000, days: 1)])
    func manyGoInSteps(limits: Inventory.Limits) throws {
        try inDirectory { directory in
            let path = directory.appending(path: "inventory.sqlite").path
            do {
                let inventory = try Inventory(path: path)
                try inventory.record((1...3500).map { (Int64($0), notice("\($0)")) })
            }
            let inventory = try Inventory(path: path, limits: limits)
            var left: [Int] = []
            for number in 1...5 {
                try inventory.record([(10 * Self.day, notice("new \(number)"))])
                left.append(try inventory.events(after: 0, limit: 10_000).count)
            }
            #expect(left.prefix(3) == [2501, 1502, 503])
            #expect(left.suffix(2) == (limits.age == nil ? [10, 10] : [4, 5]))
            #expect(try inventory.events(after: 0, limit: 10_000).last?.summary == "new 5")
        }
    }

    @Test func aStormGoesAsFastAsItComes() throws {
        let inventory = try Inventory(limits: Inventory.Limits(events: 100))
        for round in 0..<5 {
            try inventory.record((1...3000).map { (Int64(round * 3000 + $0), notice("\($0)")) })
            #expect(try inventory.events(after: 0, limit: 10_000).count == 100)
        }
    }

    @Test func whereTheMachinesOfARolloutAre() throws {
        let bench = InstallBench(inventory: try Inventory())
        let inventory = bench.inventory
        #expect(try inventory.standings(ofRollout: nil).isEmpty)
        try bench.begin(3, Rollout(target: "debian", width: 2))
        let token = try bench.tokens()["node1"]
        _ = try bench.take(.ask(.ipxe), token)
        _ = try bench.take(.begin(attempt: 1, .ipxe), token)
        _ = try bench.take(.failed("no disk"), token)
        #expect(
            try inventory.retry(host: "node1", evenDone: false, now: bench.now, token: InstallBench.token) == .armed)
        let standing = try #require(try inventory.standings(ofRollout: nil).first)
        // Of a host that was tried again the last try counts.
        #expect(standing.leases.map(\.host) == ["node1", "node2", "node3"])
        #expect(standing.leases.allSatisfy { $0.lease.state == .armed })
        #expect(standing.id == 1 && standing.rollout.width == 2)
        #expect(try inventory.standings(ofRollout: 2).isEmpty)
        _ = try inventory.abort(rollout: 1, now: bench.now)
        // Nothing is under way: the last one is shown.
        #expect(try inventory.standings(ofRollout: nil).map(\.id) == [1])
        #expect(try inventory.lastLease(of: "node1")?.lease.state == .cancelled)
        #expect(try inventory.lastLease(of: "node9") == nil)
    }
}
