import Exchange
import Glibc
import LinuxIO
import Testing
import Wire

@testable import TFTPEngine

@Suite("TFTP worker and forged addresses", .serialized)
struct ReflectionTests {
    @Test(
        "T127 those who never acknowledge are sent what they sent, and the allowance; who asks with options is always answered"
    )
    func reflection() throws {
        var limits = TFTPLimits.small
        limits.requestsPerSource = 100_000
        limits.transfersPerSource = 100_000
        let fixture = try WorkerFixture(limits: limits)
        defer { fixture.stop() }
        try fixture.write("f", [UInt8](repeating: 1, count: 5000))
        let counters = fixture.context.counters
        func answered() -> Int { counters[.tftpStarted] + counters[.tftpIgnored] }
        for _ in 0..<5000 where counters[.tftpIgnored] < 20 {
            let before = answered()
            let forged = PlainClient(server: fixture.server)
            forged.send(PlainClient.request("f"), to: fixture.server)
            // A port that comes again may be no new client.
            for _ in 0..<500 where answered() == before { usleep(100) }
            forged.close()
        }
        #expect(counters[.tftpIgnored] >= 20)
        #expect(counters[.tftpStarted] > 450)
        let real = PlainClient(server: fixture.server)
        defer { real.close() }
        real.send(PlainClient.request("f", [("blksize", 1024)]), to: fixture.server)
        #expect(real.receive()?.bytes.prefix(2) == [0, 6])
    }
}
