package import Wire

/// All that policy may know, built whole from the settings and never changed: a reload publishes the next one.
package struct Catalog: Equatable, Sendable {
    /// Counts reloads, from 1.
    package var generation: Int
    package var mode: ServiceMode
    package var loaders: LoaderTable
    package var target: BootTarget
    /// Where HTTP is served; the address is nil for "the one the client asked on".
    package var httpAddress: IPv4Address?
    package var httpPort: UInt16
    /// Where TFTP is served, if not on the address that the client asked on.
    package var tftpAddress: IPv4Address?
    /// The names of the interfaces served; none means every suitable one.
    package var interfaces: [String]

    package init(
        generation: Int = 1, mode: ServiceMode = .armed, loaders: LoaderTable = LoaderTable(),
        target: BootTarget = BootTarget(), httpAddress: IPv4Address? = nil, httpPort: UInt16 = 80,
        tftpAddress: IPv4Address? = nil, interfaces: [String] = []
    ) {
        self.interfaces = interfaces
        self.generation = generation
        self.mode = mode
        self.loaders = loaders
        self.target = target
        self.httpAddress = httpAddress
        self.httpPort = httpPort
        self.tftpAddress = tftpAddress
    }

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
