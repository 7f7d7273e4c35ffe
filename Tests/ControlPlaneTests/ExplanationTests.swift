import BootPolicy
import Testing
import Wire

@testable import ControlPlane

/// What `pilotfish explain` says of a client described by hand.
@Suite("explanations")
struct ExplanationTests {
    private static func lines(
        _ asked: RuleConditions, _ describe: (inout ClientSketch) -> Void
    ) -> [String] {
        var catalog = Catalog()
        catalog.loaders[.uefiX64] = [Loader(path: "a.efi")]
        catalog.rules = RuleBook([Rule(name: "r", place: "f:1", conditions: asked, verdict: .silence)])
        var sketch = ClientSketch()
        sketch.architecture = .uefiX64
        describe(&sketch)
        let server = IPv4Address(192, 0, 2, 5)
        let arrival = Arrival(
            port: .dhcp, interface: 2, serverAddress: server, source: Endpoint(address: .any, port: 68),
            destination: .broadcast)
        return Explanation(sketch.discover, arrival: arrival, in: catalog).lines
    }

    @Test("circuits are octets or a text, as in a rule", arguments: ["0x0004000a", "Gi1/0/7"], [true, false])
    func circuits(text: String, isSaid: Bool) throws {
        let circuit = try #require(RelayIdentifier(text))
        var asked = RuleConditions()
        asked.circuits = [circuit]
        let lines = Self.lines(asked) { sketch in
            if isSaid { sketch.circuit = circuit }
        }
        #expect(lines.contains { $0.hasSuffix("yes: silence") } == isSaid)
        #expect(lines.contains { $0.hasSuffix("no: circuit-id differs") } != isSaid)
    }

    @Test("the class that was assumed is shown, for a rule may ask for it")
    func vendorClass() {
        var asked = RuleConditions()
        asked.vendorClasses = ["PXEClient:Arch:00007:UNDI:003016"]
        let lines = Self.lines(asked) { _ in }
        #expect(lines.contains { $0.hasSuffix("class \"PXEClient:Arch:00007:UNDI:003000\"") })
        #expect(lines.contains { $0.hasSuffix("no: vendor-class differs") })
    }

    @Test("that a rule asks is said: whom, how long it holds, and what is known")
    func webhook() {
        var catalog = Catalog()
        catalog.loaders[.uefiX64] = [Loader(path: "a.efi")]
        var plan = BootPlan()
        plan.webhook = Webhook(url: "http://10.0.0.5/x")
        catalog.rules = RuleBook([Rule(name: "r", place: "f:1", conditions: RuleConditions(), verdict: .boot(plan))])
        var sketch = ClientSketch()
        sketch.architecture = .uefiX64
        let arrival = Arrival(
            port: .dhcp, interface: 2, serverAddress: IPv4Address(192, 0, 2, 5),
            source: Endpoint(address: .any, port: 68), destination: .broadcast)
        let lines = Explanation(sketch.discover, arrival: arrival, in: catalog, decisions: ["u target rescue"]).lines
        #expect(lines.contains { $0.hasSuffix("yes: ask http://10.0.0.5/x") })
        #expect(lines.contains { $0.hasPrefix("asks     http://10.0.0.5/x/v1/boot/") && $0.contains("stage=firmware") })
        #expect(lines.contains { $0.hasSuffix("holds the decision for 60 s") })
        #expect(lines.contains("known    u target rescue"))
        #expect(lines.contains { $0.hasPrefix("shape ") })
    }
}
