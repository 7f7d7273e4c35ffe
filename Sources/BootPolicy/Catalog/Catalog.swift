package import Wire

/// All that policy may know, built whole from the settings and never changed: a reload publishes the next one.
package struct Catalog: Equatable, Sendable {
    /// Counts reloads, from 1.
    package var generation = 1
    package var mode = ServiceMode.armed
    package var loaders = LoaderTable()
    package var rules = RuleBook()
    /// What the scripts boot: by name, and without one.
    package var profiles: [String: BootTarget] = [:]
    package var target = BootTarget()
    package var menu = BootMenu.usual
    package var naming = Naming()
    /// Where HTTP is served; the address is nil for "the one the client asked on".
    package var httpAddress: IPv4Address?
    package var httpPort: UInt16 = 80
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

    /// The start of every URL that a client gets, for one that reached us at `local`.
    package func baseURL(local: IPv4Address) -> String {
        let host = httpAddress ?? local
        return httpPort == 80 ? "http://\(host)" : "http://\(host):\(httpPort)"
    }
}

/// How far Pilotfish may go.
package enum ServiceMode: String, Sendable, CaseIterable {
    /// Watches and reports; sends nothing at all.
    case observe
    /// Serves.
    case armed
    /// Lets boots under way finish and begins no new one.
    case frozen

    /// Whether a DISCOVER may be answered.
    package var beginsBoots: Bool { self == .armed }
    /// Whether files, scripts and port 4011 are served.
    package var continuesBoots: Bool { self != .observe }
}

/// What the generated script boots.
package struct BootTarget: Equatable, Sendable {
    /// The kernel's path under the root.
    package var kernel: String
    /// The initial RAM disks' paths under the root, in order.
    package var initrds: [String]
    /// The kernel's command line.
    package var arguments: String

    package init(kernel: String = "vmlinuz", initrds: [String] = ["initrd.img"], arguments: String = "") {
        self.kernel = kernel
        self.initrds = initrds
        self.arguments = arguments
    }
}
