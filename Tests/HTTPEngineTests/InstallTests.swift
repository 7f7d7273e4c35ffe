import Assets
import BootPolicy
import Exchange
import Glibc
import HTTPEngine
import Synchronization
import Testing
import Wire

@Suite("files of installs by HTTP")
struct InstallTests {
    /// Counts whose fetches it is told of.
    private final class Desk: InstallSource {
        let fetches = Mutex<[InstallToken: Int]>([:])

        func take(_ step: InstallStep, of enrolment: Enrolment) -> InstallAnswer { .stale }

        func note(fetchBy enrolment: Enrolment) {
            fetches.withLock { $0[enrolment.token, default: 0] += 1 }
        }
    }

    @Test("a machine that takes long over one file is noted again and again, and no more once it has it")
    func slowLoad() throws {
        let desk = Desk()
        var limits = HTTPLimits()
        limits.headTime = .milliseconds(400)
        try Stand.run(limits, installs: desk) { stand in
            let token = InstallToken(high: 7, low: 9)
            let enrolment = Enrolment(token: token, target: "debian")
            stand.context.installs.replace([InstallBoard.Entry(enrolment, hardware: [])])
            stand.folder.setSize("large", 256 << 20)
            do {
                let slow = try stand.connect(receiveBuffer: 4096)
                slow.request("GET", "/install/\(token.text)/large")
                for _ in 0..<500 where desk.fetches.withLock({ $0[token] ?? 0 }) < 4 { usleep(10_000) }
                #expect(desk.fetches.withLock { $0[token] ?? 0 } >= 4)
            }
            _ = stand.ended()
            let count = desk.fetches.withLock { $0[token] }
            usleep(500_000)
            #expect(desk.fetches.withLock { $0[token] } == count)
        }
    }
}
