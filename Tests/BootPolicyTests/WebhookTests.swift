import BootPolicy
import Support
import Testing
import Wire

/// Rules that ask an endpoint.
@Suite("webhooks")
struct WebhookTests {
    private static let webhook = Webhook(url: "http://192.0.2.9/decide")
    private static let mac = MACAddress(0x5254_00C1_1E01)

    private static func catalog(_ fallback: Webhook.Fallback = .closed, target: String? = nil) -> Catalog {
        var catalog = Catalog.planned { plan in
            plan.webhook = webhook
            plan.webhook?.fallback = fallback
            plan.target = target
        }
        let lab = BootTarget(title: "t", action: .linux(LinuxBoot(kernel: "lab")))
        catalog.targets = TargetBook(["lab": .target(lab), "other": .target(.standard)])
        return catalog
    }

    private static func question(_ packet: PacketBuilder, in catalog: Catalog = catalog()) -> WebhookQuestion? {
        guard case .asking(let question) = ask(packet.bytes, in: catalog) else { return nil }
        return question
    }

    private static func outcome(_ ruling: WebhookRuling, in catalog: Catalog = catalog()) -> Outcome {
        ask(PacketBuilder.discoverIPXE.bytes, in: catalog, ruling: ruling)
    }

    @Test("who fits is asked about, with what DHCP tells of him")
    func asks() throws {
        let question = try #require(Self.question(.discoverUEFI))
        #expect(question.hardware == Self.mac)
        #expect(question.place == "http://192.0.2.9/decide/v1/boot/\(Self.mac)")
        #expect(question.particulars.map(\.name) == ["uuid", "arch", "stage", "interface"])
        #expect(question.address.hasPrefix(question.place + "?uuid="))
        #expect(question.address.hasSuffix("&arch=x64-uefi&stage=firmware&interface=eth0"))
    }

