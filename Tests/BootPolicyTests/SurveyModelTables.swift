import BootPolicy
import Wire

extension SurveyModelTests {
    /// EDK2's eight rules (proxydhcp.md 3.3; PxeBcDhcp4.c).
    static let edk2Rows: [Row] = [
        Row(
            .edk2, "rule 6: plain lease + BINL proxy, 4011 at its siaddr", [.lease(), .binl(LAN.us)], .ours, "PF-P002",
            from: LAN.us),
        Row(.edk2, "rule 6: the same in the other order", [.binl(LAN.us), .lease()], .ours, "PF-P002", from: LAN.us),
        Row(
            .edk2, "0.1 #6: 4011 goes to siaddr, whoever sent the offer", [.lease(), .binl(LAN.us, next: LAN.rival)],
            .theirs, "PF-P010", from: LAN.rival),
        Row(.edk2, "0.1 #6: else to option 54", [.lease(), .binl(LAN.us, next: .any)], .ours, "PF-P002", from: LAN.us),
        Row(
            .edk2, "rule 6: BINL proxies are tried in order", [.lease(), .binl(LAN.rival), .binl(LAN.us)], .theirs,
            "PF-P010", from: LAN.rival),
        Row(
            .edk2, "two proxies, ours first: by luck", [.lease(), .binl(LAN.us), .binl(LAN.rival)], .ours, "PF-P005",
            from: LAN.us),
        Row(
            .edk2, "rule 6: a silent proxy is left after 10 s for the next",
            [.lease(), .binl(LAN.rival), .binl(LAN.us), .service(LAN.us, file: "a.efi")], .ours, "PF-P005",
            file: "a.efi", from: LAN.us),
        Row(
            .edk2, "all proxies silent: PXE-E18",
            [.lease(), .binl(LAN.us), .service(LAN.third, file: "x")], .none, "PF-P026"),
        Row(.edk2, "an ACK without a file", [.lease(), .binl(LAN.us), .service(LAN.us, file: "")], .none, "PF-P027"),
        Row(
            .edk2, "1.2: TFTP server of the ACK: siaddr, else 54",
            [.lease(), .binl(LAN.us), .service(LAN.us, next: LAN.third, file: "a.efi")], .ours, "PF-P002",
            file: "a.efi", from: LAN.third),
        Row(
            .edk2, "rule 3 before 6: PXE options beat BINL", [.lease(), .binl(LAN.us), .direct(LAN.rival, file: "b")],
            .theirs, "PF-P010", file: "b", from: LAN.rival),
        Row(
            .edk2, "rule 3: the first of two", [.lease(), .direct(LAN.us, file: "a"), .direct(LAN.rival, file: "b")],
            .ours, "PF-P005", file: "a", from: LAN.us),
        Row(.edk2, "1.1: direct", [.lease(), .direct(LAN.us, file: "a")], .ours, "PF-P001", file: "a", from: LAN.us),
        Row(
            .edk2, "3.3: with bit 3 the first 43.8 address is the TFTP server",
            [.lease(), .direct(LAN.rival, file: "a").option(43, [6, 1, 8, 8, 7, 0, 1, 1, 10, 77, 0, 4, 255])], .theirs,
            "PF-P010", file: "a", from: LAN.third),
        Row(
            .edk2, "3.3: option 67 is preferred to file",
            [.lease(), .direct(LAN.us, file: "h").option(67, "o\0")], .ours, "PF-P001", file: "o", from: LAN.us),
        Row(.edk2, "1.4: menu, unicast discovery", [.lease(), .menu(LAN.us)], .ours, "PF-P003", from: LAN.us),
        Row(
            .edk2, "0.1 #14: the listed server, not siaddr of the ACK",
            [.lease(), .menu(LAN.us), .service(LAN.us, next: LAN.third, file: "a")], .ours, "PF-P003", file: "a",
            from: LAN.us),
        Row(.edk2, "1.3: multicast allowed without a group", [.lease(), .menu(LAN.us, control: 0)], .none, "PF-P036"),
        Row(.edk2, "1.4: type 0 is \"aborted\"", [.lease(), .menu(LAN.us, type: 0)], .none, "PF-P024"),
        Row(
            .edk2, "rule 1: a lease with PXE options hides all",
            [.lease(file: "x").option(60, "PXEClient").option(43, [6, 1, 8, 255]), .binl(LAN.us)], .theirs, "PF-P012",
            file: "x", from: LAN.router),
        Row(
            .edk2, "rule 5: a class 60 lease hides BINL (fog-docs #188)",
            [.lease().option(60, "PXEClient"), .binl(LAN.us)], .none, "PF-P012"),
        Row(
            .edk2, "rule 5: … and is fine if it leads to us (C138)",
            [.lease(next: LAN.us).option(60, "PXEClient"), .binl(LAN.us)], .ours, "PF-P004", from: LAN.us),
        Row(
            .edk2, "rule 5: siaddr zero, so 54 of the lease", [.lease(LAN.us).option(60, "PXEClient")], .ours,
            "PF-P004", from: LAN.us),
        Row(
            .edk2, "rule 5: a known boot server there",
            [.lease(next: LAN.rival).option(60, "PXEClient"), .binl(LAN.rival)], .theirs, "PF-P012", from: LAN.rival),
        Row(
            .edk2, "rule 3 before 5 with a second, plain DHCP server",
            [.lease().option(60, "PXEClient"), .lease(LAN.third), .direct(LAN.us, file: "a")], .ours, "PF-P001",
            file: "a", from: LAN.us),
        Row(
            .edk2, "0.1 #4: a proxy beats the lease's file", [.lease(next: LAN.router, file: "r"), .binl(LAN.us)],
            .ours,
            "PF-P002", from: LAN.us),
        Row(
            .edk2, "rule 7: a proxy later than the slot of 4 s loses to the lease's file",
            [.lease(next: LAN.router, file: "r"), .binl(LAN.us, ms: 4100)], .theirs, "PF-P013", file: "r",
            from: LAN.router),
        Row(
            .edk2, "3.3: without a file in the lease a late proxy is used at 12 s",
            [.lease(), .binl(LAN.us, ms: 4100)],
            .ours, "PF-P002", from: LAN.us),
        Row(
            .edk2, "rule 7: the lease's file on our TFTP", [.lease(next: LAN.us, file: "r")], .ours, "PF-P004",
            file: "r", from: LAN.us),
        Row(.edk2, "no lease: PXE-E16", [.binl(LAN.us)], .none, "PF-P021"),
        Row(.edk2, "nobody offers a boot", [.lease()], .none, "PF-P022"),
        Row(.edk2, "0.1 #8: no option 54", [.lease(), .binl(LAN.us).without(54)], .none, "PF-P025"),
        Row(.edk2, "0.1 #8: no option 255", [.lease(), .binl(LAN.us).unended], .none, "PF-P025"),
        Row(.edk2, "0.1 #8: a wrong-sized option", [.lease(), .binl(LAN.us).option(57, [1])], .none, "PF-P025"),
        Row(
            .edk2, "WfM 1.1a: 43.1 to 43.5",
            [
                .lease(), .binl(LAN.us).option(43, [1, 4, 0, 0, 0, 0, 2, 2, 0, 1, 3, 2, 0, 1, 4, 1, 1, 5, 1, 1, 255]),
            ], .none, "PF-P025"),
        Row(
            .edk2, "4 #31: an Aironet 43 is no PXE option",
            [
                .lease().option(43, [0xF1, 4, 10, 0, 0, 1]), .binl(LAN.us).option(43, [0xF1, 4, 10, 0, 0, 1]),
            ], .ours, "PF-P002", from: LAN.us),
        Row(
            .edk2, "4 #32: a URL is taken for a name (PXE-E99)",
            [.lease(), .direct(LAN.us, file: "http://10.77.0.2/a")],
            .none, "PF-P029"),
        Row(
            .edk2, "1.7: an HTTPClient proxy is dropped", [.lease(), .http(LAN.us, url: "http://10.77.0.2/a")], .none,
            "PF-P022"),
        Row(.edk2ARM64, "the same rules", [.lease(), .binl(LAN.us)], .ours, "PF-P002", from: LAN.us),
    ]

