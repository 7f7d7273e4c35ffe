extension Refusal {
    var text: (summary: String, explanation: String) {
        switch self {
        case .malformed:
            (
                "not a DHCP message",
                "The datagram is too short, lacks the magic cookie, or has a damaged checksum. Nothing to do."
            )
        case .notARequest:
            ("a server's message", "The message comes from a DHCP server or another proxy. It is only watched.")
        case .tooManyHops:
            (
                "more than 16 relay hops",
                "Two DHCP relays send the message to each other. Look at their helper addresses."
            )
        case .noMessageType:
            ("no DHCP message type", "BOOTP clients and unknown message types are none of a proxy's business.")
        case .noBootClient:
            (
                "no network-boot client",
                "Option 60 begins neither with PXEClient nor with HTTPClient: an ordinary machine asking for an address."
            )
        case .notForUs:
            (
                "not a message that a proxy answers",
                """
                On port 67 a proxy answers DISCOVER only, on port 4011 REQUEST and INFORM only. Everything else belongs to \
                the DHCP server; an answer from us would make clients lose their address.
                """
            )
        case .otherServer:
            (
                "meant for another boot server",
                "Option 54 names another server, so another proxy is at work on this network."
            )
        case .unservableRelay:
            (
                "relay address makes no sense",
                "The relay's address (giaddr) is ours, a broadcast, loopback or multicast one."
            )
        case .unknownArchitecture:
            (
                "no loader for this architecture",
                """
                Option 93 names an architecture for which no loader is configured. Name one in the table [loaders] of \
                the settings.
                """
            )
        case .httpNotServed:
            (
                "UEFI HTTP Boot, and HTTP is switched off",
                "The firmware boots by HTTP only. Switch http on in the settings, or choose PXE (IPv4) in its boot menu."
            )
        case .loaderMissing:
            (
                "the loader file is missing, or not readable",
                """
                The loader for this architecture is not on the disk, or the service's user may not read it, so an offer would end \
                in a TFTP error. Install Debian's package ipxe, name another file in the table [loaders] of the settings, or make \
                it readable for all; "pilotfish doctor" says which it is.
                """
            )
        case .bootMenuNotOffered:
            ("a boot menu item that we do not serve", "The client picked an item of a PXE menu that is not ours.")
        case .observing:
            (
                "observing: nothing is answered",
                """
                The mode is observe. To answer, switch the running service with "pilotfish arm", set mode = "armed" in the \
                settings, or start with --mode armed.
                """
            )
        case .frozen:
            ("frozen: no new boot begins", "The mode is frozen: boots under way go on, new ones are not answered.")
        case .replyTooLarge:
            (
                "the answer does not fit what the client takes",
                "Option 57 of the client leaves too little room. Shorten the loader's file name."
            )
        case .interfaceWithoutAddress:
            (
                "the interface has no IPv4 address",
                "A client needs an address of ours to fetch its loader from. Give the interface one."
            )
        case .silencedByRule:
            (
                "left alone by a rule",
                "A rule of the settings says silence for this machine. \"pilotfish explain\" with its hardware address names its line."
            )
        case .networkNotServed:
            (
                "from a network that is not served",
                """
                The relay's address (giaddr), or without a relay the sender's, is no host's of any network of the interface. \
                To serve machines behind a router, list their networks in "networks" of the settings.
                """
            )
        case .standingBy:
            (
                "another proxy answered first",
                "This Pilotfish is the secondary one (dhcp.standby), and the other answered in time. All is well."
            )
        case .yielding:
            (
                "another proxy is at work on this network",
                """
                dhcp.yield is set, and within the last ten minutes another boot server answered. Find it by its address in \
                the log (dhcp.seen-offer), or take the setting back to answer beside it.
                """
            )
        case .leftAlone:
            (
                "the webhook says to leave it alone",
                """
                The rule of this machine asks an HTTP endpoint, which answered with another status than 200, or with \
                "ignore": true. The line webhook.decided says which, and "pilotfish explain" with the hardware address names \
                the rule.
                """
            )
        case .undecided:
            (
                "the webhook gave no decision",
                """
                The rule of this machine asks an HTTP endpoint, and there was no answer in time, or one that could not be \
                used; the line webhook.failed says why. To let machines boot then, write ask-fails = "open" into the rule.
                """
            )
        case .unknownMachine:
            (
                "left alone, for it belongs to no host",
                """
                boot.unknown is "silence", no rule fits this machine, and nobody gave it a name. "pilotfish list --new" shows it, and \
                "pilotfish adopt" with its hardware address gives it one; then it boots as all others.
                """
            )
        }
    }
}
