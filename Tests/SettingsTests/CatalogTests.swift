import BootPolicy
import Settings
import Testing
import Wire

/// From settings to what the engines serve.
@Suite struct CatalogTests {
    @Test func defaultsLeaveAddressesToTheClient() {
        let catalog = Settings().catalog { $0 == .hostFile(path: "/usr/lib/ipxe/snponly.efi") }
        #expect(catalog.mode == .armed)
        #expect(catalog.httpAddress == nil)
        #expect(catalog.tftpAddress == nil)
        #expect(catalog.httpPort == 80)
        #expect(catalog.rules.rules.isEmpty && catalog.targets == TargetBook() && catalog.menu == .usual)
        #expect(catalog.networks.isEmpty && catalog.vendorClasses.isEmpty)
        #expect(catalog.standby == nil && !catalog.yieldsToRivals)
        #expect(
            catalog.loaders[.bios] == [
                Loader(path: "/usr/lib/ipxe/undionly.kpxe", isPresent: false),
                Loader(path: "/usr/lib/ipxe/ipxe.pxe", isPresent: false),
            ])
        #expect(
            catalog.loaders[.uefiX64] == [
                Loader(path: "/usr/lib/ipxe/snponly.efi", isPresent: true),
                Loader(path: "/usr/lib/ipxe/ipxe.efi", isPresent: false),
            ])
        #expect(catalog.loaders[.uefiARM64].isEmpty)
    }

    @Test func namedAddressesAreTold() throws {
        let text = """
            mode = "frozen"
            [tftp]
            listen = "10.0.0.2:69"
            [http]
            listen = "10.0.0.3:8080"
            [loaders]
            bios = "/opt/a.kpxe"
            [boot]
            kernel = "k"
            """
        let catalog = try Settings.parse(text, file: "f").catalog { _ in true }
        #expect(catalog.mode == .frozen)
        #expect(catalog.tftpAddress == IPv4Address(10, 0, 0, 2))
        #expect(catalog.baseURL(local: IPAddress(IPv4Address(1, 2, 3, 4))) == "http://10.0.0.3:8080")
        #expect(catalog.loaders[.bios].map(\.path) == ["/opt/a.kpxe"])
        #expect(
            catalog.targets.usual == .target(BootTarget(title: "Network boot", action: .linux(LinuxBoot(kernel: "k")))))
    }

    /// What is listened on, our address as a client knows it, and the URL that it gets.
    static let doors: [(listen: String, local: String, url: String)] = [
        ("'0.0.0.0:80', '[::]:80'", "192.0.2.1", "http://192.0.2.1"),
        ("'0.0.0.0:80', '[::]:80'", "2001:db8::1", "http://[2001:db8::1]"),
        ("'0.0.0.0:8080', '[::]:8081'", "2001:db8::1", "http://[2001:db8::1]:8081"),
        ("'10.0.0.3:80', '[2001:db8::3]:8080'", "192.0.2.1", "http://10.0.0.3"),
        ("'10.0.0.3:80', '[2001:db8::3]:8080'", "2001:db8::1", "http://[2001:db8::3]:8080"),
        ("'[2001:db8::3]:81', '[::]:80'", "2001:db8::1", "http://[2001:db8::1]"),
    ]

    @Test(arguments: doors)
    func clientsAreToldTheDoorOfTheirVersionOfIP(_ door: (listen: String, local: String, url: String)) throws {
        let catalog = try Settings.parse("dhcp.enabled = false\nhttp.listen = [\(door.listen)]", file: "f").catalog {
            _ in true
        }
        #expect(catalog.baseURL(local: try #require(IPAddress(door.local))) == door.url)
    }

    @Test func withoutIPv6NoURLNamesIt() throws {
        let catalog = try Settings.parse("http.listen = '0.0.0.0:80'", file: "f").catalog { _ in true }
        #expect(catalog.httpIPv6 == nil)
        let asked = try #require(IPAddress("2001:db8::1"))
        #expect(catalog.scriptAddress(asked: asked) { IPv4Address(10, 0, 0, 2) } == IPAddress(IPv4Address(10, 0, 0, 2)))
    }

    @Test func everythingOfTheProxyIsTaken() throws {
        let text = """
            networks = ["10.20.0.0/16", "192.0.2.1"]
            [dhcp]
            vendor-classes = ["SUNW."]
            standby = 300
            yield = true
            [boot]
            kernel = "k"
            arguments = "quiet"
            [target.rescue]
            kernel = "r"
            arguments = "quiet"
            [[rule]]
            mac = "52:54:00:*"
            target = "rescue"
            [firmware-menu]
            [[firmware-menu.item]]
            text = "Go"
            """
        let catalog = try Settings.parse(text, file: "f").catalog { _ in true }
        #expect(catalog.networks.map(\.description) == ["10.20.0.0/16", "192.0.2.1/32"])
        #expect(catalog.vendorClasses == ["SUNW."])
        #expect(catalog.standby == .milliseconds(300))
        #expect(catalog.yieldsToRivals)
        #expect(catalog.targets.named.map(\.name) == ["rescue"])
        let rescue = LinuxBoot(kernel: "r", initrds: [], arguments: "quiet")
        #expect(catalog.targets["rescue"] == .target(BootTarget(title: "rescue", action: .linux(rescue))))
        #expect(catalog.rules.rules.map(\.place) == ["f:12"])
        #expect(catalog.menu == FirmwareMenu(prompt: "Pilotfish", timeout: nil, items: [.init("Go", .usual)]))
    }

    static let everywhere = """
        loaders.uefi-x64 = ["x.efi", "/h/y.efi", "/h/z.efi"]
        [[rule]]
        loader = "/h/ruled.efi"
        [[rule]]
        loader = "theirs.efi"
        next-server = "192.0.2.9"
        [firmware-menu]
        [[firmware-menu.item]]
        text = "a"
        loader = "item.efi"
        """

    /// What is there, and the loaders that are present then.
    static let disks: [Case<[String]>] = [
        Case("", ["theirs.efi"]),
        Case("root:x.efi root:y.efi", ["x.efi", "/h/y.efi", "theirs.efi"]),
        Case("host:/h/y.efi host:/x.efi", ["/h/y.efi", "theirs.efi"]),
        Case("host:/h/ruled.efi", ["/h/ruled.efi", "theirs.efi"]),
        Case("root:ruled.efi root:item.efi", ["/h/ruled.efi", "theirs.efi", "item.efi"]),
    ]

    @Test(arguments: disks)
    func presenceIsWhatAClientWouldGet(_ expected: Case<[String]>) throws {
        let disk = Set(expected.text.split(separator: " ").map(String.init))
        let settings = try Settings.parse(Self.everywhere, file: "f")
        let catalog = settings.catalog { asset in
            switch asset {
            case .rootFile(let path): disk.contains("root:\(path.text)")
            case .hostFile(let path): disk.contains("host:\(path)")
            default: true
            }
        }
        #expect(catalog.allLoaders.filter(\.isPresent).map(\.path) == expected.outcome)
    }

    static let changes: [Case<[String]>] = [
        Case("", []),
        Case("mode = 'observe'\ninterfaces = ['eth0']\nboot.kernel = 'k'", []),
        Case("log.level = 'debug'\nlog.levels.tftp = 'error'", []),
        Case("log.format = 'json'", ["log.format"]),
        Case("loaders.bios = '/x'", []),
        Case("loaders.bios = '/usr/lib/ipxe/undionly.kpxe'", []),
        Case("networks = ['10.0.0.0/8']\ndhcp.standby = 50\ndhcp.yield = true\ndhcp.vendor-classes = ['x']", []),
        Case(
            "[[rule]]\nsilence = true\n[firmware-menu]\n[[firmware-menu.item]]\ntext = 'a'\n[target.x]\nkernel = 'k'",
            []),
        Case("root = '/a'\nstate = '/b'\nuser = 'c'", ["root", "state", "user"]),
        Case("dhcp.enabled = false\ntftp.enabled = false", ["dhcp.enabled", "tftp.enabled"]),
        Case("http.enabled = false", ["http.enabled"]),
        Case("http.listen = '0.0.0.0:81'\ntftp.listen = '0.0.0.0:6969'", ["tftp.listen", "http.listen"]),
        Case(
            "tftp.ports = 'listen'\ntftp.clients = ['10.0.0.0/8']\ntftp.link-rate = 1\ntftp.image-memory = 1",
            ["tftp.ports", "tftp.clients", "tftp.link-rate", "tftp.image-memory"]),
        Case(
            "tftp.workers = 1\ntftp.max-block-size = 512\ntftp.max-window-size = 1",
            ["tftp.workers", "tftp.max-block-size", "tftp.max-window-size"]),
    ]

    @Test(arguments: changes)
    func restartIsAskedForWhatCannotChangeLive(_ expected: Case<[String]>) throws {
        let changed = try Settings.parse(expected.text, file: "f")
        #expect(changed.needsRestart(comparedTo: Settings(), started: []) == expected.outcome)
        #expect(Settings().needsRestart(comparedTo: changed, started: []) == expected.outcome)
    }
}

