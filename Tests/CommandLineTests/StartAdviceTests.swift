import BootPolicy
import Glibc
import LinuxIO
import Settings
import Testing

@testable import pilotfish

/// What the operator is told of a start that does not go as he wanted, and what to do, true for how the service was
/// started.
@Suite("advice at the start")
struct StartAdviceTests {
    @Test(
        "a port that somebody else has",
        arguments: [(.bootService, "boot-service"), (.tftp, "tftp"), (.http, "http")] as [(TakenPort, String)])
    func taken(port: TakenPort, name: String) {
        let own = port.advice(isForUnit: false)
        #expect(!own.contains(".socket") && !own.contains("systemctl"), "\(own)")
        let left = port.advice(isForUnit: true)
        #expect(left.contains(" runs on this host, or pilotfish-\(name).socket is active; "), "\(left)")
        #expect(left.contains("\"systemctl disable --now pilotfish-\(name).socket\""), "\(left)")
        // Flags of the service are not those of `pilotfish open`.
        #expect(!left.contains("-listen"), "\(left)")
    }

    struct Workers: Sendable {
        var wanted: Int
        var ports = Settings.Ports.any
        var count: Int
        var arePassed = false
        /// How the remark ends; nil for none.
        var remark: String?
    }

    @Test(
        "workers that are not there",
        arguments: [
            Workers(wanted: 0, count: 2), Workers(wanted: 2, count: 2), Workers(wanted: 1, count: 2, arePassed: true),
            Workers(
                wanted: 9, count: 8, remark: "TFTP has 8 of the 9 workers of tftp.workers: more than 8 bring nothing"),
            Workers(wanted: 9, count: 8, arePassed: true, remark: "more than 8 bring nothing"),
            Workers(
                wanted: 4, ports: .range(30_000...30_001), count: 2, arePassed: true,
                remark: "each needs a port of tftp.ports for itself, and there are 2"),
            Workers(
                wanted: 4, ports: .range(30_000...30_009), count: 2,
                remark: "other programs have the rest of the ports of tftp.ports"),
            Workers(
                wanted: 4, count: 2, arePassed: true,
                remark: "were passed to us (in their .socket unit ReusePort=yes, and the same ListenDatagram= again)"),
        ])
    func workers(given: Workers) {
        var settings = Settings().tftp
        (settings.workers, settings.ports) = (given.wanted, given.ports)
        let remark = TFTPWorkers.remark(settings, has: given.count, arePassed: given.arePassed)?.text
        #expect((remark == nil) == (given.remark == nil), "\(remark ?? "")")
        if let ending = given.remark { #expect(remark?.hasSuffix(ending) == true, "\(remark ?? "")") }
    }

    @Test(
        "as many workers as asked for, or as processors, within bounds",
        arguments: [(0, 4, 4), (0, 99, 8), (3, 1, 3), (64, 1, 8)])
    func counts(wanted: Int, processors: Int, count: Int) {
        var settings = Settings().tftp
        settings.workers = wanted
        #expect(TFTPWorkers.count(settings, processors: processors) == count)
    }

    @Test("what port 67 alone does not hear, and the way out of it", arguments: [true, false])
    func portAlone(isUnit: Bool) {
        var settings = Settings().dhcp
        let plain = Resources.lossByPortAlone(settings, isUnit: isUnit)
        #expect(plain.level == .info && !plain.text.contains("dhcp.standby"))
        settings.yieldsToRivals = true
        let waiting = Resources.lossByPortAlone(settings, isUnit: isUnit)
        #expect(waiting.level == .warning)
        #expect(waiting.text.contains("have \"pilotfish open\" open packet sockets") == isUnit, "\(waiting.text)")
        #expect(waiting.text.hasSuffix("give the service CAP_NET_RAW") != isUnit, "\(waiting.text)")
    }

    @Test("a door of the control API that cannot be opened")
    func console() {
        let refused = ConsoleStart.remedy(SystemError(EACCES, call: "bind"), free: 2048)
        #expect(refused.hasPrefix("; ports below 2048 need a privilege that it does not have: choose a greater one"))
        let taken = ConsoleStart.remedy(SystemError(EADDRINUSE, call: "bind"), free: 1024)
        #expect(taken == "; another program has the port: choose another in api.listen")
        #expect(ConsoleStart.remedy(SystemError(ENOMEM, call: "bind"), free: 1024).isEmpty)
    }
}
