package import Wire

/// All that policy may know, built whole from the settings and never changed: a reload publishes the next one.
package struct Catalog: Equatable, Sendable {
    /// Counts reloads, from 1.
    package var generation = 1
    package var mode = ServiceMode.armed
    package var loaders = LoaderTable()
    package var rules = RuleBook()
    /// What the scripts boot.
    package var targets = TargetBook()
    /// The operator's own variables, for arguments and URLs.
    package var variables: [String: String] = [:]
    package var menu = FirmwareMenu.usual
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
    ///
    /// By TFTP where HTTP is switched off: iPXE fetches its script and all that is named there by either.
    package func baseURL(local: IPv4Address) -> String {
        guard servesHTTP else { return "tftp://\(tftpAddress ?? local)" }
        let host = httpAddress ?? local
        return httpPort == 80 ? "http://\(host)" : "http://\(host):\(httpPort)"
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
