import BootPolicy
import Wire

/// One `[[rule]]` as it is written.
package struct RuleTable: Equatable, Sendable {
    var name = ""
    var conditions = RuleConditions()
    var silence: Bool?
    var plan = BootPlan()
    /// What the keys of a webhook say, whichever comes first.
    var ask: String?
    var askTimeout: TimeSpan?
    var askHold: TimeSpan?
    var askFallback: Webhook.Fallback?

    init() {}

    init(_ rule: Rule) {
        name = rule.name
        conditions = rule.conditions
        switch rule.verdict {
        case .silence:
            silence = true
        case .boot(let plan):
            self.plan = plan
            if let webhook = plan.webhook {
                let usual = Webhook(url: webhook.url)
                ask = webhook.url
                askTimeout = webhook.timeout == usual.timeout ? nil : webhook.timeout
                askHold = webhook.hold == usual.hold ? nil : webhook.hold
                askFallback = webhook.fallback == usual.fallback ? nil : webhook.fallback
            }
            // A rule says something, if only that its clients boot as all others do.
            silence = plan == .usual ? false : nil
        }
    }

    func rule(place: String) -> Rule {
        var plan = plan
        plan.webhook = webhook
        return Rule(name: name, place: place, conditions: conditions, verdict: silence == true ? .silence : .boot(plan))
    }

    private var webhook: Webhook? {
        guard let ask else { return nil }
        var webhook = Webhook(url: ask)
        if let askTimeout { webhook.timeout = askTimeout }
        if let askHold { webhook.hold = askHold }
        if let askFallback { webhook.fallback = askFallback }
        return webhook
    }
}

extension TableKey where Table == RuleTable {
    package static let rule = label + conditions + silence + results + webhook

    private static let label = [
        TableKey(
            "name", .text("1 to 64 characters") { text throws(Problem) in try Check.label(text) }, \.name, empty: "",
            "What messages call the rule.")
    ]

    static let silence = [
        TableKey("silence", .flag, \.silence, "true: these machines are never answered; false: they boot as usual.")
    ]

    /// Named as `RuleConditions.Condition`.
    static let conditions = [
        TableKey(
            "mac",
            patterns("hardware addresses, whole or as 52:54:00:*") { text throws(Problem) in try Check.hardware(text) },
            \.conditions.hardware, "The machine's hardware address."),
        TableKey(
            "uuid", patterns("UUIDs") { text throws(Problem) in try Check.machine(text) }, \.conditions.machines,
            "The machine's UUID, as dmidecode shows it."),
        TableKey(
            "architecture", architectures, \.conditions.architectures,
            "Processor and firmware, as the log shows them (arch=), or a number of option 93."),
        TableKey("stage", stages, \.conditions.stages, "How far the boot is, as the log shows it (stage=)."),
        TableKey(
            "vendor-class", beginnings, \.conditions.vendorClasses, "How the vendor class begins (option 60)."),
        TableKey("user-class", beginnings, \.conditions.userClasses, "How a user class begins (option 77)."),
        TableKey(
            "ipxe-features", features, \.conditions.features, empty: [],
            "What an iPXE can do; it must have all that are listed."),
        TableKey(
            "subnet", networks, \.conditions.subnets, "Where the machine is: by its relay's word, else by its address."),
        TableKey(
            "interface",
            .list(of: "interface names", .someOrOne) { text throws(Problem) in try Check.interface(text) },
            \.conditions.interfaces, "Our interface that the machine is heard on."),
        TableKey("relay", networks, \.conditions.relays, "The relay's address."),
        TableKey("circuit-id", identifiers, \.conditions.circuits, "What the relay says of the port (option 82.1)."),
        TableKey("remote-id", identifiers, \.conditions.remotes, "What the relay says of itself (option 82.2)."),
    ]

