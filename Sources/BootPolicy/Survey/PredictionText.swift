extension PredictionCode {
    var text: (summary: String, explanation: String) {
        switch self {
        case .ourOffer:
            ("boots from our offer", "The firmware takes the file that our OFFER names. All is well.")
        case .ourBootService:
            ("boots what we tell on port 4011", "The firmware asks our port 4011 for its file. All is well.")
        case .ourMenu:
            ("boots from our menu", "The firmware shows our menu, or takes its first item. All is well.")
        case .leaseNamesUs:
            (
                "the DHCP server sends the client to us",
                "The DHCP server's own reply names this server as next-server, so the client comes here by that road."
            )
        case .contested:
            (
                "a race: which answer comes first decides",
                """
                Two servers call themselves boot servers to this machine: another proxy, or a DHCP server with option \
                60 "PXEClient" in its leases. Who wins depends on which answer comes first (EDK2 takes the first; iPXE \
                the last of the highest priority before it stops listening, and such a lease alone makes it stop), so \
                some boots will go astray. What is predicted is what the order just heard leads to.
                """
            )
        case .otherProxy:
            (
                "boots what another boot server tells",
                "Another proxy on this network is preferred by this firmware, or was the only one that answered."
            )
        case .leaseFileWins:
            (
                "the DHCP server's boot file wins",
                """
                The DHCP server names a boot file, and this client prefers it to a proxy's. iPXE does so unless the \
                proxy sets a higher priority (option 175.1).
                """
            )
        case .leaseIsBootServer:
            (
                "the DHCP server calls itself a boot server",
                """
                Its leases carry option 60 "PXEClient", often left over from Windows' deployment services. UEFI then \
                asks port 4011 of that lease's next-server (or of the DHCP server) and looks at no proxy. Nothing that \
                a proxy sends changes that.
                """
            )
        case .leaseFileOnly:
            (
                "boots the DHCP server's file",
                "No boot server's offer was of use to this firmware, and the DHCP server names a boot file itself."
            )
        case .proxiesForbidden:
            (
                "the DHCP server forbids proxies",
                "The DHCP server sends iPXE option 175.176 (no-pxedhcp): every boot server's offer is ignored."
            )
        case .nothingHeard:
            ("no answer at all", "Nobody answered the client: no DHCP server, no boot server (PXE-E51).")
        case .noLease:
            (
                "no address",
                "A boot server answered, but no DHCP server offered an address (PXE-E52, on UEFI PXE-E16)."
            )
        case .noBootInformation:
            (
                "nobody tells what to boot",
                "The client gets an address, and nobody names a file for it (PXE-E53, on UEFI PXE-E16)."
            )
        default: failureText
        }
    }

    private var failureText: (summary: String, explanation: String) {
        switch self {
        case .offerDiscarded:
            (
                "the firmware throws the offer away",
                """
                UEFI of 2010 to April 2017 (EDK2 NetworkPkg) discards every proxy offer whose option 43 holds one of \
                the sub-options 6 to 10. It understands offers without option 43 (shape BINL).
                """
            )
        case .bootAborted:
            (
                "the firmware takes the offer for \"boot from disk\"",
                """
                The offer has PXE options but neither a menu nor, for this firmware, a file: UEFI before May 2013 does \
                not know 43.6 bit 3. Its screen says that the boot was aborted.
                """
            )
        case .offerUnusable:
            (
                "the offer is malformed for this firmware",
                "EDK2 drops a message without option 54, without option 255, or with an option of a wrong length."
            )
        case .bootServiceSilent:
            (
                "nobody answers on port 4011",
                "The client was sent to port 4011 and heard nothing there (PXE-E55, on UEFI PXE-E18)."
            )
        case .bootServiceUnusable:
            (
                "the answer on port 4011 is of no use",
                "iPXE wants a file and a next-server (siaddr) in it, or a menu; EDK2 wants a file."
            )
        case .noNextServer:
            ("a file without a server", "The message names a file, and no server (siaddr is zero) to fetch it from.")
        case .urlForTFTP:
            (
                "a URL for firmware that knows TFTP only",
                "PXE firmware takes a URL for a file's name and asks TFTP for it (PXE-E99, or a size of 0)."
            )
        case .noHTTPInIPXE:
            ("an http URL for an iPXE without HTTP", "This iPXE was built without HTTP, as VirtualBox's ROM is.")
        case .noHTTPOffer:
            (
                "no offer for UEFI HTTP Boot",
                "HTTP Boot looks only at offers of the class HTTPClient that hold an http URL."
            )
        case .hostNameWithoutDNS:
            (
                "a host name, and no DNS server",
                "UEFI HTTP Boot takes its DNS server from the DHCP server alone, and there was none in its offer."
            )
        case .noRaspberryPiText:
            (
                "no offer for a Raspberry Pi",
                "A Raspberry Pi takes only offers whose option 43 holds the words \"Raspberry Pi Boot\"."
            )
        case .ignoresProxies:
            (
                "this firmware hears no proxy",
                "U-Boot, as usually built, takes server and file from the DHCP server alone."
            )
        case .loaderAsksDHCPServer:
            (
                "the loader asks the DHCP server for its files",
                """
                GRUB, shim and others do not ask again: they read the messages that the firmware kept, GRUB only the \
                DHCP server's. Its next-server (siaddr) is not this server, so the next file is sought in vain.
                """
            )
        case .leaseLosesEnd:
            (
                "the lease's option 67 has no NUL",
                """
                EDK2 writes a NUL behind the name in option 67, here over the end mark of the DHCP server's offer. It then \
                finds its own choice invalid and takes the last offer that came. If that is a boot server's, it asks for \
                the address 0.0.0.0, in vain.
                """
            )
        case .discoveryFails:
            (
                "the menu leads nowhere",
                "The offer asks for boot server discovery in a way that reaches nobody, or nobody answers."
            )
        default: ("", "")
        }
    }
}
