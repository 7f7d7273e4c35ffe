package import BootPolicy
package import Wire

/// Everything an operator can set, already checked; a value of `Settings()` is a working set of defaults.
///
/// Made by `parse`, changed by the flags of `serve` through `applying`, turned into what the engines serve by `catalog`.
package struct Settings: Equatable, Sendable {
    package var mode = ServiceMode.armed
    /// Names of the interfaces to serve; none means the one that the default route takes.
    package var interfaces: [String] = []
    /// Networks beyond those of the interfaces whose relays and clients are served.
    package var networks: [IPv4Network] = []
    /// The directory that clients may fetch from; an absolute path.
    package var root = "/srv/pilotfish"
    /// The directory of the inventory; an absolute path that does not lie beneath `root`.
    package var state = "/var/lib/pilotfish"
    /// The account that the service runs as once its sockets are open.
    package var user = "pilotfish"
    package var dhcp = DHCP()
    package var tftp = TFTP()
    package var http = HTTP()
    package var loaders = Loaders()
    /// What is booted where neither a rule nor `usual` names anything else.
    package var boot = LinuxBoot()
    /// The target or menu that is booted where no rule names another; nil for `boot`.
    package var usual: String?
    /// What machines get that nobody named, where no rule says anything; nil for what all others get.
    package var strangers: Strangers?
    package var targets: [String: BootTarget] = [:]
    package var menus: [String: TargetMenu] = [:]
    /// The names of the secrets that open menus, by the names of those.
    package var menuPasswords: [String: String] = [:]
    package var machines: [String: NamedMachine] = [:]
    /// For arguments, URLs and templates.
    package var variables: [String: VariableValue] = [:]
    /// The directory of the templates of answer files; an absolute path.
    package var templates = "/etc/pilotfish/templates"
    /// The files of this host that hold the secrets of templates, by the names that templates call those.
    package var secrets: [String: String] = [:]
    /// What lies in those, read with the settings; whoever loads them puts it here.
    package var answers = AnswerBook()
    package var webhook = WebhookAccess()
    /// The name of the secret that endpoints are shown; empty for none.
    package var webhookSecret = ""
    /// What the menus' passwords became, likewise.
    package var locks: [String: MenuLock] = [:]
    package var firmwareMenu = FirmwareMenu.usual
    /// What holds for installs, whatever the rollout.
    package var install = InstallTerms()
    /// Who hears of what happens to machines.
    package var hooks: [String: Hook] = [:]
    /// Upstream servers whose files are kept and served as ours.
    package var mirrors: [String: MirrorPlan] = [:]
    /// What files have to be that targets name by their URLs: SHA-256 by URL, by the targets' names.
    package var checksums: [String: [String: String]] = [:]
    /// In the order of the text; those of a later file stand behind those of an earlier one.
    package var rules: [Rule] = []
    package var log = Log()
    package var history = History()
    package var api = API()

    package init() {}

    /// What machines get that nobody named.
    package enum Strangers: Equatable, Sendable {
        case silence
        /// A target or menu.
        case target(String)
    }

    /// The proxy on ports 67 and 4011.
    package struct DHCP: Equatable, Sendable {
        package var isEnabled = true
        /// Beginnings of option 60 that are served beside PXEClient and HTTPClient.
        package var vendorClasses: [String] = []
        /// How long to leave the answer to another proxy; zero for the first to answer.
        package var standby = TimeSpan.zero
        package var yieldsToRivals = false
    }

    package struct TFTP: Equatable, Sendable {
        package var isEnabled = true
        /// Where requests come in: every address of IPv4, and of IPv6 where the host has it.
        package var listen = [
            IPEndpoint(address: IPAddress(.any), port: 69), IPEndpoint(address: .anyIPv6, port: 69),
        ]
        /// Threads; 0 means one for each core, up to a limit of the engine's.
        package var workers = 0
        /// The ports that transfers run from.
        package var ports = Ports.any
        /// The largest `blksize` agreed to, in octets (RFC 2348); 0 for what a packet of the interface holds, so that no
        /// block is ever fragmented.
        package var maxBlockSize = 0
        /// The largest `windowsize` agreed to, in blocks (RFC 7440).
        package var maxWindowSize = 64
        /// Whose requests are answered; none means everybody's.
        package var clients: [IPNetwork] = []
        /// Clients whose block numbers go on with 1 behind 65,535.
        package var rolloverToOne: [IPNetwork] = []
        /// For each worker: transfers to one address at once, and requests of one address in a second.
        package var transfersPerClient = 1024
        package var requestsPerClient = 1000
        /// What the link takes, in Mbit/s; 0 for not known, which counts as 10,000.
        package var linkRate = 0
        /// Memory for files kept as packets, in MiB.
        package var imageMemory = 128
        /// What names mean, by TFTP and by HTTP: one name, one file.
        package var naming = Naming()
    }

    /// Where TFTP transfers run from.
    package enum Ports: Equatable, Sendable {
        /// Whatever the kernel chooses.
        case any
        case range(ClosedRange<UInt16>)
        /// The listening port, for NAT and containers.
        case listen
    }

    package struct HTTP: Equatable, Sendable {
        package var isEnabled = true
        /// Where connections come in: every address of IPv4, and of IPv6 where the host has it.
        package var listen = [
            IPEndpoint(address: IPAddress(.any), port: 80), IPEndpoint(address: .anyIPv6, port: 80),
        ]
        /// Connections at once: of all clients, and of one address.
        package var connections = 16_384
        package var connectionsPerClient = 1024
    }

    /// The host's loader file for each kind of client; the defaults are where Debian's package `ipxe` puts them.
    package struct Loaders: Equatable, Sendable {
        private var paths: [LoaderTable.Role: [String]] = [:]

        package init() {}

        /// Absolute paths of this host, or paths beneath the root; best first, none for machines that are not served.
        package subscript(role: LoaderTable.Role) -> [String] {
            get { paths[role] ?? Self.packaged(role) }
            set { paths[role] = newValue }
        }

        /// The second one is for machines on which the first is fetched and never comes to life.
        private static func packaged(_ role: LoaderTable.Role) -> [String] {
            switch role {
            case .bios: ["/usr/lib/ipxe/undionly.kpxe", "/usr/lib/ipxe/ipxe.pxe"]
            case .biosIPXE: ["/usr/lib/ipxe/ipxe.pxe"]
            case .uefiX64: ["/usr/lib/ipxe/snponly.efi", "/usr/lib/ipxe/ipxe.efi"]
            default: []
            }
        }

        /// Naming the default is the same as naming nothing.
        package static func == (left: Self, right: Self) -> Bool {
            LoaderTable.Role.allCases.allSatisfy { left[$0] == right[$0] }
        }
    }

    /// The control API.
    package struct API: Equatable, Sendable {
        /// Whether it is served on a Unix socket in the state directory.
        package var hasSocket = true
        /// Where it is served over TCP; nowhere by default.
        package var listen: [IPEndpoint] = []
        /// The name of the secret that has to be shown for changes over TCP; empty for none.
        package var token = ""
        /// The files of the certificates and of the key (PEM); empty for no TLS.
        package var certificate = ""
        package var key = ""
        /// Whether views over TCP want the token too.
        package var isPrivate = false
    }

    /// How much of what happened is kept.
    package struct History: Equatable, Sendable {
        /// 0 for any age.
        package var days = 90
        package var events = 100_000
        /// Memory for the latest packets of boot clients, in MiB; 0 keeps none.
        package var packets = 16
    }

    package struct Log: Equatable, Sendable {
        package enum Format: String, Sendable, CaseIterable {
            /// For people and the journal.
            case text
            /// One object a line, for collectors.
            case json
        }

        package enum Level: String, Sendable, CaseIterable {
            case debug
            case info
            case warning
            case error
        }

        package var format = Format.text
        package var level = Level.info
        /// Of those subsystems that have a level of their own.
        package var levels: [Subsystem: Level] = [:]
    }
}

/// The engines that can run alone.
package enum Engine: String, Sendable, CaseIterable {
    case dhcp
    case tftp
    case http
}

extension Settings {
    /// The engines that are switched on.
    package var engines: Set<Engine> {
        get { Set(Engine.allCases.filter { self[$0] }) }
        set {
            for engine in Engine.allCases { self[engine] = newValue.contains(engine) }
        }
    }

    private subscript(engine: Engine) -> Bool {
        get {
            switch engine {
            case .dhcp: dhcp.isEnabled
            case .tftp: tftp.isEnabled
            case .http: http.isEnabled
            }
        }
        set {
            switch engine {
            case .dhcp: dhcp.isEnabled = newValue
            case .tftp: tftp.isEnabled = newValue
            case .http: http.isEnabled = newValue
            }
        }
    }
}
