import BootPolicy
import LinuxIO
import Testing
import Wire

@testable import TFTPEngine

@Suite("Requests that wait for a disk")
struct PendingOpensTests {
    private static let start = Instant(nanoseconds: 1_000_000_000)

    private static func client(_ number: Int) -> IPEndpoint {
        let address = IPv4Address(10, 0, UInt8(number >> 8 & 255), UInt8(number & 255))
        return IPEndpoint(address: IPAddress(address), port: 2070)
    }

    private static func request(_ name: String, options: [(String, Int)] = []) throws -> ReadRequest {
        try ReadRequest(PlainClient.request(name, options).span.bytes)
    }

    private static func visit(_ client: IPEndpoint) -> TransferWorker.Visit {
        TransferWorker.Visit(
            client: client, local: IPAddress(IPv4Address(10, 0, 0, 1)), interface: 1, origin: nil, socket: 0,
            octets: 20)
    }

    private static func order(
        _ name: String, mode: TransferMode = .octet, generation: Int = 0, from client: IPEndpoint = client(1)
    ) -> OpeningOrder {
        var catalog = Catalog()
        catalog.generation = generation
        catalog.naming.hasMachineDirectories = name.hasPrefix("own")
        catalog.mirrors["d"] = MirrorPlan(name: "d", upstream: "http://up")
        return OpeningOrder(
            resolution: AssetResolver.resolve(name.utf8, for: Requester(address: client.address), in: catalog),
            catalog: catalog, local: IPAddress(IPv4Address(10, 0, 0, 1)), mode: mode, translationLimit: 1 << 20)
    }

    /// The clients that an answer is for.
    private static func clients(_ waiting: [PendingOpens.Waiting]) -> Set<IPEndpoint> {
        Set(waiting.map(\.visit.client))
    }

    @Test("one opening for all who ask alike, and all of them hear")
    func joined() throws {
        var opens = PendingOpens(mostWaiting: 100)
        let request = try Self.request("a/f")
        #expect(opens.isEmpty)
        #expect(opens.add(request, Self.visit(Self.client(1)), Self.order("a/f"), now: Self.start) == .ask(ticket: 1))
        for number in 2...5 {
            let visit = Self.visit(Self.client(number))
            #expect(opens.add(request, visit, Self.order("a/f"), now: Self.start) == .joined)
        }
        #expect(Self.clients(opens.finish(1)) == Set((1...5).map(Self.client)))
        #expect(opens.isEmpty)
        // An answer that came already comes for nobody.
        #expect(opens.finish(1).isEmpty)
        #expect(opens.add(request, Self.visit(Self.client(1)), Self.order("a/f"), now: Self.start) == .ask(ticket: 2))
    }

