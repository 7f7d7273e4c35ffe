/// What keeps a machine from booting. Each has a code that never changes, one line, and a paragraph for the operator.
package enum VerdictCode: Int, Sendable, Hashable, CaseIterable {
    case portWokeLate = 1
    case noLease = 2
    case leaseIsBootServer = 3
    case leaseNamesBoot = 4
    case bootServiceNotAsked = 5
    case bootServiceBlocked = 6
    case tftpBlocked = 7
    case fileNeverAsked = 8
    case fileMissing = 9
    case fileDenied = 10
    case dataBlocked = 11
    case transferStalled = 12
    case linkLoses = 13
    case loaderSilent = 14
    case wrongArchitecture = 15
    case noMemory = 16
    case kernelFails = 17
    case otherProxy = 18
    case installFailed = 19
    case upstreamFailed = 20
    case fileUnreadable = 21

    /// `PF-V…`; never given a second meaning.
    package var code: String { "PF-V0" + (rawValue < 10 ? "0" : "") + String(rawValue) }

    /// Whether machines boot all the same.
    package var isHint: Bool { self == .portWokeLate || self == .linkLoses }

    /// One line for a list of codes.
    package var summary: String { Self.texts[self]?.summary ?? "" }

    /// What it means and what to do, for `pilotfish explain`.
    package var explanation: String { Self.texts[self]?.explanation ?? "" }

    private typealias Text = (summary: String, explanation: String)

    private static let texts: [VerdictCode: Text] = dhcpTexts.merging(fileTexts) { first, _ in first }

    private static let dhcpTexts: [VerdictCode: Text] = [
        .portWokeLate: (
            "the switch's port woke late",
            """
            The machine had been asking for many seconds when the first of its messages came here. A port that runs the spanning \
            tree protocol lets nothing through for up to 30 or 50 seconds after the link came up, and firmware that gives up \
            earlier never boots. Make it an edge port: "spanning-tree portfast" (Cisco), "edge-port" (others), on a Linux bridge \
            "ip link set BRIDGE type bridge stp_state 0" or "forward_delay 0". A port that negotiates speed or joins a bundle \
            (LACP) slowly looks the same.
            """
        ),
        .noLease: (
            "no DHCP server gave it an address",
            """
            The machine asks again and again, hears our offer, and no DHCP server's answer was heard. An offer of a proxy is no \
            good without an address. Look whether the DHCP server runs, has free addresses, knows this machine if it wants to \
            know machines, and whether it is reachable from this VLAN. "pilotfish probe" plays a client and shows who answers.
            """
        ),
        .leaseIsBootServer: (
            "the DHCP server calls itself a boot server",
            """
            The lease says PXEClient or HTTPClient (option 60), or has a PXE menu (option 43). Firmware believes that and turns \
            to the DHCP server for its boot instead of to a proxy. It is a setting of old that nobody cleared away: take options \
            60 and 43 out of the leases. "pilotfish probe" shows the lease.
            """
        ),
        .leaseNamesBoot: (
            "the DHCP server names a boot of its own",
            """
            The lease names a boot file or a next-server (options 66 and 67, "filename", "network boot" in a router's pages), and \
            the machine went there instead of here. Remove both from the DHCP server; nothing else on the network needs them.
            """
        ),
        .bootServiceNotAsked: (
            "it never asked port 4011",
            """
            The machine has an address and an offer of ours that says to ask port 4011 for the rest (the shape BINL, or a menu), \
            and that question never came to this host. A firewall or a router between the two drops UDP port 4011, or sends it \
            elsewhere. Let it through, or give these machines the shape "direct" by a rule, which needs no port 4011.
            """
        ),
        .bootServiceBlocked: (
            "a firewall of this host drops port 4011",
            """
            The machine's question came to this host's network card and never to the service: the kernel threw it away between \
            the two, which only a firewall of this host does (or rp_filter, which "pilotfish doctor" looks at too). Open the \
            port: "nft insert rule inet filter input udp dport { 67, 69, 4011 } accept", "firewall-cmd \
            --add-service=pilotfish", "ufw allow Pilotfish".
            """
        ),
        .tftpBlocked: (
            "a firewall of this host drops port 69",
            """
            The machine's TFTP request came to this host's network card and never to the service: the kernel threw it away between \
            the two, which only a firewall of this host does (or rp_filter, which "pilotfish doctor" looks at too). Open the \
            port: "nft insert rule inet filter input udp dport { 67, 69, 4011 } accept", "firewall-cmd \
            --add-service=pilotfish", "ufw allow Pilotfish".
            """
        ),
        .fileNeverAsked: (
            "it never asked for the file that it was told of",
            """
            The machine has an address and knows its file, and no request for it came to this host's card. Either a firewall or \
            router between the two drops it (UDP port 69, or the TCP port of HTTP), or the machine asks another server: \
            a next-server of the DHCP server, or a routing that leads elsewhere. "pilotfish probe" shows what it hears.
            """
        ),
        .otherProxy: (
            "another boot server answered it",
            """
            Another proxy or PXE server on this network answered the machine, and it went there: firmware takes the first or the \
            last that it hears. Switch the other one off, or let only one of the two answer these machines (Windows deployment \
            services, FOG, dnsmasq and routers with "network boot" are the usual ones).
            """
        ),
    ]

    private static let fileTexts: [VerdictCode: Text] = [
        .fileMissing: (
            "the file that it asked for is not there",
            """
            The machine asked for a file that lies neither under the root nor in an image, and nothing followed. Put it there, or \
            name another in the settings. "pilotfish explain MAC --file NAME" shows every place that was looked at.
            """
        ),
        .fileDenied: (
            "the file that it asked for may not be read",
            """
            The file is there, and the service's user may not read it, or a link leads out of the root. "chmod a+r FILE", and \
            "chmod a+x" for every directory above it; SELinux and AppArmor have a word too (their log says so).
            """
        ),
        .fileUnreadable: (
            "the file cannot be read",
            """
            The file exists, and reading it failed: a disk that fails, a file server that is gone, a file that became shorter while \
            it was sent, or a template without a value. The line tftp.refused, tftp.failed or http.done of the log says which.
            """
        ),
        .dataBlocked: (
            "nothing of a transfer was acknowledged",
            """
            The request came, data was sent, and no acknowledgement ever came back. TFTP goes on at another port than 69, which \
            firewalls forget: let UDP go both ways between this host and the machines, "nft insert rule inet filter input udp \
            dport 32768-60999 accept", or keep to few ports with tftp.ports in the settings. A machine that was switched off \
            looks the same.
            """
        ),
        .transferStalled: (
            "a transfer stands still",
            """
            Part of the file arrived, and then nothing more was acknowledged. A cable, a switch or a duplex mismatch that fails \
            under load, a packet size that does not pass (tftp.max-block-size = 1468 or 1400), or a machine that hangs.
            """
        ),
        .linkLoses: (
            "much was sent again",
            """
            More than one block in twenty had to be sent again. The boot goes on, slowly. Look at cable, duplex and the counters of \
            the switch's port; limit tftp.max-window-size if the machine's card is overrun.
            """
        ),
        .loaderSilent: (
            "its loader says nothing",
            """
            The loader was sent whole and nothing was heard of it. It did not start (Secure Boot refuses an unsigned one, an old \
            BIOS hangs), it has no driver for the card, or it looks for its files at the DHCP server's next-server (GRUB does). \
            Look at the screen. A program that needs nothing more, such as a memory test, looks the same, so it counts as trouble \
            only when the machine is back soon. The next time the machine is offered the next loader of its kind, if there is one.
            """
        ),
        .wrongArchitecture: (
            "its loader is for other machines",
            """
            The loader that it got is a program for another processor, or for BIOS instead of UEFI or the other way round; firmware \
            refuses such a program, mostly without a word. Name a fitting one for this kind of machine in [loaders], or in the rule \
            that chose this one.
            """
        ),
        .noMemory: (
            "it left a download before the end",
            """
            The machine broke a file off and did not ask for it again. A file that does not fit into memory ends so: kernel and \
            initrd must lie in RAM at once, and an installer unpacks the initrd beside itself. Give it more memory, or a smaller \
            initrd. Somebody who pressed a key looks the same.
            """
        ),
        .kernelFails: (
            "its kernel does not stay up",
            """
            Kernel and initrd were fetched whole, and within two minutes the machine was back at the beginning. The kernel does not \
            start or panics: too little memory, wrong arguments, an initrd of another kernel, a processor that it is not made for. \
            Look at the screen, with "console=" arguments of its target for a serial one.
            """
        ),
        .installFailed: (
            "its install failed",
            """
            The installer said so, or nothing was heard of it for too long; the reason is what it said. "pilotfish show HOST" has \
            all of it, "pilotfish retry HOST" begins anew.
            """
        ),
        .upstreamFailed: (
            "another server does not give the file",
            """
            The file belongs to a [mirror.NAME] or a target with URLs, is not in the cache and could not be fetched; the line \
            mirror.failed of the log says why (name server, certificate, no room on the disk). The next request asks again.
            """
        ),
    ]
}
