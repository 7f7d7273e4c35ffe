import BootPolicy
import Exchange
import LinuxIO
import Sessions
import Wire

/// What the engines send at this moment. They are asked once a second at most, and not for a while after they did not answer in time:
/// whoever asks waits for them.
struct Traffic {
    /// By the machines' addresses.
    private(set) var progress: [IPAddress: FetchProgress] = [:]
    /// How many transfers and responses are under way.
    private(set) var counts: (tftp: Int, http: Int) = (0, 0)
    /// Octets that clients of TFTP have acknowledged since the start, those of transfers under way too. Never less than before.
    private(set) var octetsByTFTP = 0
    /// Whether the engines answered when they were asked last.
    private(set) var isKnown = false
    private var nextAsk = Instant(nanoseconds: 0)
    private var lastAnswer = Instant(nanoseconds: 0)

    private static let period = TimeSpan.seconds(1)
    /// To who did not answer in time.
    private static let rest = TimeSpan.seconds(10)
    /// What was said longer ago says nothing of who is being sent a file.
    private static let validity = TimeSpan.seconds(30)

    mutating func refresh(_ context: EngineContext) {
        guard Clock.now >= nextAsk, !context.stop.isRaised else { return }
        // Read first: a transfer that ends meanwhile is missed for a second rather than counted twice.
        let ended = context.counters[.tftpBytes]
        let answer = try? UnderWay(context)
        let now = Clock.now
        isKnown = answer != nil
        nextAsk = now + (isKnown ? Self.period : Self.rest)
        guard let answer else {
            octetsByTFTP = max(octetsByTFTP, ended)
            if now - lastAnswer >= Self.validity { (progress, counts) = ([:], (0, 0)) }
            return
        }
        lastAnswer = now
        progress = answer.byAddress
        counts = (answer.transfers.count, answer.downloads.count)
        octetsByTFTP = max(octetsByTFTP, ended + answer.transfers.reduce(0) { $0 + Int($1.bytes) })
    }
}

extension UnderWay {
    /// What each machine is being sent; of several files the one that moved last.
    fileprivate var byAddress: [IPAddress: FetchProgress] {
        var latest: [IPAddress: FetchProgress] = [:]
        func add(_ address: IPAddress, _ progress: FetchProgress) {
            if let other = latest[address], other.silence <= progress.silence { return }
            latest[address] = progress
        }
        for transfer in transfers {
            add(
                transfer.facts.client.address,
                FetchProgress(
                    path: transfer.facts.name, octets: transfer.bytes, size: transfer.facts.size,
                    rate: Self.rate(transfer.bytes, transfer.age), retransmits: transfer.retransmitted,
                    silence: transfer.silence.nanoseconds / 1_000_000, isHTTP: false))
        }
        for download in downloads {
            add(
                download.client.address,
                FetchProgress(
                    path: download.path, octets: download.bytes, size: download.size,
                    rate: Self.rate(download.bytes, download.age), retransmits: 0,
                    silence: download.silence.nanoseconds / 1_000_000, isHTTP: true))
        }
        return latest
    }

    private static func rate(_ octets: Int64, _ age: TimeSpan) -> Double {
        age.seconds > 0 ? Double(octets) / age.seconds : 0
    }
}
