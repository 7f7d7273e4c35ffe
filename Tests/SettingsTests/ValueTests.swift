import BootPolicy
import Settings
import Testing
import Wire

/// What may be written, and what it means.
@Suite struct ValueTests {
    @Test func emptyTextMeansDefaults() throws {
        #expect(try Settings.parse("", file: "f") == Settings())
        #expect(try Settings.parse("# nothing\r\n\r\n", file: "f") == Settings())
        #expect(try Settings.parse("\u{FEFF}# nothing", file: "f") == Settings())
    }

    static let values: [Case<@Sendable (inout Settings) -> Void>] = [
        Case("mode = \"observe\"") { $0.mode = .observe },
        Case("mode = 'frozen'") { $0.mode = .frozen },
        Case("interfaces = [\"eth0\", \"br-lan\"]") { $0.interfaces = ["eth0", "br-lan"] },
        Case("interfaces = [\n  \"eth0\", # the first\n]") { $0.interfaces = ["eth0"] },
        Case("root = \"/data//boot/./files/\"") { $0.root = "/data/boot/files" },
        Case("state = \"/data/state\"") { $0.state = "/data/state" },
        Case("user = \"tftp\"") { $0.user = "tftp" },
        Case("dhcp.enabled = false") { $0.dhcp.isEnabled = false },
        Case("[tftp]\nenabled = false") { $0.tftp.isEnabled = false },
        Case("tftp = { workers = 3, max-block-size = 8 }") {
            $0.tftp.workers = 3
            $0.tftp.maxBlockSize = 8
        },
        Case("[tftp]\nmax-block-size = 65_464\nmax-window-size = 0x100") {
            $0.tftp.maxBlockSize = 65464
            $0.tftp.maxWindowSize = 256
        },
        Case("tftp.ports = \"30000-30015\"") { $0.tftp.ports = .range(30000...30015) },
        Case("tftp.ports = \"7-7\"") { $0.tftp.ports = .range(7...7) },
        Case("tftp.ports = 'listen'") { $0.tftp.ports = .listen },
        Case("tftp.clients = ['10.0.0.0/8']\ntftp.link-rate = 1000\ntftp.image-memory = 0") {
            $0.tftp.clients = [IPNetwork(address: IPAddress(IPv4Address(10, 0, 0, 0)), prefixLength: 8)]
            $0.tftp.linkRate = 1000
            $0.tftp.imageMemory = 0
        },
        Case("tftp.rollover-to-one = ['10.1.0.0/16']") {
            $0.tftp.rolloverToOne = [IPNetwork(address: IPAddress(IPv4Address(10, 1, 0, 0)), prefixLength: 16)]
        },
        Case("tftp.transfers-per-client = 1\ntftp.requests-per-client = 10") {
            $0.tftp.transfersPerClient = 1
            $0.tftp.requestsPerClient = 10
        },
        Case("[tftp]\nlisten = \"127.0.0.1:6969\"") {
            $0.tftp.listen = [IPEndpoint(address: IPAddress(IPv4Address(127, 0, 0, 1)), port: 6969)]
        },
        Case("[tftp]\nlisten = ['[::1]:6969', '10.0.0.2:69']\nclients = ['2001:db8::/32', '::1']") {
            $0.tftp.listen = [
                IPEndpoint(address: IPAddress(high: 0, low: 1), port: 6969),
                IPEndpoint(address: IPAddress(IPv4Address(10, 0, 0, 2)), port: 69),
            ]
            $0.tftp.clients = [
                IPNetwork(address: IPAddress(high: 0x2001_0DB8 << 32, low: 0), prefixLength: 32),
                IPNetwork(address: IPAddress(high: 0, low: 1), prefixLength: 128),
            ]
        },
        Case("[http]\nenabled = false\nlisten = \"10.0.0.2:65535\"\nconnections = 100\nconnections-per-client = 7") {
            $0.http.isEnabled = false
            $0.http.listen = [IPEndpoint(address: IPAddress(IPv4Address(10, 0, 0, 2)), port: 65535)]
            $0.http.connections = 100
            $0.http.connectionsPerClient = 7
        },
        Case("http.listen = ['[::1]:8080', '127.0.0.1:8080']") {
            $0.http.listen = [
                IPEndpoint(address: IPAddress(high: 0, low: 1), port: 8080),
                IPEndpoint(address: IPAddress(IPv4Address(127, 0, 0, 1)), port: 8080),
            ]
        },
        Case("[loaders]\nbios-ipxe = \"/opt/x.pxe\"\n\"uefi-x64\" = \"/opt/x.efi\"") {
            $0.loaders[.biosIPXE] = ["/opt/x.pxe"]
            $0.loaders[.uefiX64] = ["/opt/x.efi"]
        },
        Case("[loaders]\nuefi-arm64 = ['/opt/a.efi', 'efi/b.efi']\nbios = []") {
            $0.loaders[.uefiARM64] = ["/opt/a.efi", "efi/b.efi"]
            $0.loaders[.bios] = []
        },
        Case("networks = ['0.0.0.0/0', '10.1.2.3', '10.1.2.4/31']") {
            $0.networks = [
                IPv4Network(address: .any, prefixLength: 0),
                IPv4Network(address: IPv4Address(10, 1, 2, 3), prefixLength: 32),
                IPv4Network(address: IPv4Address(10, 1, 2, 4), prefixLength: 31),
            ]
        },
        Case("[dhcp]\nvendor-classes = ['SUNW.', 'PXE']\nstandby = 50\nyield = true") {
            $0.dhcp.vendorClasses = ["SUNW.", "PXE"]
            $0.dhcp.standby = .milliseconds(50)
            $0.dhcp.yieldsToRivals = true
        },
        Case("dhcp.standby = 2000") { $0.dhcp.standby = .milliseconds(2000) },
        Case("[boot]\nkernel = \"linux/ü b\"\ninitrd = \"a/initrd\"") {
            $0.boot = LinuxBoot(kernel: "linux/ü b", initrds: ["a/initrd"])
        },
        Case("[boot]\ninitrd = []\narguments = 'console=ttyS0 ip=${net0/ip} x=a;b'") {
            $0.boot = LinuxBoot(initrds: [], arguments: "console=ttyS0 ip=${net0/ip} x=a;b")
        },
        Case("[webhook]\nca-file = '/etc/ca.pem'\nbearer = 'token'") {
            $0.webhook.authorities = "/etc/ca.pem"
            $0.webhookSecret = "token"
        },
        Case("[install]\nper-hour = 40\nleast-rate = 8\nbetween = ['22:00', '05:00']\nturns = 5") {
            $0.install.perHour = 40
            $0.install.leastRate = 8
            $0.install.hours = TimeOfDay("22:00").flatMap { from in
                TimeOfDay("05:00").flatMap { DayHours(from: from, to: $0) }
            }
            $0.install.turns = 5
        },
        Case("install = { patience = '1h', longest = '7d', shortest = '90s' }") {
            $0.install.patience = .seconds(3600)
            $0.install.longest = .seconds(604_800)
            $0.install.shortest = .seconds(90)
        },
        Case("[history]\ndays = 0\nevents = 1000") {
            $0.history.days = 0
            $0.history.events = 1000
        },
        Case("[log]\nformat = \"json\"\nlevel = \"warning\"") {
            $0.log.format = .json
            $0.log.level = .warning
        },
    ]

