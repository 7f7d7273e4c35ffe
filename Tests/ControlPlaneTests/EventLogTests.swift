import BootPolicy
import ControlPlane
import Settings
import Synchronization
import Testing
import Wire

@Suite("lines of the log")
struct EventLogTests {
    /// What is written, line by line.
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    @Test("T129 a name with control octets draws on nobody's terminal", arguments: [Settings.Log.Format.text, .json])
    func names(format: Settings.Log.Format) throws {
        let lines = Lines()
        var settings = Settings().log
        settings.format = format
        let log = EventLog(
            settings, write: { line in lines.all.withLock { $0.append(line) } }, interfaceName: { "if\($0)" })
        let control = String(String.UnicodeScalarView((1...0x1F).compactMap { Unicode.Scalar($0) }))
        for name in ["%n%s", "\u{1B}[2J\u{7}", control, "a\" file=\"b", "\u{9B}31m\u{7F}"] {
            log.tell(
                .transferRefused(
                    client: IPEndpoint(address: IPAddress(IPv4Address(192, 0, 2, 1)), port: 1234), name: name,
                    reason: .notFound),
                time: 0)
        }
        let written = lines.all.withLock { $0 }
        #expect(written.count == 5)
        for line in written {
            let harmless = line.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
            #expect(harmless, "\(line.debugDescription)")
        }
        #expect(written.first?.contains("%n%s") == true)
        #expect(written.dropFirst().first?.contains("\\u001b[2J\\u0007") == true)
        #expect(written.dropFirst(3).first?.contains("a\\\" file=\\\"b") == true)
    }
}
