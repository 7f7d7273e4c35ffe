import BootPolicy
import Wire

/// One key of the settings: its name, what may stand there, and where it goes.
///
/// The list of all of them is the only place that knows the keys; reading, defaults, the reference, and the difference
/// between two settings come from it.
package struct SettingKey: Sendable {
    /// Dotted, as in `tftp.workers`.
    package let name: String
    /// One sentence.
    package let summary: String
    /// What may stand there.
    package let allowed: String
    /// Whether a reload can change it; everything else needs a restart.
    package let isLive: Bool
    /// The default, as TOML.
    package var defaultText: String { text(Settings()) }

    /// The value as TOML.
    let text: @Sendable (Settings) -> String
    /// Puts the value into the settings, or tells what is wrong with it.
    let read: @Sendable (TOMLNode, inout Settings) -> [SettingFault]
    /// Takes the value over from the first settings into the second.
    let copy: @Sendable (Settings, inout Settings) -> Void

    private init<Value>(
        _ name: String, _ format: SettingFormat<Value>, _ field: any WritableKeyPath<Settings, Value> & Sendable,
        live: Bool = false, _ summary: String
    ) {
        self.name = name
        self.summary = summary
        allowed = format.allowed
        isLive = live
        text = { format.write($0[keyPath: field]) }
        copy = { $1[keyPath: field] = $0[keyPath: field] }
        read = { node, settings in
            var faults: [SettingFault] = []
            if let value = format.read(node, &faults) { settings[keyPath: field] = value }
            return faults
        }
    }
}

extension SettingKey {
    /// Every key, in the order of the packaged file.
    package static let all: [SettingKey] = service + engines + loaders + boot + install + webhook + history + log + api

    static let named = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    /// The names before the dots.
    static let tables = Set(all.compactMap { $0.name.split(separator: ".").dropLast().first.map(String.init) })

    private static let doors = SettingFormat<[IPEndpoint]>.list(
        of: "ADDRESS:PORT", .someOrOne, { text throws(Problem) in try Check.listen(text) }, write: \.description)

    private static let clients = SettingFormat<[IPNetwork]>.list(
        of: "networks", .list, { text throws(Problem) in try Check.ipNetwork(text) }, write: \.description)

    private static let service = [
        SettingKey(
            "mode", .choice, \.mode, live: true,
            "observe: watch and report only; armed: serve; frozen: finish boots under way, begin none."),
        SettingKey(
            "interfaces",
            .list(of: "interface names", .list) { text throws(Problem) in try Check.interface(text) },
            \.interfaces, live: true, "The interfaces to serve; none listed means the wired one of the default route."),
        SettingKey(
            "networks",
            .list(of: "networks", .list, { text throws(Problem) in try Check.network(text) }, write: \.description),
            \.networks, live: true,
            "Networks beyond those of the interfaces whose relays and clients are served, such as 10.20.0.0/16."),
        SettingKey(
            "root", .text("an absolute path") { text throws(Problem) in try Check.directory(text) }, \.root,
            "The directory that clients may fetch files from, by TFTP and HTTP."),
        SettingKey(
            "state", .text("an absolute path") { text throws(Problem) in try Check.directory(text) }, \.state,
            "The directory of the inventory: machines and events."),
        SettingKey(
            "templates", .text("an absolute path") { text throws(Problem) in try Check.directory(text) }, \.templates,
            live: true, "The directory of the templates of answer files, NAME.mustache for answers/NAME."),
        SettingKey(
            "user", .text("the name of an account") { text throws(Problem) in try Check.user(text) }, \.user,
            "The account that the service runs as once its sockets are open."),
    ]

