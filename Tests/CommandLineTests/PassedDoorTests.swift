import BootPolicy
import Glibc
import LinuxIO
import Settings
import Testing
import Wire

@testable import pilotfish

/// Sockets that were passed to the service: each is what its name says, or the start ends with a sentence.
@Suite("passed sockets in their places")
struct PassedDoorTests {
    private static func socket(
        _ name: String, _ kind: SocketFacts.Kind, _ local: String? = nil, path: String? = nil,
        isListening: Bool = false, mixes: Bool = false
    ) throws -> PassedSocket {
        let endpoint = try local.map { try Settings.listenAddress($0) }
        var facts = SocketFacts(family: endpoint.map { .ip($0.address.family) } ?? .unix, kind: kind)
        (facts.local, facts.path) = (endpoint, path)
        (facts.isListening, facts.mixesFamilies) = (isListening, mixes)
        return PassedSocket(
            name: name, number: 3, facts: facts, descriptor: HandOver(OwnedDescriptor(open("/dev/null", O_RDONLY))))
    }

    private static func complaint(_ sockets: [PassedSocket], _ settings: Settings = Settings()) -> String? {
        do {
            _ = try PassedDoors(sockets, settings)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("all kinds, each in its place")
    func all() throws {
        let doors = try PassedDoors(
            [
                try Self.socket("dhcp", .datagram, "0.0.0.0:67"),
                try Self.socket("boot-service", .datagram, "0.0.0.0:4011"),
                try Self.socket("tftp", .datagram, "0.0.0.0:69"), try Self.socket("tftp", .datagram, "[::]:69"),
                try Self.socket("tftp", .datagram, "[::]:69"), try Self.socket("tftp", .datagram, "0.0.0.0:69"),
                try Self.socket("http", .stream, "[::]:80", isListening: true),
                try Self.socket("control", .stream, path: "/var/lib/pilotfish/control.sock", isListening: true),
            ], Settings())
        #expect(doors.dhcp != nil && doors.bootService != nil && doors.control != nil)
        #expect(doors.tftp.map { "\($0.local) \($0.sockets.count)" } == ["0.0.0.0:69 2", "[::]:69 2"])
        #expect(doors.http.map { "\($0.local)" } == ["[::]:80"])
        #expect(
            doors.remarks.map(\.text) == [
                "HTTP does not listen on 0.0.0.0:80: only sockets of other addresses were passed to us"
            ])
    }

    private static func packetSocket(_ name: String) throws -> PassedSocket {
        PassedSocket(
            name: name, number: 3, facts: SocketFacts(family: .other(AF_PACKET), kind: .datagram),
            descriptor: HandOver(OwnedDescriptor(open("/dev/null", O_RDONLY))))
    }

    @Test("packet sockets: all of them, or none; the one for magic packets by itself")
    func packets() throws {
        let all = try ["packets", "frames", "arrivals", "wake"].map(Self.packetSocket)
        let doors = try PassedDoors(all, Settings())
        #expect(doors.packets != nil && doors.wake != nil && doors.dhcp == nil)
        let wake = try PassedDoors([try Self.packetSocket("wake")], Settings())
        #expect(wake.packets == nil && wake.wake != nil)
        let some = Self.complaint([try Self.packetSocket("packets"), try Self.packetSocket("frames")])
        #expect(
            some
                == "of the sockets \"packets\", \"frames\", \"arrivals\" some were passed to us and others not: pass all or none"
        )
        let twice = Self.complaint([try Self.packetSocket("wake"), try Self.packetSocket("wake")])
        #expect(twice?.hasSuffix("is one too many of its name: pass one") == true)
        let other = Self.complaint([try Self.socket("frames", .datagram, "0.0.0.0:67")])
        #expect(other?.contains("what \"pilotfish open\" opens") == true)
    }

    @Test("nothing was passed, nothing is said")
    func none() throws {
        let doors = try PassedDoors([], Settings())
        #expect(doors.dhcp == nil && doors.tftp.isEmpty && doors.http.isEmpty && doors.remarks.isEmpty)
    }