    @Test("what the settings know of the machine goes along, percent-encoded")
    func asksOfNamed() throws {
        var catalog = Self.catalog()
        catalog.machines = MachineBook([NamedMachine(name: "web1", hardware: [Self.mac], serial: "a b&c")])
        let question = try #require(
            Self.question(
                .discover.relayed(by: Net.relay),
                in: catalog.changing {
                    $0.networks = [IPv4Network(address: IPv4Address(198, 51, 100, 0), prefixLength: 24)]
                }))
        #expect(question.address.contains("&relay=\(Net.relay)&"))
        #expect(question.address.hasSuffix("&serial=a%20b%26c&hostname=web1"))
    }

    @Test("nobody is asked about a machine that is not answered anyway, or whose target the settings name")
    func doesNotAsk() {
        #expect(silence(.discoverUEFI, in: Self.catalog().changing { $0.mode = .observe }) == .observing)
        let noLoader = Self.catalog().changing { $0.loaders = LoaderTable([:]) }
        #expect(silence(.discoverUEFI, in: noLoader) == .unknownArchitecture)
        let named = Self.catalog().changing {
            $0.machines = MachineBook([NamedMachine(name: "m", hardware: [Self.mac], target: "lab")])
        }
        #expect(offer(.discoverIPXE, in: named)?.decision.order == BootOrder(name: "lab"))
    }

    @Test("a machine without an Ethernet address cannot be asked about: the rule's fallback holds")
    func nameless() {
        let nameless = PacketBuilder.discoverUEFI.changing { $0.hardwareLength = 0 }
        #expect(silence(nameless, in: Self.catalog()) == .undecided)
        #expect(offer(nameless, in: Self.catalog(.open)) != nil)
    }

    @Test(
        "a ruling decides",
        arguments: [
            (.decided(.leaveAlone), .closed, .leftAlone), (.decided(.leaveAlone), .open, .leftAlone),
            (.failed, .closed, .undecided), (.failed, .open, nil),
            (.decided(.boot(.usual)), .closed, nil), (.decided(.boot(BootOrder(name: "gone"))), .closed, .undecided),
        ] as [(WebhookRuling, Webhook.Fallback, Refusal?)])
    func rules(ruling: WebhookRuling, fallback: Webhook.Fallback, refusal: Refusal?) {
        let outcome = Self.outcome(ruling, in: Self.catalog(fallback, target: "lab"))
        #expect(outcome.refusal == refusal)
        if refusal == nil { #expect(outcome.answered?.decision.order == BootOrder(name: "lab")) }
    }

    @Test("the script is that of the target that was decided, and for what was made up that of who asks")
    func scripts() throws {
        var order = BootOrder(name: "other")
        let named = try #require(Self.outcome(.decided(.boot(order)), in: Self.catalog(target: "lab")).answered)
        #expect(named.decision.message.bootFile == "http://192.0.2.5/boot/other.ipxe")
        order.made = BootTarget(title: "t", action: .localDisk)
        let made = try #require(Self.outcome(.decided(.boot(order)), in: Self.catalog(target: "lab")).answered)
        #expect(made.decision.message.bootFile == "http://192.0.2.5/boot/~decided.ipxe")
        #expect(made.decision.order == order)
    }

    @Test("where a rule asks, machines boot different things")
    func automatic() throws {
        let path = try RequestPath("autoexec.ipxe".utf8)
        let made = AssetResolver.candidates(
            for: path, of: Requester(address: IPAddress(Net.client)), in: Self.catalog())
        #expect(made.map(\.asset).contains(.automaticScript))
    }

    // MARK: What loaders are told

    private static var made: BootOrder {
        var order = BootOrder()
        order.made = BootTarget(
            title: "t",
            action: .linux(
                LinuxBoot(
                    kernel: "http://192.0.2.9:81/k,1?x=y", initrds: ["https://h/i?n=1", "sub/i.img"],
                    arguments: "a=${base} s=${site}")))
        order.arguments = "more"
        order.variables = ["site": .text("hall 2")]
        order.message = "it's on"
        return order
    }

    private static func text(_ dialect: ScriptDialect, _ order: BootOrder) throws -> String {
        var requester = Requester(address: IPAddress(Net.client))
        requester.order = order
        let made = try #require(order.made)
        return dialect.render(
            .target(made), of: TargetBook(), Catalog.debian.setting(for: requester, local: IPAddress(Net.server)))
    }

    @Test("iPXE is told URLs as they are, and paths beneath the root")
    func ipxe() throws {
        let lines = try Self.text(.ipxe, Self.made).split(separator: "\n")
        #expect(lines.contains("echo it's on"))
        #expect(
            lines.contains(
                "kernel http://192.0.2.9:81/k,1?x=y initrd=initrd initrd=i.img a=http://192.0.2.5 s=hall 2 more || goto failed"
            ))
        #expect(lines.contains("initrd --name initrd https://h/i?n=1 || goto failed"))
        #expect(lines.contains("initrd --name i.img http://192.0.2.5/sub/i.img || goto failed"))
    }

    @Test("GRUB is told its own words, and says so where it cannot fetch")
    func grub() throws {
        #expect(try Self.text(.grub, Self.made).contains("echo 'GRUB cannot fetch https://h/i?n=1'"))
        var order = Self.made
        order.made?.action = .linux(
            LinuxBoot(kernel: "http://192.0.2.9:81/k", initrds: ["tftp://192.0.2.9/i", "i.img"], arguments: "q"))
        let text = try Self.text(.grub, order)
        #expect(text.contains("linux (http,192.0.2.9:81)/k 'q' 'more'; then\n"))
        #expect(text.contains("initrd (tftp,192.0.2.9)/i (tftp,192.0.2.5)/i.img; then\n"))
        #expect(text.contains(#"echo 'it'\''s on'"#))
    }

    @Test("PXELINUX is told URLs as they are, without commas")
    func pxelinux() throws {
        let lines = try Self.text(.pxelinux, Self.made).split(separator: "\n")
        #expect(lines.contains("  LINUX http://192.0.2.9:81/k%2C1?x=y"))
        #expect(lines.contains("  INITRD https://h/i?n=1,::sub/i.img"))
        #expect(lines.contains("  APPEND a=http://192.0.2.5 s=hall 2 more"))
        #expect(lines.contains("SAY it's on"))
    }

    @Test("what was decided is found again by who asks")
    func found() throws {
        var requester = Requester(address: IPAddress(Net.client), hardware: Self.mac, order: Self.made)
        let path = try RequestPath("boot.ipxe".utf8)
        let target = try #require(Self.made.made)
        #expect(
            AssetResolver.candidates(for: path, of: requester, in: Self.catalog()).map(\.asset)
                .contains(.script(.ipxe, .target(target))))
        requester.order = BootOrder(name: "lab")
        let lab = try #require(Self.catalog().targets["lab"])
        #expect(
            AssetResolver.candidates(for: path, of: requester, in: Self.catalog()).map(\.asset)
                .contains(.script(.ipxe, lab)))
    }
}