    /// EDK2 8cdd559be6 and 30a95d4d39 (proxydhcp.md 0.1 #2, #3).
    static let generationRows: [Row] = [
        Row(
            .edk2From2010To2017, "a proxy's 43.6 to 43.10 is thrown away", [.lease(), .direct(LAN.us, file: "a")],
            .none,
            "PF-P023"),
        Row(.edk2From2010To2017, "… and a menu too", [.lease(), .menu(LAN.us)], .none, "PF-P023"),
        Row(
            .edk2From2010To2017, "BINL is accepted", [.lease(), .direct(LAN.rival, file: "b"), .binl(LAN.us)], .ours,
            "PF-P005", from: LAN.us),
        Row(
            .edk2From2010To2017, "a lease's own PXE options are not thrown away",
            [.lease(file: "x").option(60, "PXEClient").option(43, [6, 1, 8, 255])], .theirs, "PF-P012", file: "x",
            from: LAN.router),
        Row(
            .edk2Before2013, "bit 3 is unknown: boots from disk", [.lease(), .direct(LAN.us, file: "a")], .none,
            "PF-P024"),
        Row(.edk2Before2013, "BINL is accepted", [.lease(), .binl(LAN.us)], .ours, "PF-P002", from: LAN.us),
        Row(.edk2Before2013, "a menu is shown", [.lease(), .menu(LAN.us)], .ours, "PF-P003", from: LAN.us),
    ]

