package import Wire

/// All that policy may know, built whole from the settings and never changed: a reload publishes the next one.
package struct Catalog: Equatable, Sendable {
    /// Counts reloads, from 1.
    package var generation = 1
    package var mode = ServiceMode.armed
    package var loaders = LoaderTable() { didSet { hostLoaders = HostLoaders(allLoaders) } }
    package var rules = RuleBook() { didSet { hostLoaders = HostLoaders(allLoaders) } }
    /// What the scripts boot.
    package var targets = TargetBook()
    /// The operator's own variables, for arguments and URLs.
    package var variables: [String: VariableValue] = [:]
    /// The machines of the settings.
    package var machines = MachineBook()
    /// Those of the inventory, which change without a reload. Of one name or card, the settings have the last word.
    package var hosts = MachineBook()
    /// What machines get that belong to no host, where no rule says anything; nil for the usual.
    package var strangers: Rule.Verdict?
    package var answers = AnswerBook()
    /// How the endpoints are asked that rules name.
    package var webhook = WebhookAccess()
    /// Who hears of what happens, by name.
    package var hooks: [Hook] = []
    package var menu = FirmwareMenu.usual { didSet { hostLoaders = HostLoaders(allLoaders) } }
    /// Of all those the ones outside of the root: every request for a file is compared with them.
    private(set) var hostLoaders = HostLoaders([])
    package var naming = Naming()
    /// What holds for installs, whatever the rollout.
    package var install = InstallTerms()
    /// Upstream servers by name.
    package var mirrors: [String: MirrorPlan] = [:]
    /// Where HTTP is served; the address is nil for "the one the client asked on".
    package var httpAddress: IPv4Address?
    package var httpPort: UInt16 = 80
    /// The same for clients of IPv6; nil where it is not served to them.
    package var httpIPv6: IPEndpoint? = IPEndpoint(address: .anyIPv6, port: 80)
    /// Whether files can be had by HTTP at all.
    package var servesHTTP = true
    /// Where TFTP is served, if not on the address that the client asked on.
    package var tftpAddress: IPv4Address?
    /// The names of the interfaces served; none means the one that the default route takes.
    package var interfaces: [String] = []
    /// Networks beyond those of the interfaces whose relays and clients are served.
    package var networks: [IPv4Network] = []
    /// Beginnings of option 60 that are served beside PXEClient and HTTPClient.
    package var vendorClasses: [String] = []
    /// How long to leave the answer to another proxy; nil for the first to answer.
    package var standby: TimeSpan?
    /// Whether to fall silent while another proxy answers on this network.
    package var yieldsToRivals = false

    package init() {}

    /// The machine that a card belongs to, by the settings or by the inventory; nil for one that nobody named.
    package func machine(of hardware: MACAddress?) -> NamedMachine? { machines[hardware] ?? hosts[hardware] }

    /// The same by its name.
    package func machine(named name: String) -> NamedMachine? { machines[name: name] ?? hosts[name: name] }

    /// The start of every URL that a client gets, for one that reached us at `local`.
    ///
    /// By TFTP where HTTP is switched off: iPXE fetches its script and all that is named there by either.
    package func baseURL(local: IPAddress) -> String {
        let named: IPAddress?
        let port: UInt16
        switch local.family {
        case .ipv4: (named, port) = (httpAddress.map { IPAddress($0) }, httpPort)
        case .ipv6: (named, port) = (httpIPv6?.address, httpIPv6?.port ?? httpPort)
        }
        guard servesHTTP else { return "tftp://\(tftpHost(local: local).urlHost)" }
        let host = (named.flatMap { $0.isAny ? nil : $0 } ?? local).urlHost
        return port == 80 ? "http://\(host)" : "http://\(host):\(port)"
    }

    /// Where a client that reached us at `local` finds TFTP.
    package func tftpHost(local: IPAddress) -> IPAddress {
        local.family == .ipv4 ? tftpAddress.map { IPAddress($0) } ?? local : local
    }

    /// The address of ours that scripts name to a client that reached us at `asked`: that one, if a URL can name it and HTTP
    /// is there. A link-local address says nothing without the client's own name for its link (RFC 4007 §11).
    ///
    /// - Parameter ipv4: the address that the interface has, by which the client came.
    package func scriptAddress(asked: IPAddress, ipv4: () -> IPv4Address?) -> IPAddress {
        let isServed = asked.family == .ipv4 || httpIPv6 != nil || !servesHTTP
        if isServed && !asked.isLinkLocal { return asked }
        return ipv4().map { IPAddress($0) } ?? asked.withoutZone
    }
}

/// How far Pilotfish may go.
package enum ServiceMode: String, Comparable, Sendable, CaseIterable {
    /// Watches and reports; sends nothing at all.
    case observe
    /// Serves.
    case armed
    /// Lets boots under way finish and begins no new one.
    case frozen

    /// Modes in the order of what they allow, the strictest first.
    package static func < (left: ServiceMode, right: ServiceMode) -> Bool {
        (left.beginsBoots ? 2 : left.continuesBoots ? 1 : 0) < (right.beginsBoots ? 2 : right.continuesBoots ? 1 : 0)
    }

    /// Whether a DISCOVER may be answered.
    package var beginsBoots: Bool { self == .armed }
    /// Whether files, scripts and port 4011 are served.
    package var continuesBoots: Bool { self != .observe }
}
