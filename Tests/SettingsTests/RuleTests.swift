import BootPolicy
import Settings
import Testing
import Wire

/// `[[rule]]`: what may be written, and what it means.
@Suite struct RuleTests {
    static let conditions: [Case<@Sendable (inout RuleConditions) -> Void>] = [
        Case("mac = '52:54:00:12:34:56'") { $0.hardware = patterns("52:54:00:12:34:56") },
        Case("mac = ['B8-27-EB-*', 'dc:a6:32']") { $0.hardware = patterns("b8:27:eb:*", "dc:a6:32:*") },
        Case("uuid = '4C4C4544-0039-4e10-8051-b2c04f4a4d32'") {
            $0.machines = [MachineUUID(high: 0x4445_4C4C_3900_104E, low: 0x8051_B2C0_4F4A_4D32)]
        },
        Case("architecture = 'x64-uefi'") { $0.architectures = [.init(7), .init(9)] },
        Case("architecture = ['x86-bios', 'arm64-uefi-http']") { $0.architectures = [.init(0), .init(0x13)] },
        Case("architecture = 9") { $0.architectures = [.init(9)] },
        Case("architecture = [0x10, '11', 'x64-uefi', 7]") {
            $0.architectures = [.init(7), .init(9), .init(11), .init(16)]
        },
        Case("architecture = 65535") { $0.architectures = [.init(65535)] },
        Case("stage = ['firmware', 'http-firmware']") { $0.stages = [.firmware, .httpFirmware] },
        Case("stage = ['raspberry-pi', 'foreign-ipxe', 'own-ipxe']") {
            $0.stages = [.raspberryPi, .foreignIPXE, .ownIPXE]
        },
        Case("vendor-class = 'PXEClient:Arch:00000'") { $0.vendorClasses = ["PXEClient:Arch:00000"] },
        Case("user-class = ['iPXE', 'a\\b']") { $0.userClasses = ["iPXE", "a\\b"] },
        Case("ipxe-features = 'http'") { $0.features = .http },
        Case("ipxe-features = ['efi', 'bzimage']") { $0.features = [.bzImage, .efi] },
        Case("subnet = '10.0.0.0/8'") { $0.subnets = [network(10, 8)] },
        Case("subnet = ['10.0.0.0/8', '11.0.0.0']") { $0.subnets = [network(10, 8), network(11, 32)] },
        Case("interface = ['eth0', 'br-lan.7']") { $0.interfaces = ["eth0", "br-lan.7"] },
        Case("relay = '11.0.0.0'") { $0.relays = [network(11, 32)] },
        Case("circuit-id = 'Gi1/0/7'") { $0.circuits = identifiers(Array("Gi1/0/7".utf8)) },
        Case("remote-id = ['0x00040aFf', 'ü', '0 x']") {
            $0.remotes = identifiers([0, 4, 10, 255], Array("ü".utf8), Array("0 x".utf8))
        },
    ]

    @Test(arguments: conditions)
    func conditionIsRead(_ expected: Case<@Sendable (inout RuleConditions) -> Void>) throws {
        var conditions = RuleConditions()
        expected.outcome(&conditions)
        let read = try rule(expected.text + "\nsilence = true")
        #expect(read == Rule(name: "", conditions: conditions, verdict: .silence))
        #expect(read.conditions != RuleConditions())
    }

