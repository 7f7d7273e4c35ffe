import BootPolicy
package import Exchange
package import LinuxIO
import Wire

/// The ProxyDHCP engine: one thread that hears port 67 by a packet socket and port 4011 by a bound one.
///
/// A packet's way through it: receive → `Wire` view → `ClientFacts` → `ProxyDHCP.answer` → `DHCPReplyWriter` → send.
package struct DHCPEngine: ~Copyable {
    private let sockets: DHCPSockets
    private let context: EngineContext
    private let wake: WakeUp
    private let epoll: Epoll
    private var batch = ReceiveBatch()
    private var links: ServedLinks
    private var sender = ReplySender()
    private var recent = RecentClients()
    /// Asking the kernel for its interfaces failed; to be tried again.
    private var owesRefresh = false

    private enum Token: UInt64 {
        case packets = 1
        case bootService
        case network
        case wake
    }

    /// - Parameter wake: stirred to make the engine look at the stop signal.
    init(sockets: DHCPSockets, context: EngineContext, wake: WakeUp) throws(SystemError) {
        let epoll = try Epoll()
        try epoll.add(sockets.packets.descriptor, token: Token.packets.rawValue)
        try epoll.add(sockets.bootService.descriptor, token: Token.bootService.rawValue)
        try epoll.add(sockets.network.changes, token: Token.network.rawValue)
        try epoll.add(wake.descriptor, token: Token.wake.rawValue)
        links = ServedLinks(table: try sockets.network.interfaces())
        self.sockets = sockets
        self.context = context
        self.wake = wake
        self.epoll = epoll
    }

    /// Starts the engine on a thread of its own.
    ///
    /// - Throws: `SystemError` when the kernel refuses what the engine needs.
    package static func start(
        sockets: DHCPSockets, context: EngineContext, wake: WakeUp
    ) throws(SystemError) -> EngineThread {
        let engine = HandOver(try DHCPEngine(sockets: sockets, context: context, wake: wake))
        return try EngineThread(name: "pf-dhcp") { engine.take().run() }
    }

    /// Serves until the stop signal is raised.
    consuming func run() {
        chooseLinks()
        while !context.stop.isRaised {
            do throws(SystemError) {
                let count = try epoll.wait(owesRefresh ? .seconds(1) : nil)
                if count == 0, owesRefresh { try refreshLinks() }
                for index in 0..<count { try serve(epoll[index].token) }
            } catch {
                context.events.record(.notice(Notice(.error, "DHCP: \(error)")))
            }
        }
    }

    private mutating func serve(_ token: UInt64) throws(SystemError) {
        switch Token(rawValue: token) {
        case .packets: try receivePackets()
        case .bootService: try receiveBootService()
        case .network: try refreshLinks()
        case .wake: wakeUp()
        case nil: break
        }
    }

    private mutating func receivePackets() throws(SystemError) {
        let catalog = context.catalog.current
        var more = true
        for _ in 0..<ReceiveBatch.roundsPerWake where more {
            more = try batch.receive(from: sockets.packets.descriptor)
            for index in 0..<batch.count {
                context.counters.add(.dhcpReceived)
                let heard = PacketReader.read(batch.payload(index), origin: batch.origin(index), links: links)
                act(on: heard, catalog)
            }
        }
    }

    private mutating func receiveBootService() throws(SystemError) {
        let catalog = context.catalog.current
        var more = true
        for _ in 0..<ReceiveBatch.roundsPerWake where more {
            more = try batch.receive(from: sockets.bootService.descriptor)
            for index in 0..<batch.count {
                context.counters.add(.dhcpReceived)
                guard let destination = batch.destination(index) else { continue }
                let heard = PacketReader.readBootService(
                    batch.payload(index), source: batch.source(index), interface: destination.interface,
                    destination: destination.address, links: links)
                act(on: heard, catalog)
            }
        }
    }

    private mutating func act(on heard: Heard, _ catalog: Catalog) {
        switch heard {
        case .nothing(let refusal):
            context.counters.add(refusal == .malformed ? .dhcpMalformed : .dhcpIgnored)
        case .server(let offer, let interface):
            // The talk of other machines with their DHCP server is none of the operator's worries.
            guard recent.contains(offer.hardware) else { return }
            context.events.record(.foreignOffer(offer, interface: interface))
        case .client(let facts, var arrival, let sender):
            recent.note(facts.hardware)
            arrival.isBootUnderWay = recent.isBootUnderWay(facts.hardware, now: Clock.now)
            answer(facts, arrival, from: sender, catalog)
        }
    }

    private mutating func answer(
        _ facts: ClientFacts, _ arrival: Arrival, from hardware: MACAddress?, _ catalog: Catalog
    ) {
        var answer = ProxyDHCP.answer(facts, arrival: arrival, in: catalog)
        if case .reply(let reply) = answer {
            switch sender.send(reply, arrival: arrival, relayHardware: hardware, over: sockets) {
            case .sent:
                context.counters.add(.dhcpAnswered)
                if facts.stage == .firmware { recent.noteOffer(to: facts.hardware, now: Clock.now) }
                context.events.record(
                    .answered(BootClient(facts), port: arrival.port, interface: arrival.interface, reply: reply))
                return
            case .tooLarge:
                answer = .ignore(.replyTooLarge)
            case .failed(let error):
                context.counters.add(.dhcpSendFailed)
                context.events.record(.notice(Notice(.error, "DHCP answer to \(facts.hardware): \(error)")))
                return
            }
        }
        guard case .ignore(let refusal) = answer else { return }
        context.counters.add(refusal.concernsBootClient ? .dhcpRefused : .dhcpIgnored)
        if refusal.concernsBootClient {
            context.events.record(.refused(BootClient(facts), interface: arrival.interface, reason: refusal))
        }
    }

    private mutating func refreshLinks() throws(SystemError) {
        sockets.network.clearChanges()
        owesRefresh = true
        links.table = try sockets.network.interfaces()
        owesRefresh = false
        chooseLinks()
    }

    private mutating func chooseLinks() {
        for event in links.choose(names: context.catalog.current.interfaces) { context.events.record(event) }
    }

    /// A new catalog may name other interfaces.
    private mutating func wakeUp() {
        wake.clear()
        chooseLinks()
    }
}