    @Test("a socket that is not what its name says is refused with what its unit has to say")
    func unfit() throws {
        let dhcp = "and ListenDatagram=0.0.0.0:67 in its .socket unit is what we need"
        let unfit = [
            (try Self.socket("dhcp", .datagram, "0.0.0.0:68"), dhcp),
            (try Self.socket("dhcp", .datagram, "127.0.0.1:67"), dhcp),
            (try Self.socket("dhcp", .stream, "0.0.0.0:67", isListening: true), dhcp),
            (try Self.socket("dhcp", .datagram, "[::]:67"), dhcp), (try Self.socket("dhcp", .datagram), dhcp),
            (
                try Self.socket("tftp", .datagram, "[::]:69", mixes: true),
                "ListenDatagram=0.0.0.0:69 or ListenDatagram=[::]:69 with BindIPv6Only=ipv6-only"
            ),
            (try Self.socket("tftp", .datagram, "0.0.0.0:6969"), "ListenDatagram=0.0.0.0:69 or"),
            (
                try Self.socket("tftp", .datagram, "0.0.0.0:6969"),
                "where \"pilotfish open\" opened it, that needs the same"
            ),
            (
                try Self.socket("http", .stream, "0.0.0.0:80"),
                "a stream socket that does not listen of IPv4 at 0.0.0.0:80"
            ),
            (try Self.socket("http", .datagram, "0.0.0.0:80"), "ListenStream=0.0.0.0:80"),
            (
                try Self.socket("control", .stream, path: "/run/other.sock", isListening: true),
                "ListenStream=/var/lib/pilotfish/control.sock"
            ),
            (try Self.socket("control", .datagram, path: "/var/lib/pilotfish/control.sock"), "ListenStream="),
            (try Self.socket("unknown", .datagram, "0.0.0.0:69"), "one of dhcp, boot-service, tftp, http, control"),
        ]
        for (socket, wanted) in unfit {
            let complaint = try #require(Self.complaint([socket]))
            #expect(complaint.hasPrefix("the socket \"\(socket.name)\" that was passed to us (descriptor 3) "))
            #expect(complaint.contains(wanted), "\(complaint)")
        }
    }

    @Test("one too many of a name, and unequal shares of TFTP's addresses")
    func tooMany() throws {
        let dhcp = { try Self.socket("dhcp", .datagram, "0.0.0.0:67") }
        #expect(Self.complaint([try dhcp(), try dhcp()])?.contains("one too many") == true)
        let (old, new) = ("0.0.0.0:69", "[::]:69")
        let unequal = try [old, new, old].map { try Self.socket("tftp", .datagram, $0) }
        #expect(Self.complaint(unequal)?.contains("0.0.0.0:69 has 2 and [::]:69 has 1") == true)
    }

    @Test("what an engine that is switched off was passed is told, and left")
    func switchedOff() throws {
        var settings = Settings()
        settings.dhcp.isEnabled = false
        let doors = try PassedDoors([try Self.socket("dhcp", .datagram, "0.0.0.0:67")], settings)
        #expect(doors.dhcp == nil)
        #expect(doors.remarks.map(\.text).first?.contains("is not used") == true)
    }

    @Test(
        "an address that was not passed is told of, and why",
        arguments: [
            (true, "TFTP does not listen on [::]:69: only sockets of other addresses were passed to us"),
            (false, "this host has no IPv6, so TFTP does not listen on [::]:69"),
        ])
    func missing(hasIPv6: Bool, remark: String) throws {
        let doors = try PassedDoors([try Self.socket("tftp", .datagram, "0.0.0.0:69")], Settings(), hasIPv6: hasIPv6)
        #expect(doors.remarks.map(\.text) == [remark])
    }

    @Test("fewer sockets than workers are told", arguments: [(0, 0), (1, 0), (2, 1)])
    func workers(wanted: Int, remarks: Int) throws {
        var settings = Settings()
        settings.tftp.workers = wanted
        settings.tftp.listen = [try Settings.listenAddress("0.0.0.0:69")]
        let doors = try PassedDoors([try Self.socket("tftp", .datagram, "0.0.0.0:69")], settings)
        #expect(doors.remarks.count == remarks)
    }
}