    @Test("who asks for something else, in another way, under other settings, or has files of its own, joins nobody")
    func apart() throws {
        var opens = PendingOpens(mostWaiting: 100)
        let orders = [
            Self.order("f"), Self.order("g"), Self.order("f", mode: .netascii), Self.order("f", generation: 1),
            Self.order("own", from: Self.client(5)), Self.order("own", from: Self.client(6)),
        ]
        for (number, order) in orders.enumerated() {
            let name = number == 1 ? "g" : number < 4 ? "f" : "own"
            let visit = Self.visit(Self.client(number + 1))
            let admission = opens.add(try Self.request(name), visit, order, now: Self.start)
            #expect(admission == .ask(ticket: UInt64(number + 1)))
        }
        for number in 1...6 { #expect(Self.clients(opens.finish(UInt64(number))) == [Self.client(number)]) }
    }

    @Test("the same request again waits on; any other of that client is another")
    func repeated() throws {
        var opens = PendingOpens(mostWaiting: 100)
        let request = try Self.request("f", options: [("blksize", 1000)])
        let client = Self.client(1)
        #expect(!opens.isWaiting(client, for: request))
        _ = opens.add(request, Self.visit(client), Self.order("f"), now: Self.start)
        #expect(opens.isWaiting(client, for: request))
        #expect(!opens.isWaiting(Self.client(2), for: request))
        #expect(!opens.isWaiting(client, for: try Self.request("f")))
        #expect(!opens.isWaiting(client, for: try Self.request("g")))
    }

    @Test("a client that asks for another file meanwhile gets that one only, whichever is opened first")
    func superseded() throws {
        var opens = PendingOpens(mostWaiting: 100)
        let visit = Self.visit(Self.client(1))
        _ = opens.add(try Self.request("f"), visit, Self.order("f"), now: Self.start)
        #expect(opens.remove(visit.client)?.visit.client == visit.client)
        #expect(opens.remove(visit.client) == nil)
        _ = opens.add(try Self.request("g"), visit, Self.order("g"), now: Self.start)
        #expect(opens.finish(1).isEmpty)
        #expect(Self.clients(opens.finish(2)) == [visit.client])
    }

    @Test("back to the first file while it is still being opened: one answer, not two")
    func backAgain() throws {
        var opens = PendingOpens(mostWaiting: 100)
        let visit = Self.visit(Self.client(1))
        for name in ["f", "g", "f", "g", "f"] {
            _ = opens.remove(visit.client)
            _ = opens.add(try Self.request(name), visit, Self.order(name), now: Self.start)
        }
        #expect(opens.finish(2).isEmpty)
        #expect(opens.finish(1).count == 1)
        #expect(opens.isEmpty)
    }

    @Test("who waits for another server is told so, and not that the disk fails", arguments: ["f", "mirror/d/f"])
    func mirrored(name: String) throws {
        var opens = PendingOpens(mostWaiting: 100)
        for number in 1...2 {
            _ = opens.add(try Self.request(name), Self.visit(Self.client(number)), Self.order(name), now: Self.start)
        }
        let late = opens.expire(now: Self.start + PendingOpens.patience + .milliseconds(1))
        #expect(late.map(\.isMirrored) == Array(repeating: name.hasPrefix("mirror"), count: 2))
    }

    @Test("so many clients wait, and no more")
    func mostWaiting() throws {
        var opens = PendingOpens(mostWaiting: 3)
        let request = try Self.request("f")
        for number in 1...3 {
            #expect(opens.add(request, Self.visit(Self.client(number)), Self.order("f"), now: Self.start) != .crowded)
        }
        #expect(opens.add(request, Self.visit(Self.client(4)), Self.order("f"), now: Self.start) == .crowded)
        _ = opens.remove(Self.client(2))
        #expect(opens.add(request, Self.visit(Self.client(4)), Self.order("f"), now: Self.start) == .joined)
    }

    @Test("a dead directory takes its own opener's share, whoever gives up, and no other's")
    func mostOpenings() throws {
        var opens = PendingOpens(mostWaiting: 10_000)
        for number in 0..<PendingOpens.mostOpenings {
            let (visit, name) = (Self.visit(Self.client(number)), "dead/\(number)")
            #expect(opens.add(try Self.request(name), visit, Self.order(name), now: Self.start) != .crowded)
            _ = opens.remove(visit.client)
        }
        let next = Self.visit(Self.client(1))
        #expect(opens.add(try Self.request("dead/x"), next, Self.order("dead/x"), now: Self.start) == .crowded)
        // Who asks for what is being opened anyway, costs nothing more.
        #expect(opens.add(try Self.request("dead/0"), next, Self.order("dead/0"), now: Self.start) == .joined)
        _ = opens.remove(next.client)
        let dead = ContentLoader.opener(of: Self.order("dead/x"))
        let alive = try #require(
            (0..<100).map { "alive\($0)/f" }.first { ContentLoader.opener(of: Self.order($0)) != dead })
        #expect(opens.add(try Self.request(alive), next, Self.order(alive), now: Self.start) != .crowded)
        _ = opens.remove(next.client)
        _ = opens.finish(1)
        #expect(opens.add(try Self.request("dead/x"), next, Self.order("dead/x"), now: Self.start) != .crowded)
    }

    @Test(
        "who asks for a step of an install waits for the inventory with others of that kind, and keeps nobody from files"
    )
    func steps() throws {
        let token = InstallToken(high: 1, low: 2)
        var requester = Requester(address: Self.client(1).address)
        requester.enrolment = Enrolment(token: token, target: "debian")
        func opener(_ name: String) -> Int {
            let resolution = AssetResolver.resolve(name.utf8, for: requester, in: Catalog())
            let local = IPAddress(IPv4Address(10, 0, 0, 1))
            return ContentLoader.opener(
                of: OpeningOrder(
                    resolution: resolution, catalog: Catalog(), local: local, mode: .octet, translationLimit: 1))
        }
        let steps = Set(["begin/1/grub.cfg", "again/grub.cfg", "done"].map { opener("install/\(token.text)/\($0)") })
        let files = Set((0..<100).map { opener("place\($0)/f") } + [opener("install/\(token.text)/vmlinuz")])
        #expect(steps.count == 1 && files.count == ContentLoader.openerCount - 1 && steps.isDisjoint(with: files))
    }

