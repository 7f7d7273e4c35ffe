import ArgumentParser
import BootPolicy
import ControlPlane
import Glibc
import LinuxIO
import Wire

struct ProbeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Asks the network for a boot as clients do, and says what each kind of client would boot.",
        discussion: """
            Sends a DISCOVER for each kind of firmware and never a REQUEST, so no lease is taken; a DHCP server may keep \
            the offered addresses aside for a minute. Needs root or CAP_NET_RAW. A pilotfish on this same machine does \
            not hear it: probe from another one, and name the server with --server.

            Ends with 0 when every kind boots from us, 1 when one does not, 2 when the network could not be probed.
            """
    )

    @Option(help: "The interface; it may be left out when only one is up.")
    var interface: String?

    @Option(
        name: .customLong("kind"),
        help: "A kind of client; may be repeated. Without it: all that ask differently (\(Self.usual)).")
    var kinds: [FirmwareModel] = []

    @Option(
        help: """
            The longest time to listen, 1 to 60. It ends earlier when every kind was offered an address and nothing new \
            came for two seconds.
            """)
    var seconds = 8

    @Option(name: .customLong("server"), help: "An address that is us; may be repeated. Without it: this machine's.")
    var servers: [IPv4Address] = []

    @Option(
        help: "The hardware address to go by, or \"random\". Without it: one made of the names of host and interface.")
    var mac: ProbeAddress?

    @Flag(help: "JSON for programs, one object a line for each kind.")
    var json = false

    private static var usual: String { ProbeDiscover.usual.map(\.rawValue).joined(separator: ", ") }

    func validate() throws {
        guard (1...60).contains(seconds) else { throw ValidationError("--seconds is a number from 1 to 60") }
    }

    func run() throws {
        let report: ProbeReport
        do {
            report = try probe()
        } catch let error as SystemError where error.isPermission {
            StandardError.write("pilotfish: probing needs root or CAP_NET_RAW; run it with sudo")
            throw ExitStatus.unanswered.code
        } catch {
            StandardError.write("pilotfish: \(error)")
            throw ExitStatus.unanswered.code
        }
        print(json ? report.json : report.text, terminator: "")
        if !report.isAllOurs { throw ExitStatus.trouble.code }
    }

    private func probe() throws -> ProbeReport {
        let table = try NetlinkSocket().interfaces()
        let link = try table.link(named: interface)
        var probe = try Probe(link: link, kinds: distinctKinds, address: mac)
        try probe.run(for: .seconds(Int64(seconds)))
        let here = table.all.values.filter { !$0.isLoopback }.flatMap { $0.networks.map(\.address) }
        let report = ProbeReport(
            probe.results, interface: link.name, ours: Set(servers.isEmpty ? here : servers), seconds: seconds)
        let hearsUs = probe.results.contains { $0.hearing.offers.contains { $0.isProxy && here.contains($0.server) } }
        if servers.isEmpty, !hearsUs {
            StandardError.write(
                """
                pilotfish: note: no boot server was heard at this machine's own addresses. One that runs on this machine \
                does not hear the probe: probe from another. One that runs elsewhere is named with --server ADDRESS.
                """)
        }
        return report
    }

    /// As they were named, each once.
    private var distinctKinds: [FirmwareModel] {
        var seen: Set<FirmwareModel> = []
        return (kinds.isEmpty ? ProbeDiscover.usual : kinds).filter { seen.insert($0).inserted }
    }
}

/// What `--mac` names.
enum ProbeAddress: ExpressibleByArgument {
    case random
    case fixed(MACAddress)

    init?(argument: String) {
        if argument == "random" {
            self = .random
        } else {
            guard let address = MACAddress(argument), address.octets[0] & 1 == 0 else { return nil }
            self = .fixed(address)
        }
    }
}

extension FirmwareModel: ExpressibleByArgument {}
