extension ScreenCode {
    /// Codes of Intel's boot ROM, which nearly all BIOS ROMs took over (PXE 2.1 and its reference implementation).
    static let roms: [ScreenCode] = startCodes + networkCodes + discoveryCodes

    private static let vendor = "Update the machine's BIOS or the card's ROM, or boot by UEFI."
    private static let cable = "Try another cable, port and card."
    private static let watch = "\"pilotfish sessions MAC\" shows how far it came, and \"pilotfish probe\" who answers."

    private static let startCodes: [ScreenCode] = [
        ScreenCode("PXE-E00", "too little base memory", "Other option ROMs take the memory below 640 KB.", vendor),
        ScreenCode("PXE-E01", "the card is not the one that the ROM is for", "A ROM image of another card.", vendor),
        ScreenCode("PXE-E02", "the card was not found", "A ROM image of another card, or a defect.", vendor),
        ScreenCode("PXE-E03", "the card's ROM cannot be read", "A defect of the card or its ROM.", vendor),
        ScreenCode("PXE-E04", "the card cannot be read over PCI", "A defect, or a BIOS with a mistake.", vendor),
        ScreenCode("PXE-E05", "the card's settings are damaged", "Its memory holds nonsense (checksum).", vendor),
        ScreenCode("PXE-E06", "the ROM wants to be writable, and is not", "A mistake in the BIOS.", vendor),
        ScreenCode("PXE-E07", "the BIOS has no PCI services", "A mistake in the BIOS.", vendor),
        ScreenCode("PXE-E08", "a call within the ROM failed", "A mistake in the ROM.", vendor),
        ScreenCode(
            "PXE-E09", "the ROM's driver could not be loaded", "A mistake in the ROM, or too little memory.", vendor),
        ScreenCode(
            "PXE-E11", "nobody answered ARP for the server or the gateway",
            "The address that the machine was told to fetch from is not on its network and there is no way there, or a switch or "
                + "firewall keeps ARP from it.",
            "See that next-server is this host's address on that network, and that a gateway is given where one is needed. \(watch)"
        ),
        ScreenCode("PXE-E12", "too many ARP requests at once", "A mistake in the ROM.", vendor),
        ScreenCode("PXE-E20", "the BIOS could not copy memory", "A mistake in the BIOS.", vendor),
        ScreenCode(
            "PXE-E21", "the signature of the boot file is wrong", "Boot Integrity Services are on.", "Switch BIS off."),
        ScreenCode("PXE-E22", "the boot file's signature could not be checked", "As PXE-E21.", "Switch BIS off."),
        ScreenCode("PXE-E23", "Boot Integrity Services could not start", "As PXE-E21.", "Switch BIS off."),
        ScreenCode("PXE-E24", "Boot Integrity Services could not stop", "As PXE-E21.", "Switch BIS off."),
        ScreenCode("PXE-E25", "Boot Integrity Services said nothing", "As PXE-E21.", "Switch BIS off."),
        ScreenCode("PXE-E26", "Boot Integrity Services could not free memory", "As PXE-E21.", "Switch BIS off."),
        ScreenCode("PXE-E27", "Boot Integrity Services gave no signature", "As PXE-E21.", "Switch BIS off."),
        ScreenCode("PXE-E28", "the checksum of Boot Integrity Services is wrong", "As PXE-E21.", "Switch BIS off."),
    ]

