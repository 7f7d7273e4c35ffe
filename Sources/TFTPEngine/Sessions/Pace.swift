import Exchange
import Wire

/// What holds a worker's packets back: the rate of the link, which all workers share, and losses on the way.
struct Pace {
    /// Octets on the wire beside a TFTP packet: Ethernet with preamble and gap, IPv4, UDP.
    static let overhead = 38 + 20 + 8

    private let link: LinkPace
    private let way = LinkPace()
    private var losses: LossPace

    init(link: LinkPace, now: Instant) {
        self.link = link
        losses = LossPace(now: now)
    }

    /// Whether anything is held back at all.
    var isOn: Bool { link.octetsPerSecond != nil || way.octetsPerSecond != nil }

    /// How long nothing more may be sent; zero when something may.
    func wait(_ now: Instant) -> TimeSpan {
        max(link.wait(now), way.wait(now))
    }

    /// Counts packets that are sent now.
    ///
    /// - Parameter size: octets of each, from the TFTP header on.
    func take(packets: Int, ofSize size: Int, _ now: Instant) {
        let octets = packets * (size + Self.overhead)
        link.take(octets, now)
        way.take(octets, now)
    }

    /// Counts what was sent, headers not among it, and how much of it not for the first time.
    mutating func note(sent: Int, repeated: Int) {
        losses.note(sent: sent, repeated: repeated)
    }

    /// Counts what clients acknowledged.
    mutating func note(arrived: Int) {
        losses.note(arrived: arrived)
    }

    mutating func review(now: Instant) {
        losses.review(now: now)
        way.octetsPerSecond = losses.rate.map { Int($0) }
    }
}