/// Flags over the file.
@Suite struct OverridesTests {
    @Test func noFlagChangesNothing() throws {
        let file = try Settings.parse("mode = 'frozen'\ninterfaces = ['eth0']\nhttp.enabled = false", file: "f")
        #expect(try file.applying(Overrides()) == file)
    }

    @Test func everyFlagWins() throws {
        var flags = Overrides()
        flags.mode = .observe
        flags.interfaces = ["eth1"]
        flags.root = "/r/"
        flags.state = "/s"
        flags.only = [.tftp]
        flags.tftpListen = [try Settings.listenAddress("127.0.0.1:6969")]
        flags.httpListen = [try Settings.listenAddress("127.0.0.1:8080")]
        flags.user = "nobody"
        flags.logFormat = .json
        let file = try Settings.parse("mode = 'frozen'\ninterfaces = ['eth0']\ntftp.enabled = false", file: "f")
        let result = try file.applying(flags)
        let loopback = IPv4Address(127, 0, 0, 1)
        let expected = settings {
            $0.mode = .observe
            $0.interfaces = ["eth1"]
            $0.root = "/r"
            $0.state = "/s"
            $0.engines = [.tftp]
            $0.tftp.listen = [IPEndpoint(address: IPAddress(loopback), port: 6969)]
            $0.http.listen = [IPEndpoint(address: IPAddress(loopback), port: 8080)]
            $0.user = "nobody"
            $0.log.format = .json
        }
        #expect(result == expected)
        #expect(!result.dhcp.isEnabled && result.tftp.isEnabled && !result.http.isEnabled)
    }

