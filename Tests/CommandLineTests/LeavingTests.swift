import Glibc
import LinuxIO
import Settings
import StandIns
import Synchronization
import Testing
import Wire

@testable import Confinement
@testable import pilotfish

/// What `pilotfish open` leaves with systemd, for which a stand-in listens; without a privilege, so without DHCP.
@Suite("sockets that are left for the service")
struct LeavingTests {
    /// At an address of the test's own, where ports are free.
    private static func settings() -> Settings {
        var settings = Settings()
        settings.dhcp.isEnabled = false
        let (second, third, last) = (UInt8.random(in: 1...254), UInt8.random(in: 1...254), UInt8.random(in: 1...254))
        let host = IPAddress(IPv4Address(127, second, third, last))
        settings.tftp.listen = [IPEndpoint(address: host, port: 26_969)]
        settings.tftp.workers = 1
        settings.http.listen = [IPEndpoint(address: host, port: 28_080)]
        return settings
    }

    /// What systemd is told.
    private static func told(_ settings: Settings) throws -> [SystemdStandIn.Heard] {
        let systemd = try SystemdStandIn()
        return try systemd.hearing {
            let opened = try DescriptorStore(SystemdNotifier({ ["NOTIFY_SOCKET": systemd.path][$0] }, process: 1))
            guard let store = opened else { throw SystemError(ENOENT, call: "connect", subject: "systemd") }
            try Resources.leave(settings, with: store)
        }
    }

    /// The names of the sockets that it keeps. First it is to forget whatever has one of our names.
    private static func names(_ told: [SystemdStandIn.Heard]) -> [String] {
        let forgotten = PassedDoors.Purpose.allCases.map { "FDSTOREREMOVE=1\nFDNAME=\($0.rawValue)" } + ["BARRIER=1"]
        #expect(told.prefix(forgotten.count).map(\.text) == forgotten)
        #expect(told.count > forgotten.count && told.last?.text == "BARRIER=1")
        return told.dropFirst(forgotten.count).dropLast().map { message in
            #expect(message.file != nil && message.text.hasPrefix("FDSTORE=1\nFDNAME="), "\(message)")
            return message.text.split(separator: "\n").dropFirst().first.map { String($0.dropFirst(7)) } ?? ""
        }
    }

    @Test(
        "one for each worker at each address, no more of them than ports, and none of what is switched off",
        arguments: [
            (1, .any, 1), (3, .any, 3), (64, .any, 8), (4, .range(26_970...26_971), 2), (2, .range(26_970...26_979), 2),
            (2, .listen, 2),
        ] as [(Int, Settings.Ports, Int)])
    func workers(wanted: Int, ports: Settings.Ports, left: Int) throws {
        var settings = Self.settings()
        (settings.tftp.workers, settings.tftp.ports) = (wanted, ports)
        #expect(try Self.names(Self.told(settings)) == Array(repeating: "tftp", count: left) + ["http"])
        settings.http.isEnabled = false
        #expect(try Self.names(Self.told(settings)) == Array(repeating: "tftp", count: left))
        (settings.http.isEnabled, settings.tftp.isEnabled) = (true, false)
        #expect(try Self.names(Self.told(settings)) == ["http"])
    }

    @Test("where the host has no IPv6, its addresses are left out")
    func withoutIPv6() throws {
        var settings = Self.settings()
        settings.tftp.listen.append(IPEndpoint(address: .anyIPv6, port: 26_969))
        settings.http.listen.append(IPEndpoint(address: .anyIPv6, port: 28_080))
        let told = Mutex<Result<[SystemdStandIn.Heard], any Error>?>(nil)
        // What a kernel says that has none, and systemd's RestrictAddressFamilies=: to this thread alone.
        let thread = try EngineThread(name: "no IPv6") { [settings] in
            let result = Result {
                let refused = SystemCallRule.refuse("socket", EAFNOSUPPORT, if: .equal(0, AF_INET6))
                // SECCOMP_RET_ALLOW for all else.
                try SystemCallFilter.load(refused, otherwise: 0x7FFF_0000)
                return try Self.told(settings)
            }
            told.withLock { $0 = result }
        }
        thread.join()
        let result = try #require(told.withLock { $0 })
        #expect(try Self.names(result.get()) == ["tftp", "http"])
    }

    @Test("where somebody has a port, the unit that may be it is named")
    func taken() throws {
        let settings = Self.settings()
        let holder = try DatagramSocket(local: settings.tftp.listen[0])
        let failure = #expect(throws: StartFailure.self) { try Self.told(settings) }
        let text = failure?.description ?? ""
        #expect(text.contains("\(settings.tftp.listen[0])"), "\(text)")
        #expect(text.contains("another TFTP server runs on this host, or pilotfish-tftp.socket is active; "), "\(text)")
        #expect(text.contains("systemctl disable --now pilotfish-tftp.socket"), "\(text)")
        let held = holder.local
        #expect(held == settings.tftp.listen[0])
    }
}