    private static let engines = [
        SettingKey("dhcp.enabled", .flag, \.dhcp.isEnabled, "The proxy on ports 67 and 4011."),
        SettingKey(
            "dhcp.vendor-classes",
            .list(of: "beginnings of option 60", .list) { text throws(Problem) in try Check.vendorClass(text) },
            \.dhcp.vendorClasses, live: true,
            "Clients to serve beside PXEClient and HTTPClient, by how their vendor class begins."),
        SettingKey(
            "dhcp.standby", .milliseconds(50...2000, orZero: true), \.dhcp.standby, live: true,
            "Milliseconds that another boot server has for its answer before ours is sent; 0 answers at once."),
        SettingKey(
            "dhcp.yield", .flag, \.dhcp.yieldsToRivals, live: true,
            "Whether to stay silent for a while once another boot server answered."),
        SettingKey("tftp.enabled", .flag, \.tftp.isEnabled, "The TFTP server."),
        SettingKey(
            "tftp.listen", doors, \.tftp.listen,
            "The addresses and ports of TFTP; 0.0.0.0 means every address of IPv4, [::] of IPv6."),
        SettingKey(
            "tftp.workers", .number(0...64), \.tftp.workers,
            "Threads that send; 0 means one for each core, up to a limit."),
        SettingKey(
            "tftp.ports", .text(Check.ports, { text throws(Problem) in try Check.ports(text) }, write: Check.write),
            \.tftp.ports, "The ports that transfers run from: any, a range, or listen for the listening port alone."),
        SettingKey(
            "tftp.max-block-size", .number(8...65464, orZero: true), \.tftp.maxBlockSize,
            "The largest block agreed to, in octets; 0 means what fits a packet of the interface."),
        SettingKey(
            "tftp.max-window-size", .number(1...256), \.tftp.maxWindowSize,
            "The most blocks sent before the client has to answer."),
        SettingKey(
            "tftp.clients", clients, \.tftp.clients,
            "Networks whose requests are answered, of IPv4 or IPv6; none listed means everybody's."),
        SettingKey(
            "tftp.rollover-to-one", clients, \.tftp.rolloverToOne,
            "Clients that count their blocks on with 1 behind 65535, where all others have 0."),
        SettingKey(
            "tftp.transfers-per-client", .number(1...16384), \.tftp.transfersPerClient,
            "Transfers to one address at once, for each worker; more are refused."),
        SettingKey(
            "tftp.requests-per-client", .number(10...1_000_000), \.tftp.requestsPerClient,
            "Requests of one address that each worker answers in a second; more get silence."),
        SettingKey(
            "tftp.link-rate", .number(1...1_000_000, orZero: true), \.tftp.linkRate,
            "What the link takes, in Mbit/s: nothing is sent faster, and windows fit it; 0 means as the interface says."
        ),
        SettingKey(
            "tftp.image-memory", .number(0...65536), \.tftp.imageMemory,
            "Memory for files that many fetch, kept as packets, in MiB."),
        SettingKey(
            "tftp.ignore-case", .flag, \.tftp.naming.ignoresCase, live: true,
            "Whether a name that is not there means one that differs in case only, as Windows' loaders expect; HTTP too."
        ),
        SettingKey(
            "tftp.machine-directories", .flag, \.tftp.naming.hasMachineDirectories, live: true,
            "Whether a file in machines/MAC, machines/SERIAL or machines/ADDRESS wins for that machine; HTTP too."),
        SettingKey("http.enabled", .flag, \.http.isEnabled, "The HTTP server for scripts, kernels and images."),
        SettingKey(
            "http.listen", doors, \.http.listen,
            "The addresses and ports of HTTP; 0.0.0.0 means every address of IPv4, [::] of IPv6."),
        SettingKey(
            "http.connections", .number(16...1_000_000), \.http.connections,
            "Connections at once; beyond that, those that rest make room for new ones."),
        SettingKey(
            "http.connections-per-client", .number(1...1_000_000), \.http.connectionsPerClient,
            "Connections of one address at once; more are closed."),
    ]

    private static let loaders = LoaderTable.Role.allCases.map { role in
        SettingKey(
            "loaders.\(role.rawValue)",
            .list(of: "paths", .listOrOne) { text throws(Problem) in try Check.loader(text) }, \.loaders[role],
            live: true, summary(of: role))
    }

    private static let boot = [
        SettingKey("boot.kernel", .kernel, \.boot.kernel, live: true, "The kernel that clients boot."),
        SettingKey(
            "boot.initrd", .initrds, \.boot.initrds, live: true,
            "The initial RAM disk, or a list of them in order; [] means none."),
        SettingKey(
            "boot.arguments", SettingFormat<String>.kernelArguments.map({ VariableText($0) }, back: \.source),
            \.boot.arguments, live: true,
            "The kernel's command line; variables such as ${mac} and ${base} are filled in."),
        SettingKey(
            "boot.target", .usualTarget, \.usual, live: true,
            "The target or menu for all machines whose rule names no other."),
        SettingKey(
            "boot.unknown", .strangers, \.strangers, live: true,
            "What machines get that belong to no host, where no rule says anything; nothing means the same as others."),
    ]