    @Test("a client that has waited long enough waits no more, however often it asks; the opening goes on")
    func expired() throws {
        var opens = PendingOpens(mostWaiting: 100)
        let request = try Self.request("f")
        let later = Self.start + PendingOpens.patience
        for (number, now) in [(1, Self.start), (2, later)] {
            _ = opens.add(request, Self.visit(Self.client(number)), Self.order("f"), now: now)
        }
        #expect(opens.expire(now: later).isEmpty)
        #expect(Self.clients(opens.expire(now: later + .milliseconds(1))) == [Self.client(1)])
        #expect(!opens.isWaiting(Self.client(1), for: request))
        #expect(opens.add(request, Self.visit(Self.client(1)), Self.order("f"), now: later) == .joined)
        #expect(Self.clients(opens.removeAll()) == [Self.client(1), Self.client(2)])
        #expect(opens.isEmpty)
        #expect(opens.finish(1).isEmpty)
    }
}

@Suite("What of a file is in memory")
struct ResidencyTests {
    private static let part = Residency.part

    @Test("who reads from the beginning is asked for one part, then two, then up to four ahead")
    func ahead() {
        var residency = Residency(size: 20 * Self.part + 5)
        #expect(residency.ask(from: 0) == 0..<Self.part)
        #expect(residency.ask(from: 0) == nil)
        #expect(residency.ask(from: 1) == Self.part..<2 * Self.part)
        #expect(residency.ask(from: 2 * Self.part) == 2 * Self.part..<4 * Self.part)
        #expect(residency.ask(from: 10 * Self.part + 1) == 10 * Self.part..<15 * Self.part)
        #expect(residency.ask(from: 20 * Self.part) == 20 * Self.part..<20 * Self.part + 5)
        #expect(residency.ask(from: 20 * Self.part + 5) == nil)
    }

    @Test("what is there without a gap, to the next part's end")
    func end() {
        var residency = Residency(size: 3 * Self.part + 1)
        for position in 0...3 { _ = residency.ask(from: Int64(position) * Self.part) }
        #expect(residency.end(from: 7) == 7)
        residency.answer(0..<Self.part, isPresent: true)
        #expect(residency.end(from: 7) == Self.part)
        residency.answer(2 * Self.part..<3 * Self.part + 1, isPresent: true)
        #expect(residency.end(from: 7) == Self.part)
        #expect(residency.end(from: 2 * Self.part) == 3 * Self.part + 1)
        #expect(!residency.isWhole)
        residency.answer(Self.part..<2 * Self.part, isPresent: true)
        #expect(residency.isWhole)
        #expect(residency.end(from: 0) == 3 * Self.part + 1)
    }

    @Test("T134 what could not be brought in is asked for again")
    func failed() {
        var residency = Residency(size: Self.part)
        #expect(residency.ask(from: 0) == 0..<Self.part)
        residency.answer(0..<Self.part, isPresent: false)
        #expect(residency.end(from: 0) == 0)
        #expect(residency.ask(from: 0) == 0..<Self.part)
    }

    @Test("an answer that knows of more than there is marks nothing") func lateAnswer() {
        var residency = Residency(size: 0)
        residency.answer(0..<5, isPresent: true)
        residency.answer(0..<5, isPresent: false)
        #expect(residency.isWhole)
    }

    @Test("in doubt all is asked for again, but not twice what is being brought in")
    func doubt() {
        var residency = Residency(size: 3 * Self.part)
        #expect(residency.ask(from: 2 * Self.part) != nil)
        #expect(residency.ask(from: 0) == 0..<Self.part)
        residency.answer(0..<Self.part, isPresent: true)
        residency.doubt()
        #expect(residency.end(from: 0) == 0)
        #expect(residency.ask(from: 0) == 0..<Self.part)
        #expect(residency.ask(from: 2 * Self.part) == nil)
        // Nothing is counted twice, whatever is answered twice.
        for _ in 0..<2 { residency.answer(0..<3 * Self.part, isPresent: true) }
        #expect(!residency.isWhole)
        #expect(residency.ask(from: Self.part) == Self.part..<2 * Self.part)
        residency.answer(0..<3 * Self.part, isPresent: true)
        #expect(residency.isWhole)
    }

    @Test("an empty file is all there")
    func empty() {
        #expect(Residency(size: 0).isWhole)
    }
}
