package import Support
import Wire

@testable import Fetching

/// What fuzzing begins with: real packets, and some that hold what no capture does.
package enum FuzzSeeds {
    /// - Throws: `PcapFile.Problem` when a capture of `Tests/Fixtures` cannot be read.
    package static func make(for target: FuzzTarget) throws(PcapFile.Problem) -> [[UInt8]] {
        switch target {
        case .message: try messages()
        case .options: try messages().map { Array($0.dropFirst(240)) }
        case .suboptions: try suboptions()
        case .policy: try situations()
        case .memory: conversations
        case .transfer: requests
        case .negotiation: negotiations
        case .session: sessions
        case .path: requests.map { Array($0.dropFirst(2).prefix { $0 != 0 }) } + made
        case .rewrite: rewrites
        case .frame: try frames()
        case .capture: captures
        case .replay: try flights()
        case .medium: media
        case .template: templates
        case .fetch: fetches
        case .decision: decisions
        case .credentials: credentials
        case .description: descriptions
        case .loader: loaders
        case .program: programs
        case .firewall: firewalls
        case .request: asked
        case .question: questions
        case .settings: settings
        case .hosts: hostLists
        case .conversion: conversions
        }
    }

    /// Paths under which something is made up.
    private static let made: [[UInt8]] = [
        "boot.ipxe", "boot/tools.ipxe", "boot/tools/gate.ipxe", "boot/~decided.ipxe", "memory/2048/512.ipxe",
        "autoexec.ipxe",
        "pxelinux.cfg/default", "boot/grub/grub.cfg", "answers/preseed.cfg", "answers/01-52-54-00-12-34-56/preseed.cfg",
        "answers/52:54:00:12:34:56/a/b.json", "mirror/debian/pool/a.deb", "menu.c32",
    ].map { Array($0.utf8) }

    /// As `TemplateFuzz` takes them: how, value, list, flag, template.
    private static let templates: [[UInt8]] = [
        (
            0, "/dev/vda", ["vim", "curl"],
            "disk {{v}}\n{{#l}} {{.}}{{^last()}},{{/last()}}{{/l}}\n{{#f}}raid{{/f}}{{^f}}x{{/f}}"
        ),
        (1, "a\"b\\\n\u{7}", ["\u{301}\""], #"{"v": "{{secret.s}}", "p": "{{>_p.json}}"}"#),
        (2, "<&>\"'", [], "<a b=\"{{v}}\">{{! none }}{{{v}}}</a>"),
        (3, "", ["", ""], "{{=<% %>=}}<%v%> {{v}} <%#l%><%.%><%/l%>"),
        (
            0, "x", ["1", "2", "3"],
            "{{#l}}{{#l}}{{#l}}{{.}}{{/l}}{{/l}}{{/l}}{{$b}}{{/b}}{{<_p.cfg}}{{/_p.cfg}}{{uppercased(v)}}"
        ),
    ].map { how, value, list, template in
        func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
        return [UInt8(how)] + text(value) + [UInt8(list.count)] + list.flatMap(text) + [0] + Array(template.utf8)
    }

    private static let fetches: [[UInt8]] = {
        var post = FetchRequest(url: "https://decide.example/boot?x=%20")
        post.method = .post
        post.fields = ["Content-Type: application/json", "X-Empty;"]
        post.body = Array("{\"mac\": 1}".utf8) + [0, 0xFF]
        post.authorities = "/etc/pilotfish/ca.pem"
        post.limits.whole = .milliseconds(750)
        let orders: [FetchOrder] = [
            .start(1, FetchRequest(url: "http://127.0.0.1:8000/a"), isFile: true), .start(.max, post, isFile: false),
            .cancel(7),
        ]
        let reports: [FetchReport] = [
            .restarted, .news(3, .began(FetchHead(status: 200, size: nil, entityTag: "\"ä\"", modified: "Thu"))),
            .news(4, .progress(1 << 40)), .news(6, .failed(FetchFailure(.untrusted, "self-signed"))),
            .news(5, .finished(FetchHead(status: 404, size: 0), body: [1, 2, 0], octets: 0)),
        ]
        return orders.map { [0] + $0.encoded } + reports.map { [1] + $0.encoded }
    }()

    /// As `DecisionFuzz` takes them: which status, then the body.
    private static let decisions: [[UInt8]] =
        [
            #"{"kernel": "/k", "initrd": ["http://a/i", "${base}/i.img"], "cmdline": "a={{ URL \"/x\" }} b", "message": "hi"}"#,
            #"{"kernel": "https://a/k?s=1", "cmdline": {"quiet": true, "ks": {"url": "/ks.cfg"}, "a": "b c"}}"#,
            #"{"target": "rescue", "arguments": "console=ttyS0", "variables": {"disk": "/dev/sda", "n": 3, "l": ["a"], "f": true}}"#,
            #"{"chain": "menu.ipxe"}"#, #"{"ignore": true}"#, #"{"ignore": false, "message": "\u0041\ud83d\ude00"}"#,
            ##"{"ipxe-script": "#!ipxe"}"##, #"{"a": [[[[[[[[[1]]]]]]]]]}"#, "null",
        ].map { [0] + Array($0.utf8) } + [[2] + Array("not here".utf8), [3]]

    private static let credentials: [[UInt8]] =
        [
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "basic OmE6Yg==", "Bearer OmE6Yg==", "Basic Q", "Basic O*==",
            "Basic Ov8=",
        ].map {
            [0] + Array($0.utf8)
        } + ["Fish@7%", "", "aa", "\u{E4}:\u{301}"].map { [1] + Array($0.utf8) }

    /// As `DescriptionFuzz` takes them.
    /// What boots, and what would go on for ever.
    private static let loaders: [[UInt8]] = [
        "set timeout=3\nmenuentry 'a b' --id x {\n linux (tftp,10.77.0.2)/vmlinuz \"$k\" ${net_default_mac}\n initrd /i\n}\n",
        "if [ -e /a -o ! $x = b ]; then source /more.cfg; elif false; then boot; else configfile /c; fi\nfor x in a; do y; done",
        "DEFAULT a\nPROMPT 0\nTIMEOUT 30\nUI menu.c32\nINCLUDE more\nLABEL a\n KERNEL ::vmlinuz\n APPEND initrd=i,j quiet\n",
        "isset ${net0/mac} && kernel http://10.77.0.2/k a=${mac:hexhyp} || goto menu\n:menu\nmenu m\nitem a b\nchoose x\nboot",
        "while ; do ; done", "function f { ! f; }\nf", ":a\nset a ${a}${a}x\ngoto a", "x\u{A0}y\n\u{A0}z",
        "set a=x\nwhile true; do set a=\"$a$a\"; done",
        "sleep 9223372036854775807\nprompt --timeout 9223372036854775807",
        String(repeating: "if ", count: 400), String(repeating: "{ ", count: 400) + String(repeating: "! ", count: 400),
    ].map { Array($0.utf8) }

    private static let descriptions: [[UInt8]] = {
        let whole = """
            pilotfish mirror 1
            url http://a/b
            size 7
            stamp -9
            etag "x y"
            modified Thu, 01 Jan 1970 00:00:00 GMT
            checked 1718000000000
            sha256 \(String(repeating: "0a", count: 32))

            """
        let fields = ["http://a/\u{301}", "W/\"a  b\"", " Thu "].flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        return [whole, String(whole.dropLast()), whole + "size 8\n", "pilotfish mirror 1\n"].map {
            [0] + Array($0.utf8)
        }
            + [[1, 0], [1] + fields]
    }()

    /// As `MediumFuzz` takes them.
    private static let media: [[UInt8]] = {
        let head = "pilotfish medium 1\nimage 700000 1718000000000000000 /srv/iso/debian 12.iso\n"
        let indexes = [
            head + "end 0\n", head + "file 49152 8167 README.html\nfile 0 0 a/b c/ö\nend 2\n",
            head + "file 2048 17 dists/bookworm/Release\nlink dists/bookworm\tdists/stable\nlink \tdebian\nend 3\n",
            head + "link b/c\ta\nlink a\tb\nend 2\n", head + "file 699999 2 a\nend 1\n",
        ]
        var deep = ImageBuilder(["a/b/c/file", "a/other", "casper/vmlinuz", "casper/initrd"])
        deep.links = ["a/up": "../casper", "self": "."]
        var plain = ImageBuilder(["boot/vmlinuz-lts", "README"])
        plain.hasRockRidge = false
        return indexes.map { [0] + Array($0.utf8) }
            + [deep, plain].map { [1] + Array($0.octets.dropFirst(18 * 2048).prefix(1400)) }
            + overlays.map { [3] + $0 }
    }()

    /// Over a whole medium: what it lacks at its end, then pieces. The volume's descriptor is at 0, the next one at 0x800, the
    /// root directory at 0x1000, the contents of a file at 0x4000.
    private static let overlays: [[UInt8]] = {
        let joliet: [[UInt8]] = [
            piece(0x800, "\u{2}CD001\u{1}"), piece(0x858, "%/E"), piece(0x880, [0, 8]), piece(0x89E, [18, 0, 0, 0]),
            piece(0x8A6, [0, 8, 0, 0]),
        ]
        let noRockRidge: [[UInt8]] = [piece(0x1022, [0, 0])]
        // A catalog with an entry for BIOS, and one for EFI.
        let elTorito: [[UInt8]] = [
            piece(0x800, "\u{0}CD001\u{1}EL TORITO SPECIFICATION"), piece(0x847, [24, 0, 0, 0]), piece(0x4000, [1, 0]),
            piece(0x401E, [0x55, 0xAA]), piece(0x4020, [0x88]), piece(0x4028, [21]), piece(0x4040, [0x91, 0xEF]),
            piece(0x4060, [0x88]),
        ]
        let media: [[[UInt8]]] = [
            [], joliet, noRockRidge, noRockRidge + joliet, elTorito,
            // Blocks of 512 octets, and of none.
            [piece(0x80, [0, 2])], [piece(0x80, [0, 0])],
            // A root that is nowhere, and one that is huge.
            [piece(0x9E, [255, 255, 255, 255])], [piece(0xA6, [255, 255, 255, 127])],
            // No descriptor, and one of UDF.
            [piece(0x01, "CD002")], [piece(0x01, "NSR02")],
        ]
        return [[9], [255]] + media.map { [0] + Array($0.joined()) }
    }()

    /// As `MediumFuzz` takes it: place, length, octets.
    private static func piece(_ place: Int, _ octets: [UInt8]) -> [UInt8] {
        [UInt8(place >> 8), UInt8(place & 0xFF), UInt8(octets.count)] + octets
    }

    private static func piece(_ place: Int, _ text: String) -> [UInt8] { piece(place, Array(text.utf8)) }

    /// Captures of DHCP as they are: small ones, which a mutation reaches.
    private static func flights() throws(PcapFile.Problem) -> [[UInt8]] {
        var flights: [[UInt8]] = []
        for name in PcapFile.fixtures.prefix(6) { flights.append(try PcapFile.octets(ofFixture: name + ".pcap")) }
        return flights + captures
    }

    private static func packets() throws(PcapFile.Problem) -> [[UInt8]] {
        var packets: [[UInt8]] = []
        for name in PcapFile.fixtures { packets += try PcapFile(fixture: name).frames.map(\.packet) }
        return packets
    }

    private static func messages() throws(PcapFile.Problem) -> [[UInt8]] {
        let real = try packets().map { Array($0.dropFirst(28)) }.filter { $0.count >= 240 && $0[236] == 0x63 }
        return real + builders.map(\.bytes)
    }

    private static let builders: [PacketBuilder] = [
        .discover, .discoverUEFI, .discoverIPXE, .bootRequest,
        .discoverIPXE.without(60).with(52, [3]).changing { packet in
            packet.file = [60, 9] + Array("PXEClient".utf8) + [255]
            packet.serverName = [82, 4, 1, 2, 3, 4, 255]
            packet.relayAddress = 0xC633_6401
        },
        .discoverUEFI.with(57, [5, 220]).with(60, "HTTPClient:Arch:00016:UNDI:003001").with(93, [0, 16]),
        .discover.changing { $0.hardware = [0xB8, 0x27, 0xEB, 1, 2, 3] }.with(43, Array("Raspberry".utf8)),
        .discover.with(60, "U-Boot.armv8").with(93, [0, 22]).with(118, [10, 9, 8, 0]),
        .bootRequest.with(43, [0x47, 4, 0x80, 0, 0, 0, 255]).with(77, [4] + Array("menu".utf8)),
        .discoverUEFI.adding(82, [1, 6] + Array("port 7".utf8)).adding(82, [5, 4, 10, 9, 0, 1])
            .changing { $0.relayAddress = 0x0A01_0203 },
    ]

    /// As `OptionFuzz` takes them: which option, then its value.
    private static func suboptions() throws(PcapFile.Problem) -> [[UInt8]] {
        let codes: [UInt8] = [43, 82, 175, 77, 97, 93, 60, 55]
        return try messages().flatMap { message in
            let options = NaiveOptions(message: message)
            return codes.enumerated().compactMap { index, code in
                options[code].map { [UInt8(index)] + $0.prefix(255) }
            }
        }
    }

    /// Each message in some situations: on either port, with each catalog.
    private static func situations() throws(PcapFile.Problem) -> [[UInt8]] {
        let asked = try messages().filter { $0[0] == 1 }
        let situations: [[UInt8]] = [0x00, 0x01, 0x40, 0x53, 0x80].enumerated().map { index, bits in
            [bits, 7, UInt8(index), 0] + (bits & 1 == 0 ? [0, 0, 0, 0] : [192, 0, 2, 77])
        }
        return asked.flatMap { message in situations.map { $0 + message } }
    }

    /// As `MemoryFuzz` takes them: a step and how long it took, again and again.
    private static let conversations: [[UInt8]] = [
        // Firmware asks, is leased an address, visits port 4011, fetches its loader, and the loader asks.
        [0x20, 1, 0x24, 0, 0x30, 2, 0x26, 1, 0x36, 4, 0x28, 6, 0x2E, 1],
        // Firmware that asks again and again, and a second one of its kind.
        [0x20, 1, 0x24, 0, 0x20, 9, 0x24, 0, 0x20, 18, 0x24, 0, 0x20, 36, 0x36, 1, 0xA0, 1, 0xB6, 1, 0xA8, 9],
        // More machines than are remembered.
        [0x00, 1, 0x20, 1, 0x40, 1, 0x60, 1, 0x80, 1, 0xA0, 1, 0xC0, 1, 0xE0, 1, 0x05, 1, 0x00, 1],
        // A loader that was fetched and never spoke, twice.
        [0x20, 1, 0x30, 1, 0x26, 1, 0x36, 1, 0x20, 20, 0x30, 1, 0x26, 1, 0x36, 1, 0x20, 20, 0x28, 9],
    ]

    private static let requests: [[UInt8]] =
        [
            ("snponly.efi", ["octet", "tsize", "0", "blksize", "1468", "windowsize", "4"]),
            ("boot\\x64\\wdsnbp.com", ["octet", "blksize", "1456", "msftwindow", "31416"]),
            ("//grub/x86_64-efi//./command.lst", ["netascii", "timeout", "255", "tsize", "9223372036854775807"]),
            ("/rpi/dc-a6-32-01-02-03/../start4.elf", ["OCTET", "blksize", "007", "BLKSIZE", "512"]),
            ("undionly.kpxe\u{FF}", ["octet"]), ("boot/rescue.ipxe", ["mail"]),
            ("a/\u{301}b", ["octet", "utimeout", "50000"]), ("1234abcd/config.txt", ["octet", "tsize"]),
        ].map { name, rest in
            [0, 1] + Array(name.utf8) + [0] + rest.flatMap { Array($0.utf8) + [0] }
        } + [
            [0, 4, 0, 7], [0, 4, 0, 7, 16], [0, 5, 0, 8] + Array("aborted".utf8) + [0], [0, 2, 97, 0], [0, 3], [0],
        ]

    /// As `NegotiationFuzz` takes them: habits, size, then options.
    private static let negotiations: [[UInt8]] = {
        let asked = [
            ["tsize", "0", "blksize", "1468", "windowsize", "4"], ["blksize", "1428", "foo", "7"],
            ["BLKSIZE", " 0512", "blksize", "1024"], ["rollover", "1", "timeout", "255", "multicast", ""],
            ["msftwindow", "31416", "utimeout", "50000", "blksize2", "1024", "windowsize", "65535"],
        ]
        return asked.enumerated().map { number, strings in
            [[0x41, 0x5D, 0x7E, 0x60, 0x5C][number], 1] + strings.flatMap { Array($0.utf8) + [0] }
        } + [[0, 0x62, 0x6C, 0x6B], [0x40, 9] + Array("tsize\u{0}0".utf8)]
    }()

    /// As `SessionFuzz` takes them: habits, block size, window, size, then what happens.
    private static let sessions: [[UInt8]] = [
        // Lockstep, to the end.
        [0, 0, 3, 0, 0xF0, 0x0E, 2, 0xF0, 0x0E, 2],
        // Windows of four, one lost and reported, then the numbers roll over.
        [0x03, 0, 3, 7, 0, 0xF0, 0x0D, 1, 0xF0, 3, 99, 0x0D, 3, 0xF0, 0x0B, 255, 0x0B, 255, 0xF0],
        // They roll over to 1.
        [0x0B, 0, 6, 7, 0, 0xF0, 0x0D, 1, 0xF0, 0x0B, 255, 0xF0, 4, 9, 0x0D, 1, 0x0D, 1],
        // Silence, a repeated request, a kernel that refuses, an error.
        [0x05, 90, 1, 4, 6, 9, 0xF0, 8, 0x0A, 0xF0, 5, 6, 0xF0, 5, 6, 0xF0, 8, 9, 8],
        // Numbers from nowhere.
        [0x01, 0, 5, 6, 0, 0xF0, 0x0D, 1, 0xF0, 12, 128, 0, 12, 0, 3, 12, 255, 255, 0xF0, 0x0D, 9, 0xF0],
    ]

    /// As `RewriteFuzz` takes them: how, pattern, replacement, name.
    private static let rewrites: [[UInt8]] = [
        (0, "^boot\\\\(.*)$", "win/\\1", "Boot/BCD"), (1, "^(boot)/([^/]+)", "\\2/\\1", "BOOT/x64/wdsnbp.com"),
        (2, "a|b", "c", "banana/b"), (4, "x+?", "\\0x", "xx"), (6, "(a+)+$", "b", "aaaaaaaaaaaaaaaaaaaaaaaab"),
        (0, "[[:alpha:]_-]{2,3}[^a-z\\d]?", "", "ab-cd/e"), (3, "(?:(x)|y)*$", "\\1/..", "xyxy"),
        (8, "\\.\\w", "n", "pxelinux.cfg/default"),
    ].map { how, pattern, replacement, name in
        [UInt8(how)] + [pattern, replacement, name].flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
    }

    /// Captures of one short packet each, in all formats.
    private static let captures: [[UInt8]] = {
        let packet: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0]
        let classic: [UInt8] = [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]
        let record: [UInt8] = [1, 0, 0, 0, 2, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0] + packet
        let section: [UInt8] = [0x0A, 0x0D, 0x0D, 0x0A, 28, 0, 0, 0, 0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0]
        let length: [UInt8] = [UInt8](repeating: 0xFF, count: 8) + [28, 0, 0, 0]
        let interface: [UInt8] = [1, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 4, 0, 20, 0, 0, 0]
        let enhanced: [UInt8] =
            [6, 0, 0, 0, 48, 0, 0, 0] + [UInt8](repeating: 0, count: 12) + [16, 0, 0, 0, 16, 0, 0, 0] + packet
            + [48, 0, 0, 0]
        let simple: [UInt8] = [3, 0, 0, 0, 32, 0, 0, 0, 16, 0, 0, 0] + packet + [32, 0, 0, 0]
        return [
            classic + record + record, Array(classic[0..<4].reversed()) + classic.dropFirst(4),
            classic + record.dropLast(3),
            [0x4D, 0x3C] + classic.dropFirst(2) + record, section + length + interface + enhanced + simple,
            section + length + interface + simple + enhanced.dropLast(4),
        ]
    }()

    private static func frames() throws(PcapFile.Problem) -> [[UInt8]] {
        try packets().flatMap { [[0] + $0, [1] + $0] }
    }
}