    private static let install = [
        SettingKey(
            "install.per-hour", .number(1...1_000_000, orZero: true), \.install.perHour, live: true,
            "The most machines that begin to be installed within an hour, whatever the rollout; 0 means any number."),
        SettingKey(
            "install.least-rate", .number(1...100_000, orZero: true), \.install.leastRate, live: true,
            "No other machine has its turn while those that fetch get less than so many Mbit/s each; 0 lets them have it."
        ),
        SettingKey(
            "install.between", .dayHours, \.install.hours, live: true,
            "The hours in which machines begin to be installed, by this host's clock; [] means all day."),
        SettingKey(
            "install.patience", .time(60...86_400), \.install.patience, live: true,
            "A machine that has its turn and neither begins nor fetches anything for so long has lost it."),
        SettingKey(
            "install.turns", .number(1...100), \.install.turns, live: true,
            "After so many lost turns a machine gets no other."),
        SettingKey(
            "install.longest", .time(60...604_800), \.install.longest, live: true,
            "An install of which nothing is heard for so long has expired; no turn lasts longer either."),
        SettingKey(
            "install.shortest", .time(1...86_400), \.install.shortest, live: true,
            "A machine that boots by network sooner after its installer began was interrupted, and later it is done."),
    ]

    private static let webhook = [
        SettingKey(
            "webhook.ca-file",
            .text("an absolute path, or nothing for the host's own") { text throws(Problem) in
                try text.isEmpty ? text : Check.absolutePath(text)
            }, \.webhook.authorities, live: true,
            "The certificates (PEM) that alone are trusted where a rule asks an https:// address."),
        SettingKey(
            "webhook.bearer",
            .text("the name of a secret, or nothing") { text throws(Problem) in
                try text.isEmpty ? text : Check.targetName(text)
            }, \.webhookSecret, live: true,
            "The secret that endpoints are shown in the field Authorization: one of [secrets], or of systemd's."),
    ]

    private static let history = [
        SettingKey(
            "history.days", .number(1...36_500, orZero: true), \.history.days,
            "For how many days events are kept; 0 means until there are too many."),
        SettingKey(
            "history.events", .number(1000...100_000_000), \.history.events,
            "The most events that are kept; the oldest go first."),
        SettingKey(
            "history.packets", .number(1...256, orZero: true), \.history.packets,
            "Memory for the latest packets of boot clients, in MiB; 0 keeps none."),
    ]

    private static let log = [
        SettingKey("log.format", .choice, \.log.format, "text for people, json for collectors."),
        SettingKey("log.level", .choice, \.log.level, live: true, "The least that is logged."),
        SettingKey(
            "log.levels", .levels, \.log.levels, live: true,
            "The same for some subsystems: [log.levels], and below it tftp = \"debug\"."),
    ]

    private static let api = [
        SettingKey(
            "api.socket", .flag, \.api.hasSocket,
            "Whether the control API is served on api.sock in the state directory."),
        SettingKey(
            "api.listen",
            .list(of: "ADDRESS:PORT", .list, { text throws(Problem) in try Check.apiDoor(text) }, write: \.description),
            \.api.listen, "The addresses and ports of the control API and the web page; none listed means no TCP."),
        SettingKey(
            "api.token",
            .text("the name of a secret, or nothing") { text throws(Problem) in try Check.secretOrNothing(text) },
            \.api.token, "The secret that has to be shown for changes over TCP: one of [secrets], or of systemd's."),
        SettingKey(
            "api.certificate",
            .text("an absolute path, or nothing") { text throws(Problem) in try Check.pathOrNothing(text) },
            \.api.certificate, "The certificates (PEM), the server's own first, for TLS."),
        SettingKey(
            "api.key", .text("an absolute path, or nothing") { text throws(Problem) in try Check.pathOrNothing(text) },
            \.api.key, "The key (PEM) of the certificate."),
        SettingKey("api.private", .flag, \.api.isPrivate, "Whether views over TCP want the token too."),
    ]

    private static func summary(of role: LoaderTable.Role) -> String {
        switch role {
        case .bios: "What BIOS machines start, best first; the next for those on which one never comes to life."
        case .biosIPXE: "What BIOS machines start whose ROM is an iPXE that cannot run our script."
        default: "What \(role.rawValue) machines start, by PXE and by HTTP Boot; [] leaves them alone."
        }
    }
}