    private static let networkCodes: [ScreenCode] = [
        ScreenCode(
            "PXE-E30", "nobody answered ARP for the TFTP server", "As PXE-E11.",
            "See that next-server is this host. \(watch)"),
        ScreenCode(
            "PXE-E31", "TFTP was open already", "A mistake in the ROM or in the loader.", vendor),
        ScreenCode(
            "PXE-E32", "TFTP: the server does not answer",
            "The request to UDP port 69 was dropped by a firewall, went to a server that has no TFTP (a next-server of the DHCP "
                + "server), or its answer, which comes from another port, was dropped.",
            "Open UDP 69 and the ports of transfers on this host. \(watch)"),
        ScreenCode(
            "PXE-E33", "TFTP: a packet that is none", "Another program sits at the port, or data was damaged.", cable),
        ScreenCode(
            "PXE-E34", "TFTP: reading was given up", "A mistake in the ROM, or a server that sends nonsense.", watch),
        ScreenCode(
            "PXE-E35", "TFTP: the transfer stopped half-way",
            "Packets are lost: cable, duplex, a packet size that does not pass, a firewall that forgets the connection.",
            "Try tftp.max-block-size = 1408. \(watch)"),
        ScreenCode("PXE-E36", "TFTP: the server sent an error", "See the line tftp.refused of the log.", watch),
        ScreenCode(
            "PXE-E37", "the lease was not prolonged while a file was fetched", "The DHCP server fell silent.",
            "See to it."),
        ScreenCode("PXE-E38", "TFTP: the connection cannot be opened", "The card could not send.", cable),
        ScreenCode("PXE-E39", "TFTP: the connection cannot be read", "The card could not receive.", cable),
        ScreenCode(
            "PXE-E3A", "TFTP: too many packets", "Packets came twice, from a bridge that loops.", "Look for a loop."),
        ScreenCode(
            "PXE-E3B", "TFTP: the file is not there", "The name that the machine was told is not under the root.",
            "\"pilotfish explain MAC --file NAME\" shows where it was looked for."),
        ScreenCode(
            "PXE-E3C", "TFTP: the file may not be read", "The service may not read it, or it lies outside of the root.",
            "chmod a+r the file and a+x its directories."),
        ScreenCode("PXE-E3D", "TFTP: no multicast address", "Multicast TFTP, which nobody uses any more.", watch),
        ScreenCode("PXE-E3E", "TFTP: the size of the file is not known", "A server without the option tsize.", watch),
        ScreenCode(
            "PXE-E3F", "TFTP: the packets are too large", "The server took a larger block than the ROM can hold.",
            "Set tftp.max-block-size = 1408, or 512 for the oldest."),
        ScreenCode(
            "PXE-E51", "no DHCP or proxy offer came",
            "The DISCOVER reached nobody, or no answer came back: a port that sleeps (spanning tree), the wrong VLAN, no DHCP server.",
            "Make the port an edge port (portfast), and see that a DHCP server is there. \(watch)"),
        ScreenCode(
            "PXE-E52", "offers of a boot came, and no address",
            "Pilotfish was heard and no DHCP server: it is off, full, in another VLAN, or does not know this machine.",
            "See to the DHCP server: a boot server gives no addresses. \(watch)"),
        ScreenCode(
            "PXE-E53", "an address came, and no boot file",
            "The DHCP server answered and no proxy did in time: Pilotfish observes only, refused the machine, sits in another VLAN, or "
                + "a firewall keeps its answer.",
            "\"pilotfish mode\" and the lines dhcp.refused of the log. \(watch)"),
        ScreenCode("PXE-E54", "the address cannot be read", "The DHCP server's answer is broken.", watch),
        ScreenCode(
            "PXE-E55", "the proxy does not answer at port 4011",
            "An offer said that the rest is told at UDP port 4011, and nobody answered there: a firewall drops it, or the offer was not "
                + "ours (a DHCP server whose option 60 says PXEClient).",
            "Open UDP port 4011 on this host, and take option 60 out of the DHCP server. \(watch)"),
        ScreenCode("PXE-E60", "the ROM's driver does not know a call", "A mistake in the ROM.", vendor),
        ScreenCode("PXE-E61", "no link", "The cable is not in, or the port is off.", cable),
        ScreenCode("PXE-E62", "the card cannot do multicast", "A mistake of the card or its ROM.", vendor),
        ScreenCode(
            "PXE-E63", "the card could not be started", "A defect, or an interrupt that two devices share.", vendor),
        ScreenCode(
            "PXE-E64", "the card's transceiver could not be started", "A defect, or a cable of the wrong kind.", cable),
        ScreenCode("PXE-E65", "the card's settings cannot be read", "A defect of its memory.", vendor),
        ScreenCode("PXE-E66", "the card's first settings cannot be read", "A defect of its memory.", vendor),
        ScreenCode("PXE-E67", "the card's address is none", "Its memory holds nonsense.", vendor),
        ScreenCode("PXE-E68", "the card's memory has a wrong checksum", "A defect.", vendor),
        ScreenCode("PXE-E69", "the card's interrupt could not be set", "A mistake in the BIOS.", vendor),
        ScreenCode("PXE-E6A", "the card's driver is in a wrong state", "A mistake in the ROM.", vendor),
        ScreenCode("PXE-E6B", "the card could not send", "A defect, or no link any more.", cable),
        ScreenCode("PXE-E6C", "the card's driver was called wrongly", "A mistake in the ROM.", vendor),
    ]

