import Doctor
import LinuxIO
import Settings
import Testing
import Wire

@Suite("the doctor and the host")
struct HostTests {
    private static func link(_ index: Int32, _ name: String, _ address: UInt8 = 2) -> NetworkInterface {
        var link = NetworkInterface(index: index, name: name)
        link.networks = [IPv4Network(address: IPv4Address(10, 77, 0, address), prefixLength: 24)]
        return link
    }

    private static func judge(_ facts: InterfaceFacts, _ text: String = "") throws -> [String] {
        InterfaceCheck(facts, settings: try Settings.parse(text, file: "f")).findings.map(\.code)
    }

    @Test("interfaces: a sound one, and all that may be wrong with one")
    func interfaces() throws {
        #expect(try Self.judge(InterfaceFacts(table: InterfaceTable([Self.link(2, "eth0")]))) == [])
        #expect(try Self.judge(InterfaceFacts(table: InterfaceTable([]))) == ["PF-H030"])
        #expect(try Self.judge(InterfaceFacts(table: InterfaceTable([])), "interfaces = ['eth9']") == ["PF-H031"])
        var down = Self.link(2, "eth0")
        (down.isUp, down.networks, down.mtu) = (false, [], 1400)
        let facts = InterfaceFacts(table: InterfaceTable([down]))
        #expect(try Self.judge(facts, "interfaces = ['eth0']") == ["PF-H032", "PF-H033", "PF-H039"])
        var port = Self.link(2, "eth0")
        port.master = 3
        let ports = InterfaceFacts(table: InterfaceTable([port, Self.link(3, "br0", 3)]))
        #expect(try Self.judge(ports, "interfaces = ['eth0']") == ["PF-H034"])
        let twins = InterfaceFacts(table: InterfaceTable([Self.link(2, "eth0"), Self.link(3, "eth1", 3)]))
        #expect(try Self.judge(twins, "interfaces = ['eth0']") == ["PF-H037"])
    }

    @Test("bridges with spanning tree, strict ways back, blocks and neighbours")
    func traps() throws {
        var facts = InterfaceFacts(table: InterfaceTable([Self.link(2, "br0")]))
        facts.bridges = ["br0": .init(hasSpanningTree: true, forwardDelay: 15_000)]
        #expect(try Self.judge(facts) == ["PF-H035"])
        facts.bridges = ["br0": .init(hasSpanningTree: false, forwardDelay: 15_000)]
        #expect(try Self.judge(facts) == [])
        facts.strict = ["br0"]
        #expect(try Self.judge(facts) == [])
        #expect(try Self.judge(facts, "networks = ['10.1.0.0/16']") == ["PF-H038"])
        facts.mostNeighbours = 128
        #expect(try Self.judge(facts, "tftp.max-block-size = 8192") == ["PF-H040", "PF-H041"])
    }

    private static func disk(free: Int64, total: Int64 = 100 << 30, type: String = "ext4") -> [String] {
        var facts = DiskFacts(path: "/var/lib/boot", total: total, free: free)
        facts.mount = DiskFacts.Mount(type: type, isReadOnly: false)
        return facts.findings.map(\.code)
    }

    @Test("disks: full, nearly full, in memory")
    func disks() {
        #expect(Self.disk(free: 50 << 30) == [])
        #expect(Self.disk(free: 63 << 20) == ["PF-H070"])
        #expect(Self.disk(free: 900 << 20) == ["PF-H071"])
        #expect(Self.disk(free: 4 << 30) == ["PF-H071"])
        #expect(Self.disk(free: 50 << 30, type: "tmpfs") == ["PF-H073"])
    }

    @Test(
        "the mount of a path",
        arguments: [
            ("/var/lib/boot", "ext4", false), ("/var/lib", "xfs", true), ("/variable", "overlay", false),
            ("/mnt/a b/c", "nfs", false),
        ])
    func mounts(path: String, type: String, isReadOnly: Bool) {
        let text = """
            overlay / overlay rw,relatime 0 0
            disk /var xfs ro,relatime 0 0
            tmp /var/lib/boot tmpfs rw 0 0
            disk /var/lib/boot ext4 rw 0 0
            server:/x /mnt/a\\040b nfs rw 0 0
            """
        #expect(DiskFacts.Mount.of(path, in: text) == DiskFacts.Mount(type: type, isReadOnly: isReadOnly))
    }

    @Test("clock, memory, open files, kernel")
    func host() {
        var facts = HostFacts(time: 1_800_000_000)
        (facts.kernel, facts.isSynchronized, facts.freeMemory) = ("6.1.0-18-amd64", true, 4 << 30)
        (facts.newestFile, facts.descriptors) = (1_800_000_000, 65_536)
        #expect(facts.findings == [])
        facts.isSynchronized = false
        #expect(facts.findings.map(\.code) == ["PF-H081"])
        facts.newestFile = 1_800_300_000
        #expect(facts.findings.map(\.code) == ["PF-H080"])
        facts.time = 1_000
        facts.freeMemory = 1 << 20
        facts.descriptors = 1024
        facts.hasSeccomp = false
        #expect(facts.findings.map(\.code) == ["PF-H080", "PF-H082", "PF-H083", "PF-H084"])
        let limits =
            "Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 4096                 files\n"
        #expect(HostFacts.descriptors(limits: limits) == 1024)
    }

    @Test("codes are told once, and explain themselves", arguments: HealthCode.allCases)
    func codes(code: HealthCode) {
        #expect(HealthCode.allCases.count { $0.code == code.code } == 1)
        #expect(!code.summary.isEmpty && !code.cause.isEmpty && code.explanation.contains(code.cause))
        #expect(code.code.count == 7)
    }

    @Test("the worst first, and what it comes to")
    func order() {
        let note = Finding.notLooked(.lan, "nobody asked")
        let error = Finding(code: "PF-P010", severity: .error, area: .lan, what: "another")
        #expect([note, error].worstFirst == [error, note])
        #expect([note, error].summary == "1 error, 0 warnings, 1 note")
        #expect([note].summary == "nothing wrong found, 1 note")
        #expect([Finding]().summary == "nothing wrong found")
    }
}