    /// What the machines of a rule get.
    static let results = [
        TableKey(
            "target", .targetName, \.plan.target, "Boots that target, or shows that menu."),
        TableKey(
            "loader", .loader, \.plan.loader, "What its firmware starts; with next-server, the name of the file there."),
        TableKey(
            "shape", .choice(of: [.direct, .binl, .menu, .raspberryPi3]), \.plan.shape,
            "The shape of the offer, for firmware that takes one only."),
        TableKey(
            "delay", .milliseconds(0...5000), \.plan.delay, empty: .zero,
            "Milliseconds that the offer waits, for firmware that misses an instant one."),
        TableKey(
            "next-server",
            .text("an IPv4 address", { text throws(Problem) in try Check.server(text) }, write: \.description),
            \.plan.nextServer, "Another TFTP server, which has the loader."),
        TableKey(
            "config-file", .text("printable ASCII") { text throws(Problem) in try Check.optionText(text) },
            \.plan.configurationFile, empty: "", "The configuration file of PXELINUX or U-Boot (option 209)."),
        TableKey(
            "path-prefix",
            .text("printable ASCII, / at its end") { text throws(Problem) in try Check.optionText(text) },
            \.plan.pathPrefix, empty: "", "What PXELINUX puts before every name (option 210)."),
        TableKey(
            "ask", .text("an http:// or https:// address") { text throws(Problem) in try Check.endpoint(text) }, \.ask,
            "An endpoint that decides whether and what a machine boots: ADDRESS/v1/boot/MAC, as Pixiecore asks."),
    ]

    /// What belongs to `ask`.
    static let webhook = [
        TableKey(
            "ask-timeout", .milliseconds(100...10_000), \.askTimeout,
            "Milliseconds that it has for an answer; 2000 without this."),
        TableKey(
            "ask-cache",
            SettingFormat<Int>.number(0...86_400)
                .map({ .seconds(Int64($0)) }, back: { Int($0.nanoseconds / 1_000_000_000) }),
            \.askHold, "Seconds that a decision holds, 60 without this; 0 asks each time."),
        TableKey(
            "ask-fails", .choice, \.askFallback,
            "Without an answer: closed leaves the machine alone, as without this; open boots what the rule says otherwise."
        ),
    ]
}

extension TableKey where Table == RuleTable {
    private static func patterns<Element: Equatable & LosslessStringConvertible & Sendable>(
        _ allowed: String, _ parse: @escaping @Sendable (String) throws(Problem) -> Element
    ) -> SettingFormat<[Element]> {
        .list(of: allowed, .someOrOne, parse, write: \.description)
    }

    private static let beginnings = SettingFormat<[String]>.list(of: "beginnings of texts", .someOrOne) {
        text throws(Problem) in try Check.beginning(text)
    }

    private static let networks = SettingFormat<[IPv4Network]>.list(
        of: "networks or addresses", .someOrOne, { text throws(Problem) in try Check.network(text) },
        write: \.description)

    private static let identifiers = patterns("texts, or octets such as 0x0004000a") { text throws(Problem) in
        try Check.relayIdentifier(text)
    }

    private static let stages = SettingFormat<[BootStage]>.list(
        of: BootStage.allCases.map { quoted($0.description) }.joined(separator: ", "), .someOrOne,
        { text throws(Problem) in
            let name = try Check.choice(text, among: BootStage.allCases.map(\.description))
            guard let stage = BootStage(name) else { throw Problem("\"\(text)\" is unknown") }
            return stage
        }, write: \.description)

    /// A name may mean several numbers; a number that is one of several is written as such.
    private static let architectures = SettingFormat<[[ClientArchitecture]]>.list(
        of: "names such as \"x64-uefi\", or numbers", .someOrOne, numbers: true,
        { text throws(Problem) in try Check.architectures(text) },
        write: { group in
            let name = group.first?.description ?? ""
            return ClientArchitecture.named(name) == group ? name : String(group.first?.rawValue ?? 0)
        }
    ).map({ Set($0.joined()).sorted { $0.rawValue < $1.rawValue } }, back: grouped)

    private static let grouped: @Sendable ([ClientArchitecture]) -> [[ClientArchitecture]] = { list in
        var groups: [[ClientArchitecture]] = []
        for architecture in list where !groups.contains(where: { $0.contains(architecture) }) {
            let family = ClientArchitecture.named(architecture.description)
            groups.append(!family.isEmpty && family.allSatisfy(list.contains) ? family : [architecture])
        }
        return groups
    }

    private static let features = SettingFormat<[String]>.list(
        of: IPXEFeatures.names.map { quoted($0.name) }.joined(separator: ", "), .someOrOne
    ) { text throws(Problem) in try Check.choice(text, among: IPXEFeatures.names.map(\.name)) }
    .map(
        { names in IPXEFeatures(IPXEFeatures.names.filter { names.contains($0.name) }.map(\.feature)) },
        back: { features in IPXEFeatures.names.filter { features.contains($0.feature) }.map(\.name) })
}

extension SettingFormat where Value == Loader {
    static let loader = SettingFormat<String>
        .text("an absolute path, or a path beneath root") { text throws(Problem) in try Check.loader(text) }
        .map({ Loader(path: $0) }, back: \.path)
}