    private static let discoveryCodes: [ScreenCode] = [
        ScreenCode(
            "PXE-E74", "the menu of a boot server is broken",
            "Option 43 names PXE and lacks a menu or its prompt: most often a DHCP server that sends an option 43 meant for others.",
            "Take option 43 out of the DHCP server for these machines. \(watch)"),
        ScreenCode("PXE-E76", "no multicast address for discovery", "As PXE-E74.", "As PXE-E74. \(watch)"),
        ScreenCode("PXE-E77", "no list of boot servers", "As PXE-E74.", "As PXE-E74. \(watch)"),
        ScreenCode(
            "PXE-E78", "the boot server was not found",
            "The machine asked for an item of a menu and nobody answered: the answer of port 4011 was dropped, or the menu is of a server "
                + "that is gone.",
            "Open UDP port 4011 on this host. \(watch)"),
        ScreenCode(
            "PXE-E79", "the loader is too large for the memory below 640 KB",
            "A BIOS machine was given a loader for UEFI, or something that is no loader.",
            "Name a loader for BIOS (undionly.kpxe) in [loaders], or let the machine boot by UEFI. \(watch)"),
        ScreenCode(
            "PXE-E7A", "no server with the wanted security", "Boot Integrity Services are on.", "Switch BIS off."),
        ScreenCode("PXE-E7B", "no address of a TFTP server", "An offer names a file and no server.", watch),
        ScreenCode("PXE-E81", "the ROM's table is damaged", "A loader that does not fit this ROM.", vendor),
        ScreenCode("PXE-E82", "the ROM's other table is damaged", "A loader that does not fit this ROM.", vendor),
        ScreenCode(
            "PXE-EA0", "cancelled at the keyboard", "Somebody pressed Esc or Ctrl-C.", "Start the machine again."),
        ScreenCode("PXE-EA1", "no PXE server was found", "As PXE-E53.", watch),
        ScreenCode("PXE-EB0", "the card's bus is not known", "A ROM of another machine.", vendor),
        ScreenCode("PXE-EC1", "the ROM's base code is missing", "A BIOS image without it.", vendor),
        ScreenCode("PXE-EC3", "the ROM's base code is damaged", "A BIOS image with a mistake.", vendor),
        ScreenCode("PXE-EC4", "the ROM's driver is missing", "A BIOS image without it.", vendor),
        ScreenCode("PXE-EC6", "the ROM's driver is damaged", "A BIOS image with a mistake.", vendor),
        ScreenCode("PXE-EC8", "the ROM's table was not found", "The loader was not started by PXE.", vendor),
        ScreenCode("PXE-EC9", "the ROM's other table was not found", "The loader was not started by PXE.", vendor),
        ScreenCode(
            "PXE-M0F", "the boot ROM leaves", "Always said at the end of a boot that failed; the line above says why.",
            "Look up the code above it."),
        ScreenCode("PXE-T00", "the TFTP server sent an error", "See the line tftp.refused of the log.", watch),
        ScreenCode(
            "PXE-T01", "the TFTP server has no such file", "The name that the machine was told is not under the root.",
            "\"pilotfish explain MAC --file NAME\" shows where it was looked for."),
        ScreenCode(
            "PXE-T02", "the TFTP server refuses the file", "The service may not read it.",
            "chmod a+r the file. \(watch)"),
        ScreenCode("PXE-T04", "the TFTP server does not understand the ROM", "A request that is none.", watch),
    ]
}
