import Testing
import Wire

@testable import TFTPEngine

@Suite("trust in segmentation offload")
struct OffloadTrustTests {
    private enum Event {
        case stalled
        case advanced
    }

    @Test(
        "it takes three times nothing with it and something without it",
        arguments: [
            ([.stalled, .advanced, .stalled, .advanced, .stalled, .advanced], true),
            // A late answer to single blocks is no success of super-packets.
            ([.stalled, .advanced, .advanced, .stalled, .advanced, .advanced, .stalled, .advanced], true),
            ([.stalled, .advanced, .stalled, .advanced, .advanced, .advanced, .stalled, .advanced], false),
            // The way was down, with and without.
            ([.stalled, .stalled, .stalled, .stalled, .stalled, .stalled, .advanced, .advanced], false),
            ([.advanced, .stalled, .advanced, .stalled, .stalled, .advanced, .stalled, .advanced], false),
        ] as [([Event], Bool)])
    private func proof(events: [Event], isRefused: Bool) {
        var trust = OffloadTrust()
        var proofs = 0
        for event in events {
            switch event {
            case .stalled: trust.stalled()
            case .advanced: proofs += trust.advanced() ? 1 : 0
            }
        }
        #expect(trust.isRefused == isRefused)
        #expect(proofs == (isRefused ? 1 : 0))
        #expect(trust.sends == !isRefused)
    }

    @Test("what was refused stays so") func refused() {
        var trust = OffloadTrust()
        trust.refuse()
        trust.stalled()
        #expect(!trust.sends)
        let isNews = trust.advanced()
        #expect(!isNews)
        #expect(!trust.sends)
    }

    @Test("clients are remembered for five minutes, and not without end") func clients() {
        let now = Instant(nanoseconds: 1)
        var plain = PlainClients()
        let one = IPAddress(IPv4Address(10, 0, 0, 1))
        #expect(!plain.contains(one, now: now))
        plain.insert(one, now: now)
        #expect(plain.contains(one, now: now + .seconds(299)))
        #expect(!plain.contains(one, now: now + .seconds(300)))
        for number in 0..<10_000 { plain.insert(IPAddress(IPv4Address(UInt32(number))), now: now) }
        #expect(plain.count <= 4096)
    }
}
