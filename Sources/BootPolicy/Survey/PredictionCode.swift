package import Wire

/// How a prediction comes out. Each has a code that never changes, one line, and a paragraph for the operator.
///
/// The sources are named where the models decide: EDK2, iPXE, PXE 2.1, and the loaders' own code.
package enum PredictionCode: Int, Sendable, Hashable, CaseIterable {
    case ourOffer = 1
    case ourBootService = 2
    case ourMenu = 3
    case leaseNamesUs = 4
    case contested = 5

    case otherProxy = 10
    case leaseFileWins = 11
    case leaseIsBootServer = 12
    case leaseFileOnly = 13
    case proxiesForbidden = 14

    case nothingHeard = 20
    case noLease = 21
    case noBootInformation = 22
    case offerDiscarded = 23
    case bootAborted = 24
    case offerUnusable = 25
    case bootServiceSilent = 26
    case bootServiceUnusable = 27
    case noNextServer = 28
    case urlForTFTP = 29
    case noHTTPInIPXE = 30
    case noHTTPOffer = 31
    case hostNameWithoutDNS = 32
    case noRaspberryPiText = 33
    case ignoresProxies = 34
    case loaderAsksDHCPServer = 35
    case discoveryFails = 36
    case leaseLosesEnd = 37

    /// `PF-P…`; never given a second meaning.
    package var code: String {
        "PF-P0" + (rawValue < 10 ? "0" : "") + String(rawValue)
    }

    /// One line for the log.
    package var summary: String { text.summary }

    /// What it means, for `pilotfish explain`.
    package var explanation: String { text.explanation }

    /// What to do about it; empty when all is well.
    ///
    /// - Parameter server: whom it is about.
    package func remedy(for server: IPv4Address?) -> String {
        let it = server.map { "\($0)" } ?? "the DHCP server"
        return switch self {
        case .ourOffer, .ourBootService, .ourMenu, .leaseNamesUs: ""
        case .contested:
            "Switch the other boot server off, or let only one of the two answer these machines."
        case .otherProxy:
            "Switch the boot server at \(it) off, or let it leave these machines to us."
        case .leaseFileWins, .leaseFileOnly:
            """
            Remove the boot file from \(it): options 66 and 67, "filename" and "next-server", "network boot" in a \
            router's pages.
            """
        case .leaseIsBootServer:
            removeClass(of: it) + ", or set its next-server to this server."
        case .proxiesForbidden:
            "Remove option 175.176 (iPXE's no-pxedhcp) from the DHCP server at \(it)."
        case .nothingHeard:
            "See that cable, VLAN and DHCP server are right: no machine gets an address here."
        case .noLease:
            "See that the DHCP server has a free address for this machine; a boot server gives none."
        case .noBootInformation:
            "Start pilotfish in the mode \"armed\" on this network; look for its refusal of this client in its log."
        default: rarerRemedy(it)
        }
    }

    /// The remedy for `leaseIsBootServer` and for such a race in an iPXE, which asks option 54 of the lease and not its
    /// next-server.
    static func remedyForIPXE(for server: IPv4Address) -> String {
        PredictionCode.leaseIsBootServer.removeClass(of: "\(server)") + "; for iPXE another next-server is no cure."
    }

    private func removeClass(of it: String) -> String {
        """
        Remove option 60 "PXEClient" from the leases of \(it) (Windows: "netsh dhcp server delete optiondef 60", \
        ISC: vendor-class-identifier, dnsmasq: dhcp-option=60)
        """
    }

    private func rarerRemedy(_ it: String) -> String {
        switch self {
        case .leaseLosesEnd:
            """
            End option 67 of the DHCP server at \(it) with a NUL (ISC: option bootfile-name "name\\000"), name the file \
            by "filename" instead, or remove it.
            """
        case .offerDiscarded, .bootAborted:
            "Let \(it) answer this firmware in the shape BINL: no option 43, the file told on port 4011."
        case .offerUnusable:
            "Mend the boot server at \(it): its offer needs option 54, legal lengths, and option 255 at the end."
        case .bootServiceSilent:
            "Let UDP port 4011 of \(it) through every firewall, and see that its boot service runs."
        case .bootServiceUnusable, .noNextServer:
            "Let \(it) put its own address into siaddr (next-server) beside the boot file."
        case .urlForTFTP:
            "Let \(it) give this firmware the name of a file on a TFTP server; URLs are for iPXE and UEFI HTTP Boot."
        case .noHTTPInIPXE:
            "Give this iPXE a whole iPXE first, by a tftp:// URL, or update the card's ROM."
        case .noHTTPOffer:
            "Choose PXE (IPv4) instead of HTTP in the boot menu, or switch HTTP boot on at the boot server."
        case .hostNameWithoutDNS:
            "Put an address instead of a name into the URL, or let the DHCP server name a DNS server (option 6)."
        case .noRaspberryPiText:
            "Let the boot server answer Raspberry Pis (option 43 with \"Raspberry Pi Boot\")."
        case .ignoresProxies:
            """
            Set next-server in the DHCP server to this server, give U-Boot "serverip" in its environment, or build it \
            with SERVERIP_FROM_PROXYDHCP.
            """
        case .loaderAsksDHCPServer:
            """
            Chain through iPXE, use a loader with this server's address in its prefix, or set next-server in the DHCP \
            server at \(it) to this server.
            """
        case .discoveryFails:
            "Mend the menu of \(it): 43.6 = 3, one address for every type in 43.8, or no menu at all."
        default: ""
        }
    }
}
