import Exchange
import Wire

/// One worker's side of what holds packets back.
struct Pace {
    /// Octets on the wire beside a TFTP packet: Ethernet with preamble and gap, IPv6 (IPv4 needs less), UDP.
    private static let overhead = 38 + 40 + 8
    /// How often a worker says what it did.
    private static let interval = TimeSpan.milliseconds(20)

    private let link: LinkPace
    private var tally = LinkPace.Tally()
    private var nextReport: Instant

    init(link: LinkPace, now: Instant) {
        self.link = link
        nextReport = now
    }

    /// Whether anything is held back at all.
    var isOn: Bool { link.isOn }

    /// How long nothing more may be sent; zero when something may.
    func wait(_ now: Instant) -> TimeSpan { link.wait(now) }

    /// Counts packets that are sent now.
    ///
    /// - Parameter size: octets of each, from the TFTP header on.
    func take(packets: Int, ofSize size: Int, _ now: Instant) {
        link.take(packets * (size + Self.overhead), now)
    }

    /// Counts what was sent, octets without headers, and how much of it not for the first time.
    mutating func note(sent: Int, repeated: Int) {
        tally.sent += sent
        tally.repeated += repeated
    }

    /// Counts octets that clients acknowledged.
    mutating func note(arrived: Int) {
        tally.arrived += arrived
    }

    mutating func report(now: Instant) {
        guard now >= nextReport, tally.sent > 0 || tally.arrived > 0 else { return }
        link.report(tally, now)
        tally = LinkPace.Tally()
        nextReport = now + Self.interval
    }
}
