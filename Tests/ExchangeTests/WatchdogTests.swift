import Testing
import Wire

@testable import Exchange

/// When the service manager hears that all threads get on, on a clock of the test's own.
@Suite("watchdog")
final class WatchdogTests {
    private typealias Absence = Watchdog.Absence

    private static let dhcp = Absence(name: "pf-dhcp", mayWait: false)
    private static let tftp = Absence(name: "pf-tftp-1", mayWait: false)
    private static let loader = Absence(name: "pf-load-2", mayWait: true)

    /// A watchdog of 8 s, so that it looks every 4 s, and every half second when somebody is late.
    private var watchdog = Watchdog(limit: .seconds(8), now: Instant(nanoseconds: 0))

    private func look(_ seconds: Double, _ owing: [Absence] = []) -> Watchdog.Look? {
        watchdog.look(now: Instant(nanoseconds: Int64(seconds * 1e9)), owing: { owing })
    }

    private static func told(_ absence: Absence, _ seconds: Double) -> Watchdog.Told {
        Watchdog.Told(absence: absence, time: TimeSpan(nanoseconds: Int64(seconds * 1e9)))
    }

    @Test("the manager hears at half its limit that all get on, and not more often")
    func well() {
        var fed: [Double] = []
        for tenth in 0..<200 {
            if let look = look(Double(tenth) / 10) {
                #expect(look == Watchdog.Look(isWell: true))
                fed.append(Double(tenth) / 10)
            }
        }
        #expect(fed == [4, 8, 12, 16])
    }

    @Test("nobody is looked for before it is time")
    func early() {
        var isAsked = false
        let look = watchdog.look(now: Instant(nanoseconds: 3_999_999_999)) {
            isAsked = true
            return []
        }
        #expect(look == nil)
        #expect(!isAsked)
    }

    @Test("one that hangs is named once, and the manager hears nothing any more")
    func hangs() {
        #expect(look(4)?.isWell == true)
        #expect(look(8, [Self.tftp]) == Watchdog.Look(stuck: [Self.told(Self.tftp, 4)]))
        var looks = 0
        for tenth in 81..<300 {
            guard let look = look(Double(tenth) / 10, [Self.tftp]) else { continue }
            looks += 1
            #expect(look == Watchdog.Look())
        }
        // Every half second, on a clock that ticks in tenths.
        #expect((40...44).contains(looks))
    }

    @Test("who is late and comes after all is told, and the manager hears at once that all is well")
    func late() {
        #expect(look(4, [Self.dhcp, Self.tftp])?.stuck == [Self.told(Self.dhcp, 4), Self.told(Self.tftp, 4)])
        #expect(look(4.5, [Self.dhcp]) == Watchdog.Look(back: [Self.told(Self.tftp, 4.5)]))
        #expect(look(5) == Watchdog.Look(isWell: true, back: [Self.told(Self.dhcp, 5)]))
        #expect(look(8.9) == nil)
        #expect(look(9)?.isWell == true)
    }

    @Test("who waits for a disk is told of, and holds nothing up")
    func waits() {
        #expect(look(4, [Self.loader]) == Watchdog.Look(isWell: true, stuck: [Self.told(Self.loader, 4)]))
        #expect(look(8, [Self.loader]) == Watchdog.Look(isWell: true))
        #expect(look(12, [Self.loader, Self.dhcp]) == Watchdog.Look(stuck: [Self.told(Self.dhcp, 4)]))
        #expect(look(13) == Watchdog.Look(isWell: true, back: [Self.told(Self.dhcp, 5), Self.told(Self.loader, 13)]))
        // Another time is told anew.
        #expect(look(17, [Self.loader])?.stuck == [Self.told(Self.loader, 4)])
    }

    @Test("the main thread was held up, and all others went on: that is well")
    func heldUp() {
        #expect(look(60)?.isWell == true)
        #expect(watchdog.deadline == Instant(nanoseconds: 64_000_000_000))
    }

    @Test("a pulse is owed from the question to the beat, however often it is asked")
    func pulses() {
        let roll = RollCall()
        let pulse = roll.join("pf-dhcp") { _ in }
        let obedient = roll.join("http-0", mayWait: true) { $0.beat() }
        #expect(roll.owing.isEmpty)
        roll.ask()
        roll.ask()
        #expect(roll.owing.map(\.name) == ["pf-dhcp"])
        #expect(!obedient.isOwed)
        pulse.beat()
        #expect(roll.owing.isEmpty)
        pulse.beat()
        roll.ask()
        #expect(pulse.isOwed)
    }
}
