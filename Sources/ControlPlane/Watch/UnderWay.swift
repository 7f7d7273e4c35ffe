import BootPolicy
import Exchange
import LinuxIO
import Wire

/// What the engines are sending, as they say it themselves.
struct UnderWay {
    let transfers: [TransferProgress]
    let downloads: [DownloadProgress]

    /// How long the engines have to say what they do.
    private static let patience = TimeSpan.milliseconds(500)

    /// Asks all engines, and waits for what they say.
    init(_ context: EngineContext) throws(CommandFailure) {
        context.transfers.ask()
        context.downloads.ask()
        let end = Clock.now + Self.patience
        transfers = try Self.answers(context.transfers, "TFTP", by: end)
        downloads = try Self.answers(context.downloads, "HTTP", by: end)
    }

    init(transfers: [TransferProgress], downloads: [DownloadProgress]) {
        self.transfers = transfers
        self.downloads = downloads
    }

    private static func answers<Progress>(
        _ board: ProgressBoard<Progress>, _ name: String, by end: Instant
    ) throws(CommandFailure) -> [Progress] {
        while true {
            if let all = board.answers() { return all }
            guard Clock.now < end else { throw CommandFailure("a thread of \(name) does not answer") }
            Clock.nap(.milliseconds(2))
        }
    }

    /// Each in named values, those first that have stood still for longest.
    var fields: [[(key: String, value: String)]] {
        let all =
            transfers.map { (silence: $0.silence, fields: EventText.fields($0)) }
            + downloads.map { (silence: $0.silence, fields: EventText.fields($0)) }
        return all.sorted { $0.silence > $1.silence }.map(\.fields)
    }

    /// What the machine of each install is fetching.
    var files: [InstallToken: [FileUnderWay]] {
        var files: [InstallToken: [FileUnderWay]] = [:]
        for transfer in transfers {
            guard let install = transfer.install else { continue }
            files[install, default: []].append(
                FileUnderWay(
                    path: transfer.facts.name, octets: transfer.bytes, age: transfer.age, silence: transfer.silence))
        }
        for download in downloads {
            guard let install = download.install else { continue }
            files[install, default: []].append(
                FileUnderWay(
                    path: download.path, octets: download.bytes, age: download.age, silence: download.silence))
        }
        return files
    }
}

/// A file that a machine is fetching.
struct FileUnderWay: Equatable {
    /// The last part of what was asked for.
    let name: String
    /// That were sent so far.
    let octets: Int64
    let age: TimeSpan
    /// How long nothing of it has been sent.
    let silence: TimeSpan

    init(path: String, octets: Int64, age: TimeSpan, silence: TimeSpan) {
        name = path.split(separator: "/").last.map(String.init) ?? path
        self.octets = octets
        self.age = age
        self.silence = silence
    }

    /// Octets in a second, since it began.
    var rate: Double { age.seconds > 0 ? Double(octets) / age.seconds : 0 }
}
