import Glibc
import Testing
import Wire

@testable import LinuxIO

/// Sockets that were opened for this process by another (sd_listen_fds(3)).
@Suite("passed sockets")
struct PassedSocketTests {
    private static let loopback = IPAddress(IPv4Address(127, 0, 0, 1))

    struct Said: CustomTestStringConvertible, Sendable {
        let variables: [String: String]
        /// The names from descriptor 3 on; nil for a fault.
        let names: [String]?

        init(_ variables: [String: String], _ names: [String]?) {
            self.variables = variables
            self.names = names
        }

        var testDescription: String { "\(variables.sorted { $0.key < $1.key })" }
    }

    @Test(
        "the environment says which sockets are ours",
        arguments: [
            Said([:], []),
            Said(["LISTEN_FDS": "2"], []),
            Said(["LISTEN_PID": "7"], []),
            Said(["LISTEN_PID": "8", "LISTEN_FDS": "2"], []),
            Said(["LISTEN_PID": "8", "LISTEN_FDS": "what"], []),
            Said(["LISTEN_PID": "7", "LISTEN_FDS": "0"], []),
            Said(["LISTEN_PID": "7", "LISTEN_FDS": "2"], ["unknown", "unknown"]),
            Said(["LISTEN_PID": "7", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "dhcp:tftp"], ["dhcp", "tftp"]),
            Said(["LISTEN_PID": "7", "LISTEN_FDS": "2", "LISTEN_FDNAMES": ":tftp"], ["", "tftp"]),
            Said(["LISTEN_PID": "7", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "dhcp:tftp"], nil),
            Said(["LISTEN_PID": "7", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "dhcp"], nil),
            Said(["LISTEN_PID": "seven", "LISTEN_FDS": "2"], nil),
            Said(["LISTEN_PID": "7", "LISTEN_FDS": "-1"], nil),
            Said(["LISTEN_PID": "7", "LISTEN_FDS": "513"], nil),
            Said(["LISTEN_PID": "7", "LISTEN_FDS": "99999999999"], nil),
        ])
    func environment(said: Said) {
        do throws(PassedList.Fault) {
            let list = try PassedList({ said.variables[$0] }, process: 7)
            #expect(list.entries.map(\.name) == said.names)
            #expect(list.entries.map(\.number) == (0..<Int32(list.entries.count)).map { $0 + 3 })
        } catch {
            #expect(said.names == nil, "\(error)")
        }
    }

    private static func take(_ number: Int32) throws(SystemError) -> PassedSocket {
        try PassedSocket.take(PassedList.Entry(number: number, name: "any"))
    }

    @Test("a socket is known by what the kernel says of it, and is closed when a program is run")
    func facts() throws {
        let datagrams = try DatagramSocket(local: IPEndpoint(address: Self.loopback, port: 0))
        let local = datagrams.local
        let number = try datagrams.descriptor.duplicate().release()
        #expect(fcntl(number, F_SETFD, 0) == 0)
        let passed = try Self.take(number)
        #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
        var facts = SocketFacts(family: .ip(.ipv4), kind: .datagram)
        facts.local = local
        #expect(passed.facts == facts)
        #expect("\(passed.facts)" == "a datagram socket of IPv4 at \(local)")
    }

    @Test("a stream socket listens or does not", arguments: [false, true])
    func streams(isListening: Bool) throws {
        let number = try ListeningSocket.open(local: IPEndpoint(address: Self.loopback, port: 0)).release()
        if isListening { #expect(listen(number, 1) == 0) }
        let facts = try Self.take(number).facts
        #expect(facts.kind == .stream)
        #expect(facts.isListening == isListening)
    }

    @Test("a socket of IPv6 that takes IPv4 as well says so", arguments: [false, true])
    func families(mixes: Bool) throws {
        let number = socket(AF_INET6, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var only: Int32 = mixes ? 0 : 1
        #expect(setsockopt(number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &only, 4) == 0)
        #expect(try Self.take(number).facts.mixesFamilies == mixes)
    }

    @Test("a Unix socket is known by its path")
    func path() throws {
        let path = "/tmp/pilotfish-passed-\(getpid()).sock"
        defer { unlink(path) }
        let number = try ListeningSocket.open(path: path, owner: nil).release()
        let facts = try Self.take(number).facts
        #expect(facts.family == .unix)
        #expect(facts.path == path)
        #expect(facts.local == nil)
    }

    @Test("what is no socket is an error that says which descriptor", arguments: [true, false])
    func noSocket(isOpen: Bool) {
        let number = isOpen ? open("/dev/null", O_RDONLY) : 1_000_000
        do throws(SystemError) {
            _ = try Self.take(number)
            Issue.record("taken as a socket")
        } catch {
            #expect(error.code == (isOpen ? ENOTSOCK : EBADF))
            #expect(error.subject == "descriptor \(number) (any)")
        }
        if isOpen { close(number) }
    }

    @Test("an adopted socket tells where a datagram came to, and hears again that was held deaf")
    func adopts() throws {
        let first = try DatagramSocket(local: IPEndpoint(address: IPAddress(.any), port: 0))
        let here = IPEndpoint(address: Self.loopback, port: first.local.port)
        let deaf = try PortClaim(adopting: try first.descriptor.duplicate())
        let client = try DatagramSocket(local: IPEndpoint(address: Self.loopback, port: 0))
        var outgoing = SendBatch(messages: 1, vectors: 1)
        try client.send([1], to: here, from: Self.loopback, interface: 0, with: &outgoing)
        let adopted = try DatagramSocket(adopting: try deaf.socket.descriptor.duplicate(), options: .broadcast)
        try client.send([2], to: here, from: Self.loopback, interface: 0, with: &outgoing)
        var batch = ReceiveBatch()
        let end = Clock.now + .seconds(2)
        repeat { _ = try batch.receive(from: adopted.descriptor) } while batch.count == 0 && Clock.now < end
        try #require(batch.count == 1)
        let (octets, source) = (batch.payload(0).array, batch.source(0))
        #expect(octets == [2])
        #expect(source == client.local)
        let found = batch.destination(0)
        let destination = try #require(found)
        #expect(destination.address == Self.loopback)
        #expect(NetworkInterface.name(of: destination.interface) == "lo")
        #expect(fcntl(adopted.descriptor.number, F_GETFL) & O_NONBLOCK != 0)
    }
}