    /// iPXE (proxydhcp.md 3.2; dhcp.c, settings.c).
    static let ipxeRows: [Row] = [
        Row(
            .ipxeUEFI, "file and siaddr in the offer: no 4011",
            [.lease(), .direct(LAN.us, file: "http://10.77.0.2/s")],
            .ours, "PF-P001", file: "http://10.77.0.2/s", from: LAN.us),
        Row(
            .ipxeBIOS, "0.1 #4: the lease's file comes first",
            [.lease(next: LAN.router, file: "r"), .direct(LAN.us, file: "http://10.77.0.2/s")], .theirs, "PF-P011",
            file: "r", from: LAN.router),
        Row(
            .ipxeBIOS, "0.1 #5: unless 175.1 > 0",
            [
                .lease(next: LAN.router, file: "r"),
                .direct(LAN.us, file: "http://10.77.0.2/s").option(175, [1, 1, 1, 255]),
            ], .ours, "PF-P001", file: "http://10.77.0.2/s", from: LAN.us),
        Row(
            .ipxeBIOS, "… and unless the lease's own priority is no lower",
            [
                .lease(next: LAN.router, file: "r").option(175, [1, 1, 5]),
                .direct(LAN.us, file: "http://10.77.0.2/s").option(175, [1, 1, 1, 255]),
            ], .theirs, "PF-P011", file: "r", from: LAN.router),
        Row(
            .ipxeUEFI, "0.1 #9: the last of equals before it leaves discovery",
            [.direct(LAN.rival, file: "b"), .direct(LAN.us, file: "a"), .lease()], .ours, "PF-P005", file: "a",
            from: LAN.us),
        Row(
            .ipxeUEFI, "0.1 #9: it leaves with the first lease and proxy",
            [.lease(), .direct(LAN.rival, file: "b"), .direct(LAN.us, file: "a")], .theirs, "PF-P005", file: "b",
            from: LAN.rival),
        Row(
            .ipxeUEFI, "two proxies are no race when the lease's file comes first anyway",
            [.lease(next: LAN.router, file: "r"), .direct(LAN.rival, file: "b"), .direct(LAN.us, file: "a")], .theirs,
            "PF-P011", file: "r", from: LAN.router),
        Row(
            .ipxeUEFI, "a proxy later than 3 s is in no race",
            [.lease(), .direct(LAN.us, file: "a"), .direct(LAN.rival, file: "b", ms: 3500)], .ours, "PF-P001",
            file: "a", from: LAN.us),
        Row(
            .ipxeUEFI, "a higher priority is not replaced",
            [
                .direct(LAN.us, file: "a").option(175, [1, 1, 1]), .direct(LAN.rival, file: "b"), .lease(),
            ], .ours, "PF-P005", file: "a", from: LAN.us),
        Row(
            .ipxeUEFI, "4 #12: a proxy later than 3 s", [.lease(), .direct(LAN.us, file: "a", ms: 3500)], .none,
            "PF-P022"),
        Row(
            .ipxeUEFI, "175.176: proxies are ignored",
            [
                .lease().option(175, [0xB0, 1, 1]), .direct(LAN.us, file: "a"),
            ], .none, "PF-P014"),
        Row(
            .ipxeUEFI, "175.176 with a file in the lease",
            [
                .lease(next: LAN.router, file: "r").option(175, [0xB0, 1, 1]), .direct(LAN.us, file: "a"),
            ], .theirs, "PF-P014", file: "r", from: LAN.router),
        Row(
            .ipxeUEFI, "175.176 = 0 means nothing", [.lease().option(175, [0xB0, 1, 0]), .direct(LAN.us, file: "a")],
            .ours, "PF-P001", file: "a", from: LAN.us),
        Row(
            .ipxeUEFI, "BINL: asks 54, not siaddr (0.1 #6)", [.lease(), .binl(LAN.us, next: LAN.rival)], .ours,
            "PF-P002", from: LAN.us),
        Row(
            .ipxeUEFI, "4 #8: an ACK with file and siaddr 0 is no ACK",
            [.lease(), .binl(LAN.us), .service(LAN.us, next: .any, file: "http://10.77.0.2/s")], .none, "PF-P027"),
        Row(
            .ipxeUEFI, "… and the lease's file is what is left",
            [
                .lease(next: LAN.router, file: "r"), .binl(LAN.us), .service(LAN.us, next: .any, file: "s"),
            ], .theirs, "PF-P013", file: "r", from: LAN.router),
        Row(
            .ipxeUEFI, "the ACK's file and siaddr",
            [.lease(), .binl(LAN.us), .service(LAN.us, file: "s")], .ours, "PF-P002", file: "s", from: LAN.us),
        Row(
            .ipxeUEFI, "4 #9: a class 60 lease that came first is the proxy",
            [
                .lease().option(60, "PXEClient"), .direct(LAN.us, file: "a"),
            ], .none, "PF-P012"),
        Row(
            .ipxeUEFI, "… one that came last too, by equal priority",
            [
                .direct(LAN.us, file: "a"), .lease().option(60, "PXEClient"),
            ], .none, "PF-P012"),
        Row(
            .ipxeUEFI, "… and with 175.1 in ours it is not, if ours came first: a race",
            [
                .direct(LAN.us, file: "a").option(175, [1, 1, 1]), .lease().option(60, "PXEClient"),
            ], .ours, "PF-P005", file: "a", from: LAN.us),
        Row(
            .ipxeUEFI, "… which is lost when the lease came first",
            [
                .lease().option(60, "PXEClient"), .direct(LAN.us, file: "a").option(175, [1, 1, 1]),
            ], .none, "PF-P005"),
        Row(
            .ipxeBIOS, "… also when the lease was slow: the next one may not be",
            [
                .direct(LAN.us, file: "a").option(175, [1, 1, 1]), .lease(ms: 3100).option(60, "PXEClient"),
            ], .ours, "PF-P005", file: "a", from: LAN.us),
        Row(
            .ipxeBIOS, "… and none when the lease has that priority too",
            [
                .direct(LAN.us, file: "a").option(175, [1, 1, 1]),
                .lease().option(60, "PXEClient").option(175, [1, 1, 1]),
            ], .none, "PF-P012"),
        Row(
            .ipxeUEFI, "header before option 67", [.lease(), .direct(LAN.us, file: "h").option(67, "o")], .ours,
            "PF-P001", file: "h", from: LAN.us),
        Row(
            .ipxeUEFI, "a file without siaddr in the lease",
            [.lease(file: "r")], .none, "PF-P028"),
        Row(
            .ipxeUEFI, "no proxy, the lease's file on our TFTP", [.lease(next: LAN.us, file: "r")], .ours, "PF-P004",
            file: "r", from: LAN.us),
        Row(.ipxeUEFI, "menu", [.lease(), .menu(LAN.us)], .ours, "PF-P003", from: LAN.us),
        Row(.ipxeUEFI, "no lease", [.direct(LAN.us, file: "a")], .none, "PF-P021"),
        Row(
            .ipxeWithoutHTTP, "an http URL", [.lease(), .direct(LAN.us, file: "http://10.77.0.2/s")], .none, "PF-P030"),
        Row(
            .ipxeWithoutHTTP, "a tftp URL", [.lease(), .direct(LAN.us, file: "tftp://10.77.0.2/ipxe.pxe")], .ours,
            "PF-P001", file: "tftp://10.77.0.2/ipxe.pxe", from: LAN.us),
    ]

