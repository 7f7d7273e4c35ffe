/// What fuzzing begins with where texts are read.
extension FuzzSeeds {
    /// As `ProgramFuzz` takes them: heads of kernels and loaders of each kind.
    static let programs: [[UInt8]] = {
        var linux = [UInt8](repeating: 0, count: 0x280)
        linux.replaceSubrange(0x202..<0x210, with: Array("HdrS".utf8) + [0x0F, 0x02, 0, 0, 0, 0, 0, 0, 0x10, 0])
        linux[0x236] = 1
        var arm = [UInt8](repeating: 0, count: 0x48)
        arm.replaceSubrange(0x38..<0x3C, with: Array("ARMd".utf8))
        return [
            linux, arm, portable(machine: 0x8664, optional: 0x20B), portable(machine: 0x014C, optional: 0x10B),
            portable(machine: 0xAA64, optional: 0x20B) + [1, 2, 3], Array("#!ipxe\nchain http://x/y\n".utf8),
            [0x1F, 0x8B, 8] + [UInt8](repeating: 7, count: 20), Array("MZ".utf8),
        ]
    }()

    /// The header of a program for UEFI.
    private static func portable(machine: UInt16, optional: UInt16) -> [UInt8] {
        var head = [UInt8](repeating: 0, count: 0x180)
        func put(_ value: UInt16, at place: Int) {
            head[place] = UInt8(truncatingIfNeeded: value)
            head[place + 1] = UInt8(value >> 8)
        }
        head.replaceSubrange(0..<2, with: "MZ".utf8)
        put(0x80, at: 0x3C)
        head.replaceSubrange(0x80..<0x82, with: "PE".utf8)
        put(machine, at: 0x84)
        put(0xF0, at: 0x94)
        put(optional, at: 0x98)
        put(16, at: optional == 0x20B ? 0x98 + 108 : 0x98 + 92)
        return head
    }

