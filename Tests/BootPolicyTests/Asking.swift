import BootPolicy
import Support
import Testing
import Wire

/// The networks of these tests: we are S, on 192.0.2.0/24.
enum Net {
    static let server = IPv4Address(192, 0, 2, 5)
    static let client = IPv4Address(192, 0, 2, 77)
    static let router = IPv4Address(192, 0, 2, 1)
    static let relay = IPv4Address(198, 51, 100, 1)
    static let nobody = Endpoint(address: .any, port: 68)
}

extension Catalog {
    /// Debian's loaders, all there.
    static let debian = Catalog().changing {
        $0.loaders = LoaderTable([
            .bios: [Loader(path: "/usr/lib/ipxe/undionly.kpxe")],
            .biosIPXE: [Loader(path: "/usr/lib/ipxe/ipxe.lkrn")],
            .uefiX64: [Loader(path: "/usr/lib/ipxe/snponly.efi")],
        ])
    }

    func changing(_ change: (inout Catalog) -> Void) -> Catalog {
        var copy = self
        change(&copy)
        return copy
    }
}

/// What a client hears.
struct Answered: Equatable {
    let decision: BootReply
    /// What `DHCPReplyWriter` made of it, read again.
    let sent: PacketContents
}

enum Outcome: Equatable {
    case answered(Answered)
    case silent(Refusal)
    case asking(WebhookQuestion)
}

/// Sends a message through the whole of storeys 1 and 2, as an engine does.
///
/// Every reply made by any test comes by here, so the rules that hold for all of them are checked here.
func ask(
    _ packet: [UInt8], port: Arrival.Port = .dhcp, from source: Endpoint = Net.nobody,
    to destination: IPv4Address? = nil, server: IPv4Address = Net.server, isLocal: Bool = true,
    history: ClientHistory = ClientHistory(), in catalog: Catalog = .debian, ruling: WebhookRuling? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) -> Outcome {
    let arrival = Arrival(
        port: port, interface: 2, interfaceName: "eth0", serverAddress: server, source: source,
        destination: destination ?? (port == .dhcp ? .broadcast : server), isLocal: isLocal, history: history)
    switch answer(packet, arrival, catalog, ruling) {
    case .ignore(let refusal):
        return .silent(refusal)
    case .ask(let question):
        return .asking(question)
    case .reply(let reply):
        var writer = ByteWriter()
        guard DHCPReplyWriter.write(reply.message, into: &writer) else { return .silent(.replyTooLarge) }
        #expect(PacketRules.violations(of: writer.bytes) == [], sourceLocation: sourceLocation)
        guard let sent = try? PacketContents(writer.bytes) else {
            Issue.record("a reply that cannot be read again", sourceLocation: sourceLocation)
            return .silent(.malformed)
        }
        return .answered(Answered(decision: reply, sent: sent))
    }
}

private func answer(
    _ packet: [UInt8], _ arrival: Arrival, _ catalog: Catalog, _ ruling: WebhookRuling?
) -> ProxyAnswer {
    do {
        let message = try DHCPMessage(packet.span.bytes)
        let facts = try ClientFacts.read(message, classes: catalog.vendorClasses).get()
        return ProxyDHCP.answer(facts, arrival: arrival, in: catalog, ruling: ruling)
    } catch let refusal as Refusal {
        return .ignore(refusal)
    } catch {
        return .ignore(.malformed)
    }
}

extension Outcome {
    var answered: Answered? {
        guard case .answered(let answered) = self else { return nil }
        return answered
    }

    var refusal: Refusal? {
        guard case .silent(let refusal) = self else { return nil }
        return refusal
    }
}

/// An answer to a broadcast DISCOVER, or nil.
func offer(
    _ packet: PacketBuilder, in catalog: Catalog = .debian, sourceLocation: SourceLocation = #_sourceLocation
) -> Answered? {
    ask(packet.bytes, in: catalog, sourceLocation: sourceLocation).answered
}

/// Why a broadcast message gets no answer, or nil when it gets one.
func silence(
    _ packet: PacketBuilder, in catalog: Catalog = .debian, sourceLocation: SourceLocation = #_sourceLocation
) -> Refusal? {
    ask(packet.bytes, in: catalog, sourceLocation: sourceLocation).refusal
}

/// The outcome of a message to port 4011.
func askBootService(
    _ packet: PacketBuilder, from source: Endpoint = Endpoint(address: Net.client, port: 4011),
    in catalog: Catalog = .debian, sourceLocation: SourceLocation = #_sourceLocation
) -> Outcome {
    ask(packet.bytes, port: .bootService, from: source, in: catalog, sourceLocation: sourceLocation)
}

extension Catalog {
    /// `debian` with one rule.
    static func ruled(
        _ verdict: Rule.Verdict, _ conditions: (inout RuleConditions) -> Void = { _ in }
    ) -> Catalog {
        var asked = RuleConditions()
        conditions(&asked)
        let rule = Rule(name: "rule", place: "f:1", conditions: asked, verdict: verdict)
        return debian.changing { $0.rules = RuleBook([rule]) }
    }

    /// `debian` with one rule that changes the plan of everybody.
    static func planned(_ change: (inout BootPlan) -> Void) -> Catalog {
        var plan = BootPlan()
        change(&plan)
        return ruled(.boot(plan))
    }
}

extension FirmwareMenu {
    /// Two items and no prompt's time.
    static let two = FirmwareMenu(
        prompt: "PXE", timeout: nil, items: [Item("Linx", .usual), Item("Disk", .localBoot)])
}

extension PacketBuilder {
    /// D as the relay at `address` passes it on.
    func relayed(by address: IPv4Address) -> PacketBuilder {
        changing { packet in
            packet.relayAddress = address.value
            packet.hops = 1
        }
    }

    /// The request for a menu's item: 43.71.
    static func item(_ type: UInt16, layer: UInt16 = 0) -> PacketBuilder {
        bootRequest.with(43, [71, 4] + octets(type) + octets(layer) + [255])
    }
}