    /// PXE 2.1 §2.2; proxydhcp.md 1.1 to 1.5, 3.1.
    static let romRows: [Row] = [
        Row(
            .biosROM, "1.1: direct", [.lease(), .direct(LAN.us, file: "a.0")], .ours, "PF-P001", file: "a.0",
            from: LAN.us),
        Row(
            .biosROM, "a proxy later than the lease, within 4 + 8 s",
            [.lease(), .direct(LAN.us, file: "a.0", ms: 9000)],
            .ours, "PF-P001", file: "a.0", from: LAN.us),
        Row(
            .biosROM, "3.1: 4011 when siaddr and file are missing", [.lease(), .binl(LAN.us, next: .any)], .ours,
            "PF-P002", from: LAN.us),
        Row(
            .biosROM, "PXE-E55: nobody on 4011",
            [
                .lease(), .binl(LAN.us, next: .any), .service(LAN.third, file: "x"),
            ], .none, "PF-P026"),
        Row(.biosROM, "1.4: menu", [.lease(), .menu(LAN.us)], .ours, "PF-P003", from: LAN.us),
        Row(.biosROM, "menu of another", [.lease(), .menu(LAN.rival)], .theirs, "PF-P010", from: LAN.rival),
        Row(
            .biosROM, "3.1: the proxy's file before the lease's",
            [.lease(next: LAN.router, file: "r"), .direct(LAN.us, file: "a.0")], .ours, "PF-P001", file: "a.0",
            from: LAN.us),
        Row(
            .biosROM, "only the lease names a file", [.lease(next: LAN.router, file: "r")], .theirs, "PF-P013",
            file: "r", from: LAN.router),
        Row(.biosROM, "PXE-E52: no lease", [.direct(LAN.us, file: "a.0")], .none, "PF-P021"),
        Row(.biosROM, "PXE-E53: no file", [.lease()], .none, "PF-P022"),
        Row(.biosROM, "4 #7: class 60 lease, nobody there", [.lease().option(60, "PXEClient")], .none, "PF-P012"),
    ]

