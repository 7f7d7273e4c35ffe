extension ScreenCode {
    /// An error of iPXE: `https://ipxe.org/XXXXXXXX`, or its eight (or first six) digits.
    ///
    /// The first two digits are what happened, the next three in which part of iPXE; the rest tells places within that part,
    /// which differ between versions (iPXE's errno.h and errfile.h).
    static func iPXE(_ text: String) -> ScreenCode? {
        let last = text.lowercased().split { "/ ()".contains($0) }.last.map(String.init) ?? ""
        let digits = last.hasPrefix("0x") ? String(last.dropFirst(2)) : last
        guard digits.count == 6 || digits.count == 8, let number = UInt32(digits, radix: 16) else { return nil }
        let whole = digits.count == 6 ? number << 8 : number
        // The lowest bit of the place is one of the number within it.
        guard let what = happenings[UInt8(whole >> 24)] else { return nil }
        let place = places[whole & 0xFFE000]
        let pair = Pair(what: UInt8(whole >> 24), place: whole & 0xFFE000)
        let code = "ipxe.org/\(digits)"
        if let known = pairs[pair] { return ScreenCode(code, known.meaning, known.cause, known.action) }
        return ScreenCode(
            code, "\(what.meaning)\(place.map { " (in iPXE's \($0))" } ?? "")", what.cause,
            "\"pilotfish sessions MAC\" shows how far the machine came; iPXE's own page of this number says more.")
    }

    private struct Pair: Hashable {
        let what: UInt8
        let place: UInt32
    }

    private static let dhcp: UInt32 = 0x10_6000
    private static let dns: UInt32 = 0x11_6000
    private static let tftp: UInt32 = 0x12_6000
    private static let http: UInt32 = 0x0C_6000
    private static let tcp: UInt32 = 0x0A_6000
    private static let ifmgmt: UInt32 = 0x0E_E000
    private static let tls: UInt32 = 0x0D_E000
    private static let x509: UInt32 = 0x16_E000
    private static let drbg: UInt32 = 0x25_E000
    private static let efi: UInt32 = 0x04_8000
    private static let umalloc: UInt32 = 0x3B_E000

    private static let places: [UInt32: String] = [
        dhcp: "DHCP", dns: "DNS", tftp: "TFTP", http: "HTTP", tcp: "TCP", ifmgmt: "set-up of the network", tls: "TLS",
        x509: "certificates", drbg: "random numbers", efi: "start of EFI programs", umalloc: "memory", 0x01_6000: "ARP",
        0x05_6000: "IPv4", 0x06_6000: "IPv6", 0x08_6000: "network cards", 0x00_8000: "images", 0x01_8000: "ELF images",
        0x02_8000: "scripts", 0x03_8000: "memory for images", 0x05_E000: "list of images", 0x04_E000: "DHCP",
        0x03_E000: "automatic boot", 0x0F_E000: "iSCSI boot", 0x0D_6000: "iSCSI", 0x2B_E000: "trust in images",
        0x09_2000: "opening of URIs", 0x01_2000: "downloads", 0x0C_2000: "settings",
    ]

    /// iPXE numbers what POSIX names, in alphabetical order.
    private static let happenings: [UInt8: (meaning: String, cause: String)] = [
        0x02: ("permission denied", "A server said no, a password is wrong, or a certificate is not trusted."),
        0x04: ("an address could not be had", "No way of getting an address worked."),
        0x0B: ("cancelled", "Somebody pressed a key, or the script gave up."),
        0x0D: ("the connection was given up", "The server ended it."),
        0x0E: ("the connection was refused", "Nothing listens there, or a firewall refuses it."),
        0x0F: ("the connection was reset", "The server ended it half-way, or a firewall did."),
        0x12: ("a number is out of range", "What came makes no sense."),
        0x17: ("the host cannot be reached", "Routing or ARP failed: wrong gateway, wrong network."),
        0x1A: ("still under way", "Something was asked for that was not finished."),
        0x1C: ("an invalid value", "Something that came, or stands in a script, makes no sense there."),
        0x1D: ("an input or output error", "A server's answer was broken or an error, or the card failed."),
        0x1F: ("that is a directory", "A URL ends in a directory's name."),
        0x26: ("the network is down", "No link: cable, port, or a port that is still asleep."),
        0x28: ("the network cannot be reached", "There is no route there: no gateway was given, or no address."),
        0x2A: ("no room for data", "Memory is short, or data came faster than it was taken."),
        0x2C: ("no such device", "There is no such card or disk, or no driver for it."),
        0x2D: ("not found", "The file is not there, or the name has no address."),
        0x2E: ("not a program for this machine", "The file is for another architecture, or no program at all."),
        0x31: ("no memory", "The machine has too little memory for what it fetched."),
        0x34: ("no room", "A disk or a buffer is full."),
        0x37: ("not built in", "This iPXE was built without that function."),
        0x38: ("not connected", "The connection ended before it was used."),
        0x3C: ("not supported", "This iPXE cannot do that: a protocol or a kind of image that is not built in."),
        0x3E: ("no such address", "A name server, a disk, or whatever else it is about, is not there."),
        0x3F: ("an operation that is not supported", "This iPXE, or the firmware beneath it, cannot do that."),
        0x41: ("not permitted", "Secure Boot or a rule of trust forbids it."),
        0x43: ("a protocol was violated", "What the server said is not what the protocol has."),
        0x46: ("out of range", "The answer is too long, or a number too large."),
        0x4C: ("timed out", "Nobody answered: a firewall, a wrong address, or a server that does not run."),
    ]

    private typealias Known = (meaning: String, cause: String, action: String)

    private static let pairs: [Pair: Known] = [
        Pair(what: 0x04, place: ifmgmt): (
            "iPXE got no address: no configuration method succeeded",
            "No DHCP server answered iPXE on any card, often because the switch port is asleep again: iPXE resets the link, and "
                + "spanning tree begins anew.",
            "Make the port an edge port (portfast); \"pilotfish sessions MAC\" shows whether iPXE's DISCOVER came here."
        ),
        Pair(what: 0x4C, place: ifmgmt): (
            "iPXE waited for the network in vain", "No DHCP server answered iPXE, or the link was down.",
            "Make the port an edge port (portfast), and see that the DHCP server has free addresses."
        ),
        Pair(what: 0x4C, place: dhcp): (
            "iPXE's DHCP timed out", "No DHCP server answered; a proxy such as Pilotfish gives no addresses.",
            "See that the DHCP server runs: \"pilotfish probe\"."
        ),
        Pair(what: 0x3E, place: dns): (
            "iPXE knows no name server", "A URL holds a name and the DHCP server named no DNS server.",
            "Put an address into the URL, or let the DHCP server name a DNS server (option 6)."
        ),
        Pair(what: 0x2D, place: dns): (
            "a name has no address", "The name in a URL is not known to the name server.",
            "Put an address into the URL, or mend the name."
        ),
        Pair(what: 0x2D, place: http): (
            "the web server has no such file (HTTP 404)",
            "The path of the URL is wrong, or the file is not under the root.",
            "\"pilotfish explain MAC --file PATH\" shows where it was looked for."
        ),
        Pair(what: 0x02, place: http): (
            "the web server refuses it (HTTP 401 or 403)",
            "The file is not readable for the service, or a password is wanted.",
            "chmod a+r the file and a+x its directories; for a menu with a password, give it."
        ),
        Pair(what: 0x1D, place: http): (
            "the web server answered with an error",
            "A status of 500 and above, or an answer that breaks the protocol.",
            "Look at the line http.done of the log at that time."
        ),
        Pair(what: 0x4C, place: tcp): (
            "a connection by TCP timed out",
            "A firewall drops the port of HTTP, or the address in the URL is not this host's.",
            "Open the port of HTTP in this host's firewall; \"pilotfish sessions MAC\" shows what it was told."
        ),
        Pair(what: 0x0F, place: tcp): (
            "a connection by TCP was refused or reset",
            "Nothing listens at the port in the URL, or a firewall refuses it.",
            "See that the service runs with HTTP switched on and that the URL has its port."
        ),
        Pair(what: 0x2D, place: tftp): (
            "the TFTP server has no such file",
            "The name is wrong or the file is not under the root. iPXE asks for autoexec.ipxe "
                + "at every start; that it is not found means nothing.",
            "\"pilotfish explain MAC --file NAME\" shows where it was looked for."
        ),
        Pair(what: 0x4C, place: tftp): (
            "TFTP timed out",
            "A firewall drops UDP port 69 or the ports of transfers, or the server's address is wrong.",
            "Open them on this host; \"pilotfish sessions MAC\" shows whether the request came."
        ),
        Pair(what: 0x02, place: tftp): (
            "the TFTP server refuses the file", "The service may not read it, or it lies outside of the root.",
            "chmod a+r the file and a+x its directories."
        ),
        Pair(what: 0x1C, place: drbg): (
            "iPXE has no random numbers", "The firmware gives no entropy, so HTTPS cannot be spoken.",
            "Use http:// for what this machine fetches; Pilotfish does."
        ),
        Pair(what: 0x02, place: x509): (
            "a certificate is not trusted",
            "The server's certificate is signed by nobody that this iPXE trusts, or the machine's "
                + "clock is wrong.",
            "Use http://, or an iPXE that was built with your authority; set the clock."
        ),
        Pair(what: 0x41, place: tls): (
            "TLS was refused",
            "Server and iPXE have no way of encryption in common, or the certificate is not for that name.",
            "Use http://, or a newer iPXE."
        ),
        Pair(what: 0x2E, place: efi): (
            "the firmware does not start this program", "It is for another architecture, or no EFI program at all.",
            "Take a kernel or loader for this kind of machine; \"pilotfish sessions MAC\" names both."
        ),
        Pair(what: 0x41, place: efi): (
            "Secure Boot does not let this program start", "It is not signed, or not by a key that the machine knows.",
            "Boot through shim and signed kernels, or switch Secure Boot off."
        ),
    ]
}
