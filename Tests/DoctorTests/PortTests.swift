import Doctor
import Settings
import Testing
import Wire

@Suite("the doctor and ports")
struct PortTests {
    private static let udp = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
          12: 00000000:0045 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4242 2 0000000000000000 0
          13: 00000000:0043 00000000:0000 07 00000000:00000000 00:00000000 00000000   104        0 4243 2 0000000000000000 0
          14: 0100007F:0FAB 00000000:0000 07 00000000:00000000 00:00000000 00000000   104        0 4244 2 0000000000000000 0
          15: 02004D0A:0045 03004D0A:C001 01 00000000:00000000 00:00000000 00000000     0        0 4245 2 0000000000000000 0
        """
    private static let tcp6 = """
          sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5050 1 0000000000000000 100 0 0 10 0
           1: 00000000000000000000000001000000:0051 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5051 1 0000000000000000 100 0 0 10 0
           2: 00000000000000000000000000000000:0050 0000000000000000FFFF0000010200C0:0000 01 00000000:00000000 00:00000000 00000000     0        0 5052 1 0000000000000000 100 0 0 10 0
        """

    @Test("sockets that listen")
    func sockets() {
        let udp = SocketTable.read(Self.udp, .udp)
        #expect(udp.map(\.port) == [69, 67, 4011])
        #expect(udp.map(\.inode) == [4242, 4243, 4244])
        #expect(udp.map { "\($0.address)" } == ["0.0.0.0", "0.0.0.0", "127.0.0.1"])
        let tcp = SocketTable.read(Self.tcp6, .tcp)
        #expect(tcp.map(\.port) == [80, 81])
        #expect(tcp.map { "\($0.address)" } == ["::", "::1"])
        #expect(SocketTable.read("", .udp) == [])
        #expect(SocketTable.read("head\nnonsense\n1: a:b c:d", .udp) == [])
    }

    @Test(
        "units",
        arguments: [
            ("0::/system.slice/tftpd-hpa.service", "tftpd-hpa.service"),
            ("12:cpu:/\n0::/system.slice/dnsmasq.service/child", "dnsmasq.service"),
            ("0::/system.slice/docker-0a1b.scope", "docker-0a1b.scope"), ("0::/init.scope", nil),
            ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.scope", nil), ("", nil),
        ] as [(String, String?)])
    func units(text: String, unit: String?) {
        #expect(SocketOwner.unit(cgroups: text) == unit)
    }

    private static func judge(
        _ owners: [UInt64: SocketOwner], isRunning: Bool = false, settings text: String = "http.enabled = false"
    ) throws -> [Finding] {
        var facts = PortFacts()
        facts.sockets = SocketTable.read(udp, .udp)
        facts.owners = owners
        return PortCheck(facts, settings: try Settings.parse(text, file: "f"), isRunning: isRunning).findings
    }

    @Test("ports of others: 69 and 4011 are errors, 67 is none")
    func others() throws {
        let found = try Self.judge([
            4242: SocketOwner(process: 7, name: "in.tftpd", unit: "tftpd-hpa.service"),
            4243: SocketOwner(process: 8, name: "dnsmasq", unit: "dnsmasq.service"),
            4244: SocketOwner(process: 9, name: "python3", unit: nil),
        ])
        #expect(found.map(\.code) == ["PF-H010", "PF-H010", "PF-H011"])
        #expect(found.map(\.severity) == [.error, .error, .note])
        #expect(found.map(\.command) == ["kill 9", "systemctl disable --now tftpd-hpa.service", ""])
        #expect(
            found[1].what == "UDP port 69 (TFTP) belongs to in.tftpd (process 7, tftpd-hpa.service), not to pilotfish")
    }

    @Test("our own ports are none of others, and one that is missing is told while the service runs")
    func ours() throws {
        let ours = SocketOwner(process: 7, name: "pilotfish", unit: "pilotfish.service")
        let all = [4242: ours, 4243: ours, 4244: ours] as [UInt64: SocketOwner]
        #expect(try Self.judge(all, isRunning: true) == [])
        #expect(try Self.judge(all, isRunning: true, settings: "").map(\.code) == ["PF-H012"])
        #expect(try Self.judge(all, isRunning: false, settings: "") == [])
    }

    @Test(
        "one port at different addresses is nobody's in the way",
        arguments: [
            ("127.0.0.1", "10.77.0.2:8080", []), ("10.77.0.2", "10.77.0.2:8080", ["PF-H010"]),
            ("0.0.0.0", "10.77.0.2:8080", ["PF-H010"]), ("127.0.0.1", "0.0.0.0:8080", ["PF-H010"]),
            ("::", "10.77.0.2:8080", ["PF-H010"]), ("0.0.0.0", "[::1]:8080", []), ("::1", "[::]:8080", ["PF-H010"]),
            ("::1", "127.0.0.1:8080", []),
        ] as [(String, String, [String])])
    func addresses(other: String, door: String, codes: [String]) throws {
        var facts = PortFacts()
        facts.sockets = [
            BoundSocket(transport: .tcp, port: 8080, address: try #require(IPAddress(other)), inode: 1)
        ]
        facts.owners = [1: SocketOwner(process: 7, name: "nginx", unit: "nginx.service")]
        let tables = [
            "dhcp.enabled = false\nhttp.", "http.enabled = false\napi.certificate = '/c'\napi.key = '/k'\napi.",
        ]
        let found = try tables.map { table in
            let settings = try Settings.parse("\(table)listen = ['\(door)']", file: "f")
            return PortCheck(facts, settings: settings, isRunning: false).findings.map(\.code)
        }
        #expect(found == [codes, codes])
    }
}