    @Test func thereIsAKeyForEveryConditionAndATestToo() {
        let names = RuleConditions.Condition.allCases.map(\.rawValue)
        #expect(Set(names).isSubset(of: TableKey.rule.map(\.name)))
        #expect(names.allSatisfy { name in Self.conditions.contains { $0.text.hasPrefix("\(name) =") } })
        #expect(
            TableKey.rule.map(\.name).allSatisfy { name in
                (Self.conditions.map(\.text) + Self.results.map(\.text)).contains { $0.contains("\(name) =") }
            })
    }

    static let results: [Case<Rule.Verdict>] = [
        Case("silence = true", .silence),
        Case("silence = false", .boot(.usual)),
        Case("name = 'n'\nsilence = false\ndelay = 7", .boot(plan { $0.delay = .milliseconds(7) })),
        Case("delay = 0", .boot(.usual)),
        Case("delay = 5000", .boot(plan { $0.delay = .milliseconds(5000) })),
        Case("target = 'p'", .boot(plan { $0.target = "p" })),
        Case("loader = '/opt//x.efi'", .boot(plan { $0.loader = Loader(path: "/opt/x.efi") })),
        Case("loader = 'a/x.efi'", .boot(plan { $0.loader = Loader(path: "a/x.efi") })),
        Case("shape = 'direct'", .boot(plan { $0.shape = .direct })),
        Case("shape = 'binl'", .boot(plan { $0.shape = .binl })),
        Case("shape = 'menu'", .boot(plan { $0.shape = .menu })),
        Case("shape = 'raspberry-pi-3'", .boot(plan { $0.shape = .raspberryPi3 })),
        Case(
            "next-server = '192.0.2.1'\nloader = 'x'",
            .boot(
                plan {
                    $0.nextServer = IPv4Address(192, 0, 2, 1)
                    $0.loader = Loader(path: "x")
                })),
        Case(
            "ask = 'http://10.0.0.5:8080/boot//'",
            .boot(plan { $0.webhook = Webhook(url: "http://10.0.0.5:8080/boot") })),
        Case(
            "ask-fails = 'open'\nask-cache = 0\nask-timeout = 750\nask = 'https://h/boot.php'\ntarget = 'p'",
            .boot(
                plan {
                    $0.target = "p"
                    $0.webhook = Webhook(url: "https://h/boot.php")
                    $0.webhook?.timeout = .milliseconds(750)
                    $0.webhook?.hold = .zero
                    $0.webhook?.fallback = .open
                })),
        Case(
            "config-file = 'cfg'\npath-prefix = 'tftp://10.0.0.1/'",
            .boot(
                plan {
                    $0.configurationFile = "cfg"
                    $0.pathPrefix = "tftp://10.0.0.1/"
                })),
    ]

    @Test(arguments: results)
    func resultIsRead(_ expected: Case<Rule.Verdict>) throws {
        let read = try rule(expected.text)
        #expect(read.verdict == expected.outcome)
        #expect(read.conditions == RuleConditions())
        #expect(read.name == (expected.text.hasPrefix("name") ? "n" : ""))
    }

    @Test(arguments: conditions.map { $0.text + "\nsilence = true" } + results.map(\.text))
    func whatIsWrittenIsReadBack(_ text: String) throws {
        let settings = try Settings.parse("target.p.kernel = 'k'\n[[rule]]\n" + text, file: "f")
        let again = try Settings.parse(settings.text, file: "g")
        #expect(again.withoutPlaces == settings.withoutPlaces)
        #expect(again.text == settings.text)
    }

    @Test func identifiersAreComparedWhole() throws {
        let rule = try rule("circuit-id = ['0x0001', 'ab']\nsilence = true")
        let said: [[UInt8]] = [[0, 1], [0x61, 0x62], [0, 1, 0], [0x61], [0, 2]]
        let fits = said.map { octets in
            ShortBytes(octets).map { value in rule.conditions.circuits.contains { $0.matches(value) } }
        }
        #expect(fits == [true, true, false, false, false])
    }

    @Test func orderAndPlacesAreKept() throws {
        let text = """
            rule = [{ name = "a", silence = true },
              { name = "b", silence = false }]
            """
        #expect(try Settings.parse(text, file: "x").rules.map { "\($0.place) \($0.name)" } == ["x:1 a", "x:2 b"])
        let first = "\n  [[rule]]\nname = 'c'\nsilence = true\n[[ rule ]]\nsilence = true"
        #expect(try parse(first).rules.map { "\($0.place) \($0.name)" } == ["f:2 c", "f:5 "])
        #expect(try parse(first, text).rules.map(\.place) == ["f:2", "f:5", "g:1", "g:2"])
    }

    @Test func targetMayStandBehindItsRuleOrInAnyFile() throws {
        let text = "[[rule]]\ntarget = 'a.b'"
        let target = "\n[target.'a.b']\nkernel = 'k'"
        #expect(try parse(text + target).rules.count == 1)
        #expect(try parse(text, target).rules.count == 1)
        #expect(try parse(target, text).rules.count == 1)
    }

    private static func plan(_ change: (inout BootPlan) -> Void) -> BootPlan {
        var plan = BootPlan()
        change(&plan)
        return plan
    }
}

private func patterns(_ texts: String...) -> [HardwarePattern] { texts.compactMap(HardwarePattern.init) }

private func network(_ first: UInt8, _ length: Int) -> IPv4Network {
    IPv4Network(address: IPv4Address(first, 0, 0, 0), prefixLength: length)
}

private func identifiers(_ octets: [UInt8]...) -> [RelayIdentifier] {
    octets.map { octets in
        let digits = octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return RelayIdentifier("0x" + digits)
    }.compactMap(\.self)
}