    /// EDK2 HttpBootDxe; proxydhcp.md 1.7.
    static let httpRows: [Row] = [
        Row(
            .edk2HTTP, "proxy with an address in its URL", [.lease(), .http(LAN.us, url: "http://10.77.0.2/a.efi")],
            .ours, "PF-P001", file: "http://10.77.0.2/a.efi", from: LAN.us),
        Row(
            .edk2HTTP, "a name in the URL needs option 6 of the lease",
            [.lease(), .http(LAN.us, url: "http://boot/a")],
            .none, "PF-P032"),
        Row(
            .edk2HTTP, "… with option 6",
            [.lease().option(6, LAN.router.octets), .http(LAN.us, url: "http://boot/a")], .ours, "PF-P001",
            file: "http://boot/a"),
        Row(
            .edk2HTTP, "DNS of the proxy is ignored",
            [.lease(), .http(LAN.us, url: "http://boot/a").option(6, LAN.router.octets)], .none, "PF-P032"),
        Row(
            .edk2HTTP, "the DHCP server's own URL wins",
            [
                .lease(file: "http://10.77.0.1/r").option(60, "HTTPClient"), .http(LAN.us, url: "http://10.77.0.2/a"),
            ], .theirs, "PF-P013", file: "http://10.77.0.1/r", from: LAN.router),
        Row(.edk2HTTP, "a PXEClient proxy is dropped", [.lease(), .binl(LAN.us)], .none, "PF-P031"),
        Row(.edk2HTTP, "lab 3 #5: HTTPClient without a URL", [.lease(), .http(LAN.us, url: "")], .none, "PF-P031"),
        Row(
            .edk2HTTP, "two proxies",
            [
                .lease(), .http(LAN.us, url: "http://10.77.0.2/a"), .http(LAN.rival, url: "http://10.77.0.3/b"),
            ], .ours, "PF-P005", file: "http://10.77.0.2/a", from: LAN.us),
    ]
}

extension SurveyModelTests {
    private static let raspberry: [UInt8] =
        [6, 1, 3, 10, 4, 0] + Array("PXE".utf8) + [9, 20, 0, 0, 17] + Array("Raspberry Pi Boot".utf8) + [255]