    /// As `FirewallFuzz` takes them: the tool, then what it says.
    static let firewalls: [[UInt8]] = {
        let chain =
            #"{"chain":{"family":"inet","table":"t","name":"input","handle":1,"type":"filter","hook":"input","prio":0,"policy":"drop"}}"#
        let other = #"{"chain":{"family":"inet","table":"t","name":"own","handle":2}}"#
        func rule(_ chain: String, _ expressions: String) -> String {
            #"{"rule":{"family":"inet","table":"t","chain":"\#(chain)","handle":7,"expr":[\#(expressions)]}}"#
        }
        let port = #"{"match":{"op":"==","left":{"payload":{"protocol":"udp","field":"dport"}},"right":"#
        let rules = [
            rule("input", port + #"{"set":[67,69,{"range":[4000,4011]}]}}},{"accept":null}"#),
            rule("input", port + #"69}},{"jump":{"target":"own"}}"#), rule("own", #"{"goto":{"target":"own"}}"#),
            rule(
                "input",
                #"{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":["established","related"]}},{"accept":null}"#
            ),
            rule("input", #"{"match":{"op":"!=","left":{"meta":{"key":"iifname"}},"right":"eth*"}},{"drop":null}"#),
            rule(
                "own",
                #"{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":{"prefix":{"addr":"10.77.0.0","len":24}}}},{"return":null}"#
            ),
        ]
        let tables = [rules, [rules[1], rules[2]], [rules[3], rules[4], rules[5]]].map {
            [0] + Array(#"{"nftables":[\#(([chain, other] + $0).joined(separator: ","))]}"#.utf8)
        }
        let texts = [
            "*filter\n:INPUT DROP [0:0]\n:own - [0:0]\n-A INPUT -p udp -m multiport --dports 67,69,4000:4011 -j own\n-A own -j own\nCOMMIT\n",
            "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 10.0.0.0/8 ! -i eth0 -m conntrack --ctstate NEW -j REJECT --reject-with icmp-host-prohibited\nCOMMIT\n",
            "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p udp --dport 69 -j CT --notrack\nCOMMIT\n*nat\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n",
            "*filter\n:INPUT ACCEPT\n-A INPUT -m comment --comment \"a \\\" b\" -g own\n-A own -m mark --mark 0x1/0xff -j DROP",
        ]
        return tables + [[0] + Array(#"{"nftables":[]}"#.utf8)] + texts.map { [1] + Array($0.utf8) }
    }()

    /// As `AskedFuzz` takes them: size, shift, range, target.
    static let asked: [[UInt8]] = [
        ("bytes=0-99", "/boot.ipxe"), ("bytes=-5,3-,0-0 , 7-9", "http://a:80/x%20y?z=1&b=%C3%A4#f"),
        ("bytes=18446744073709551616-", "/%2e%2e/%2F%00"), ("bytes=5-3", "HTTPS://host"), ("", "*"),
        ("bytes=" + String(repeating: "1-2,", count: 20), "/api/v1/boots?limit=10&since=2026-05-31T04:30"),
        ("octets=1-2", "/hosts/web1?mode=armed&level=debug&name=52:54:00:12:34:56"),
    ].map { range, target in
        [0, 0, 0x10, 0, 2, UInt8(range.utf8.count)] + Array(range.utf8) + Array(target.utf8)
    }

    /// As `AskedFuzz` takes them: four lengths of pieces, then what is said.
    static let questions: [[UInt8]] = [
        "mode\n", "import +3\nabc", "import +0\n", "import +3\nabcd", "set a -1\n", "mode\nmore", "list +x\n",
        "import +99999999999\nabc", "hosts json +\n", "x \u{301}\n", "no end",
    ].map { [0, 2, 9, 255] + Array($0.utf8) }

    static let settings: [[UInt8]] = [
        "", "mode = \"armed\"\ninterfaces = [\"eth0\"]\n[tftp]\nworkers = 2\nmax-window-size = 16\n",
        """
        [target.debian]
        title = "Debian"
        kernel = "vmlinuz"
        initrd = ["initrd.img"]
        arguments = "quiet a=${mac}"
        [menu.tools]
        title = "Tools"
        items = ["debian", "local"]
        [machine.web1]
        mac = ["52:54:00:12:34:56"]
        groups = ["rack4"]
        variables = { disk = "/dev/vda", list = ["a", "b"] }
        """,
        """
        [[rule]]
        match = { arch = ["bios"], vendor-class = "PXEClient*" }
        boot = { loader = "undionly.kpxe" }
        [[tftp.rewrite]]
        from = "^boot/(.*)$"
        to = "\\\\1"
        [loaders]
        uefi-x64 = "snponly.efi"
        [firmware-menu]
        prompt = "F8"
        timeout = 5
        """,
        "[http]\nport = 80\nconnections = 4096\n[api]\nlisten = [\"0.0.0.0:8443\"]\n[secrets]\nadmin = \"/etc/t\"\n",
        "[hook.h]\non = [\"installed\"]\nrun = \"/bin/true\"\n[mirror.debian]\nurl = \"http://deb.debian.org/debian\"\n",
        "a = 1_000\nb = 0x1F\nc = +inf\nd = 1979-05-27T07:32:00Z\ne = '''x\ny'''\nf = \"\\u00E4\\\"\"\n", "[a\nb = ",
        "\u{FEFF}mode = 'observe'\r\n# \u{7}\r\n",
    ].map { Array($0.utf8) }

    /// As `SettingsFuzz` takes them: the format, then the list.
    static let hostLists: [[UInt8]] = [
        (0, "[machine.a]\nmac = '52:54:00:00:00:01'\ngroups = ['edge']\nnote = \"x\"\nprotected = true\n"),
        (0, "machine.b = {uuid = '12345678-1234-1234-1234-123456789abc', variables = {disk = '/dev/sda', n = 7}}"),
        (1, #"[{"name": "web1", "mac": ["52:54:00:12:34:56"], "serial": "A\u00e4", "tags": ["gpu"], "note": null}]"#),
        (1, #"{"web1": {"mac": "52-54-00-12-34-56", "variables": {"l": ["a", "b"], "f": true, "n": 1e3}}}"#),
        (2, "name,mac,groups,variable.disk\r\nweb1,52:54:00:12:34:56;52:54:00:12:34:57,rack4 edge,/dev/sda\r\n"),
        (2, "\u{FEFF}name,note,protected,variable.l\nweb2,\"a \"\"b\"\",\nc\",yes,\"[a, b]\"\n\nweb3,x,no,\n"),
        (2, "name\n\"a"),
    ].map { [$0] + Array($1.utf8) }

    /// As `SettingsFuzz` takes them: the program, then its configuration.
    static let conversions: [[UInt8]] = [
        (
            0,
            "interface=eth0\ndhcp-range=10.0.0.0,proxy\ndhcp-match=set:efi,option:client-arch,7\ndhcp-boot=tag:efi,snponly.efi\npxe-prompt=\"Press F8\",5\npxe-service=x86PC,\"Boot\",undionly\nenable-tftp\ntftp-root=/srv/tftp\n"
        ),
        (
            1,
            "option arch code 93 = unsigned integer 16;\nsubnet 10.0.0.0 netmask 255.255.255.0 {\n  if option arch = 00:07 { filename \"snponly.efi\"; } else { filename \"undionly.kpxe\"; }\n  next-server 10.0.0.2;\n  host a { hardware ethernet 52:54:00:00:00:01; filename \"x\"; }\n}\n"
        ),
        (
            1,
            "class \"pxe\" { match if substring (option vendor-class-identifier, 0, 9) = \"PXEClient\"; filename \"a\"; }"
        ),
        (
            2,
            "DEFAULT vesamenu.c32\nPROMPT 0\nTIMEOUT 300\nMENU TITLE Boot\nLABEL a\n MENU LABEL ^Linux\n KERNEL vmlinuz\n APPEND initrd=i.img quiet\nLABEL local\n LOCALBOOT 0\nMENU BEGIN sub\nLABEL c\n LINUX k\nMENU END\n"
        ),
        (3, "dhcp-boot=pxelinux.0\ndhcp-host=52:54:00:00:00:01,set:a\ndhcp-mac=set:b,52:54:00:*:*:*\n"),
        (3, "LABEL x\n COM32 chain.c32\n APPEND hd0\nINCLUDE more.cfg\n"),
    ].map { [$0] + Array($1.utf8) }
}
