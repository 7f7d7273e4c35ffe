import Settings
import Testing

/// `[log.levels]`
@Suite struct LogLevelTests {
    @Test(arguments: [
        "[log]\nlevel = 'warning'\n[log.levels]\ntftp = 'debug'\nhook = 'error'",
        "log = { level = 'warning', levels = { hook = 'error', tftp = 'debug' } }",
    ])
    func subsystemsHaveLevels(text: String) throws {
        let log = try Settings.parse(text, file: "f").log
        #expect(log.levels == [.tftp: .debug, .hook: .error])
        #expect(log.level(of: .tftp) == .debug && log.level(of: .http) == .warning)
    }

    @Test func theyAreWrittenAsTheyAreRead() throws {
        let given = settings { $0.log.levels = [.tftp: .debug, .survey: .error] }
        #expect(given.text.contains("\nlog.levels = { survey = \"error\", tftp = \"debug\" }\n"))
        #expect(try Settings.parse(given.text, file: "f") == given)
    }

    @Test(arguments: [
        ("log.levels = 'debug'", "f:1:14: log.levels: expected a table"),
        ("[log.levels]\ntftp = 'loud'", "f:2:8: log.levels"), ("[log.levels]\ntfpt = 'debug'", "tfpt"),
        ("[log.levels]\ntftp = 3", "f:2:8: log.levels"),
    ])
    func faultsHaveAPlace(text: String, start: String) {
        let said = complaints(text)
        #expect(said.count == 1)
        #expect(said.first?.contains(start) == true, "\(said)")
    }

    @Test func aReloadTakesThemOver() {
        let given = settings {
            $0.log.level = .debug
            $0.log.levels = [.tftp: .error]
        }
        #expect(given.needsRestart(comparedTo: Settings(), started: []).isEmpty)
    }
}