    @Test(arguments: values)
    func valueIsRead(_ expected: Case<@Sendable (inout Settings) -> Void>) throws {
        let read = try Settings.parse(expected.text, file: "f")
        #expect(read == settings(expected.outcome))
        #expect(read != Settings())
    }

    @Test func laterFileGoesOverEarlierOne() throws {
        let second = try parse("user = \"tftp\"\ntftp.workers = 2", "tftp.workers = 4")
        #expect(second.user == "tftp")
        #expect(second.tftp.workers == 4)
    }

    @Test func everyKeyComesBackAsItIsWritten() throws {
        var changed = settings {
            $0.mode = .frozen
            $0.interfaces = ["a", "b\"\\"]
            $0.networks = [IPv4Network(address: IPv4Address(10, 0, 0, 0), prefixLength: 8)]
            $0.root = "/r"
            $0.state = "/s"
            $0.dhcp.vendorClasses = ["a\"b"]
            $0.dhcp.standby = .milliseconds(70)
            $0.dhcp.yieldsToRivals = true
            $0.user = "u"
            $0.engines = [.http]
            $0.tftp.workers = 1
            $0.tftp.maxBlockSize = 9
            $0.tftp.maxWindowSize = 2
            $0.boot = LinuxBoot(kernel: "k", initrds: ["i", "j"], arguments: "a \"b\"")
            $0.log.format = .json
            $0.log.level = .error
            $0.install.perHour = 3
            $0.install.hours = TimeOfDay(minutes: 1439).flatMap { from in
                TimeOfDay(minutes: 0).flatMap { DayHours(from: from, to: $0) }
            }
            $0.install.shortest = .seconds(61)
        }
        changed.tftp.listen[0].port = 6969
        changed.http.listen[1].port = 8080
        for role in LoaderTable.Role.allCases { changed.loaders[role] = ["/l/\(role.rawValue)", "b/x"] }
        #expect(try Settings.parse(changed.text, file: "f") == changed)
        #expect(try Settings.parse(Settings().text, file: "f") == Settings())
    }
}

@Suite("places of the host that settings name")
struct HostPathTests {
    @Test func eachOnce() {
        var settings = Settings()
        settings.loaders[.bios] = ["/a/loader", "beneath/the/root"]
        settings.loaders[.biosIPXE] = []
        settings.loaders[.uefiX64] = ["/a/loader"]
        settings.secrets = ["s": "/a/secret"]
        settings.webhook.authorities = "/a/ca.pem"
        #expect(settings.hostPaths == ["/a/loader", "/a/secret", "/etc/pilotfish/templates"])
        #expect(settings.authorities == ["/a/ca.pem"])
    }
}