    /// Raspberry Pi documentation and U-Boot's bootp.c; proxydhcp.md 3.4, 3.5.
    static let boardRows: [Row] = [
        Row(
            .raspberryPi, "the words in 43", [.lease(), .binl(LAN.us).option(43, raspberry)], .ours, "PF-P001",
            from: LAN.us),
        Row(
            .raspberryPi, "option 66 names the TFTP server",
            [.lease(), .binl(LAN.rival).option(43, raspberry).option(66, "10.77.0.4")], .theirs, "PF-P010",
            from: LAN.third),
        Row(.raspberryPi, "no words", [.lease(), .direct(LAN.us, file: "a")], .none, "PF-P033"),
        Row(.uboot, "no proxy is heard", [.lease(next: LAN.router), .binl(LAN.us, file: "a")], .none, "PF-P034"),
        Row(.uboot, "… whether or not one answers it", [.lease(next: LAN.router)], .none, "PF-P034"),
        Row(
            .uboot, "option 67 of the lease counts where the header names no file",
            [.lease(next: LAN.router).option(67, "r\0"), .binl(LAN.us, file: "a")], .theirs, "PF-P013", file: "r",
            from: LAN.router),
        Row(
            .uboot, "… and replaced by the header's",
            [.lease(next: LAN.router, file: "h").option(67, "r\0"), .binl(LAN.us)], .theirs, "PF-P013", file: "h",
            from: LAN.router),
        Row(
            .uboot, "… and without a next-server nothing: option 66 is not read",
            [.lease().option(66, "10.77.0.4").option(67, "r"), .binl(LAN.us)], .none, "PF-P028"),
        Row(
            .ubootWithProxy, "… and a proxy too late leaves it at that",
            [.lease().option(67, "r"), .binl(LAN.us, file: "a", ms: 150)], .none, "PF-P028"),
        Row(
            .edk2, "a lease whose option 67 ends without NUL at the end mark, heard before ours (Dhcp4Impl.c)",
            [.lease().option(67, "r"), .binl(LAN.us)], .none, "PF-P037"),
        Row(
            .edk2, "… heard after ours: a matter of luck", [.binl(LAN.us), .lease().option(67, "r")], .ours, "PF-P005",
            from: LAN.us),
        Row(
            .edk2, "… with a NUL there is nothing to lose", [.lease().option(67, "r\0"), .binl(LAN.us)], .ours,
            "PF-P002", from: LAN.us),
        Row(
            .edk2HTTP, "the same in HTTP Boot (HttpBootDhcp4.c)",
            [.lease().option(67, "r"), .http(LAN.us, url: "http://10.77.0.2/x.efi")], .none, "PF-P037"),
        Row(.uboot, "next-server is us", [.lease(next: LAN.us), .binl(LAN.us)], .ours, "PF-P004", from: LAN.us),
        Row(
            .ubootWithProxy, "siaddr and header file of a proxy", [.lease(), .binl(LAN.us, file: "a", ms: 90)], .ours,
            "PF-P001", file: "a", from: LAN.us),
        Row(
            .ubootWithProxy, "no later than 100 ms after the lease", [.lease(), .binl(LAN.us, file: "a", ms: 150)],
            .none, "PF-P022"),
    ]

    /// netboot.c, grub-core/net, core/fs/pxe; proxydhcp.md 3.4; lab.md 3 #1.
    static let loaderRows: [Row] = [
        Row(
            .grubEFI206, "behind dnsmasq: asks the router", [.lease(next: LAN.router), .binl(LAN.us, file: "g")], .none,
            "PF-P035"),
        Row(.grubEFI206, "behind ISC and Kea: no next-server", [.lease(), .binl(LAN.us, file: "g")], .none, "PF-P035"),
        Row(
            .grubEFI206, "next-server is us", [.lease(next: LAN.us), .binl(LAN.us, file: "g")], .ours, "PF-P004",
            from: LAN.us),
        Row(
            .grubEFI206, "a DHCP server that boots machines itself",
            [.lease(next: LAN.router, file: "r"), .binl(LAN.us, file: "g")], .theirs, "PF-P011", from: LAN.router),
        Row(.grubBIOS, "DHCPACK only", [.lease(next: LAN.router), .direct(LAN.us, file: "g")], .none, "PF-P035"),
        Row(.grubBIOS, "the firmware never gets there", [.lease()], .none, "PF-P022"),
        Row(
            .shim, "reads the 4011 ACK",
            [
                .lease(next: LAN.router), .binl(LAN.us), .service(LAN.us, file: "shimx64.efi"),
            ], .ours, "PF-P002", from: LAN.us),
        Row(
            .shim, "… unless the DHCP server's names a file",
            [
                .lease(next: LAN.router, file: "r"), .binl(LAN.us), .service(LAN.us, file: "shimx64.efi"),
            ], .theirs, "PF-P011", from: LAN.router),
        Row(
            .shim, "siaddr only, never 54",
            [
                .lease(), .binl(LAN.us), .service(LAN.us, next: .any, file: "shimx64.efi"),
            ], .none, "PF-P028"),
        Row(
            .pxelinux, "the proxy's siaddr replaces the lease's",
            [.lease(next: LAN.router), .direct(LAN.us, file: "pxelinux.0")], .ours, "PF-P002", from: LAN.us),
        Row(
            .pxelinux, "without a proxy: the lease's, else 54",
            [.lease(next: LAN.router, file: "pxelinux.0")], .theirs, "PF-P013", from: LAN.router),
    ]
}