    @Test func wrongFlagsAreToldTogether() {
        var flags = Overrides()
        flags.interfaces = ["eth0", "a/b"]
        flags.root = "files"
        flags.state = "/"
        flags.user = "root"
        do throws(SettingsErrors) {
            _ = try Settings().applying(flags)
            Issue.record("taken")
        } catch {
            #expect(error.errors.map(\.key) == ["--interface", "--root", "--state", "--user"])
            #expect(
                error.errors[1].description
                    == "--root: \"files\" is a relative path; write the whole path, beginning with /")
        }
    }

    @Test func flagMayNotExposeTheState() {
        var flags = Overrides()
        flags.root = "/var/lib"
        #expect(throws: SettingsErrors.self) { try Settings().applying(flags) }
    }

    @Test(
        arguments: [
            "", "69", ":69", "localhost:69", "1.2.3.4", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:1:2", "0.0.0.0:-1",
            "[::]", "[::]:", "[::]:0", "::1:69", "[::1:69", "[1.2.3.4]:69", "[::1%2]:69", "[ff02::1]:69",
            "[fe80::1]:69",
        ])
    func wrongListenAddressIsRefused(_ text: String) {
        #expect(throws: SettingsErrors.self) { try Settings.listenAddress(text) }
    }
}

/// What a reload may change while the service runs.
@Suite struct TakeOverTests {
    @Test func keysThatNeedARestartKeepTheirValues() throws {
        let running = try Settings.parse("http.listen = '0.0.0.0:80'\nboot.kernel = 'old'", file: "f")
        let next = try Settings.parse(
            "mode = 'frozen'\nhttp.listen = '0.0.0.0:8080'\ntftp.listen = '10.0.0.1:69'\nboot.kernel = 'new'", file: "f"
        )
        let taken = next.takenOver(by: running, started: [])
        #expect(taken.mode == .frozen)
        #expect(taken.boot.kernel == "new")
        #expect(taken.http.listen == running.http.listen)
        #expect(taken.catalog { _ in true }.tftpAddress == nil)
        #expect(next.needsRestart(comparedTo: taken, started: []) == ["tftp.listen", "http.listen"])
    }

    /// What asks others, and the key that is told.
    static let needs: [(text: String, needs: UpstreamNeeds, key: String)] = [
        ("[boot]\nkernel = 'https://a/k'", .files, "target"),
        ("[target.t]\nkernel = 'https://a/k'", .files, "target"),
        ("[target.t]\nkernel = 'k'\n[target.t.bios]\nkernel = 'https://a/k'", .files, "target"),
        ("[mirror.d]\nupstream = 'https://a'\n[boot]\nkernel = 'mirror/d/k'", .files, "mirror"),
        ("[[rule]]\nmac = '52:54:00:*'\nask = 'http://a'", .decisions, "rule.ask"),
    ]

    @Test(arguments: needs)
    func whatNeedsAProcessThatDoesNotRunLeavesAllBootsAsTheyAre(
        _ first: (text: String, needs: UpstreamNeeds, key: String)
    ) throws {
        let old = "boot.kernel = 'old'\n[target.x]\nkernel = 'x'\n[[rule]]\nmac = '02:*'\ntarget = 'x'"
        let running = try Settings.parse(old, file: "f")
        let next = try Settings.parse("mode = 'frozen'\n" + first.text, file: "f")
        #expect(next.asksOthers == first.needs)
        let others = UpstreamNeeds([.files, .decisions]).subtracting(first.needs)
        var wanted = running
        wanted.mode = .frozen
        var taken = running
        // Again and again, as often as settings are reloaded.
        for _ in 1...3 {
            #expect(next.needsRestart(comparedTo: taken, started: others) == [first.key])
            taken = next.takenOver(by: taken, started: others)
            #expect(taken == wanted)
        }
        #expect(next.needsRestart(comparedTo: running, started: first.needs) == [])
        #expect(next.takenOver(by: running, started: first.needs) == next)
        #expect(running.takenOver(by: next, started: first.needs) == running)
    }
}
