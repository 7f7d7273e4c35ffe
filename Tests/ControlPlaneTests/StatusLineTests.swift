import Testing
import Wire

@testable import ControlPlane

/// The line that the service manager shows, on a clock of the test's own.
@Suite("status line")
final class StatusLineTests {
    private var line = StatusLine()

    private func follow(_ seconds: Int64, _ text: String) -> String? {
        line.follow(now: Instant(nanoseconds: seconds * 1_000_000_000)) { text }
    }

    @Test("a change is told at once, the next ones after ten seconds, and the last of them is not lost")
    func seldom() {
        #expect(line.deadline == nil)
        #expect(follow(0, "a") == "a")
        #expect(line.deadline == nil)
        #expect(follow(1, "b") == nil)
        #expect(follow(9, "c") == nil)
        #expect(line.deadline == Instant(nanoseconds: 10_000_000_000))
        #expect(follow(10, "c") == "c")
        #expect(line.deadline == nil)
    }

    @Test("what has not changed is not told again, and nobody is woken for it")
    func unchanged() {
        #expect(follow(0, "a") == "a")
        #expect(follow(20, "a") == nil)
        #expect(line.deadline == nil)
        #expect(follow(40, "b") == "b")
    }
}
