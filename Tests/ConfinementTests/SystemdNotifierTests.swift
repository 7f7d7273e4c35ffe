import Testing

@testable import Confinement

/// What the environment says of who wants to hear of the service (sd_notify(3), sd_watchdog_enabled(3)).
@Suite("service manager")
struct SystemdNotifierTests {
    struct Said: Sendable {
        let variables: [String: String]
        let watchdog: Int64?

        init(_ variables: [String: String], _ watchdog: Int64?) {
            self.variables = variables
            self.watchdog = watchdog
        }
    }

    @Test(
        "whether the service is watched",
        arguments: [
            Said(["NOTIFY_SOCKET": "/s", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"], 30_000_000),
            Said(["NOTIFY_SOCKET": "/s", "WATCHDOG_USEC": "30000000"], 30_000_000),
            Said(["NOTIFY_SOCKET": "/s", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"], nil),
            Said(["NOTIFY_SOCKET": "/s", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "me"], nil),
            Said(["WATCHDOG_USEC": "30000000"], nil),
            Said(["NOTIFY_SOCKET": "/s", "WATCHDOG_USEC": "0"], nil),
            Said(["NOTIFY_SOCKET": "/s", "WATCHDOG_USEC": "-1"], nil),
            Said(["NOTIFY_SOCKET": "/s", "WATCHDOG_USEC": "soon"], nil),
            Said(["NOTIFY_SOCKET": "/s"], nil),
            Said([:], nil),
        ])
    func watched(said: Said) {
        let notifier = SystemdNotifier({ said.variables[$0] }, process: 7)
        #expect(notifier.watchdog == said.watchdog)
        #expect(notifier.isHeard == (said.variables["NOTIFY_SOCKET"] != nil))
    }
}
