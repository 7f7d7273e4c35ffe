package import BootPolicy
package import Wire

/// What is wrong with a boot.
package struct Verdict: Equatable, Sendable {
    /// `PF-V…`, or that of a refusal or of a conflict.
    package var code: String
    /// A sentence.
    package var cause: String
    /// A command, or what to do.
    package var fix: String
    /// When that began, in milliseconds since 1970.
    package var since: Int64
    /// Machines boot all the same.
    package var isHint = false

    init(_ code: VerdictCode, since: Int64, _ cause: String, fix: String) {
        self.init(code: code.code, cause: cause, fix: fix, since: since, isHint: code.isHint)
    }

    init(code: String, cause: String, fix: String, since: Int64, isHint: Bool = false) {
        self.code = code
        self.cause = cause
        self.fix = fix
        self.since = since
        self.isHint = isHint
    }
}

/// How a boot stands at one moment.
package struct Standing: Equatable, Sendable {
    package enum State: String, Sendable, CaseIterable {
        case underWay = "under-way"
        /// It has all that it was told of.
        case booted
        case stuck
        case refused
        /// It stopped without a word, and there is nothing to say of it.
        case over
    }

    package var state: State
    package var verdict: Verdict?
}

/// A file that is being sent to a machine.
package struct FetchProgress: Equatable, Sendable {
    package var path: String
    package var octets: Int64
    /// 0 where that is not known.
    package var size: Int64
    /// Octets in a second.
    package var rate: Double
    package var retransmits: Int64
    /// How long nothing of it has been acknowledged, in milliseconds.
    package var silence: Int64
    /// Else by TFTP.
    package var isHTTP: Bool

    /// A file of which nothing is sent for so long has stopped: the kernel takes up to a third of a socket buffer at a time, and
    /// of a hundred machines that share a slow link each may be silent for ten seconds.
    package static let stillness = TimeSpan.seconds(30)

    package init(
        path: String, octets: Int64, size: Int64, rate: Double, retransmits: Int64, silence: Int64, isHTTP: Bool
    ) {
        self.isHTTP = isHTTP
        self.path = path
        self.octets = octets
        self.size = size
        self.rate = rate
        self.retransmits = retransmits
        self.silence = silence
    }

    /// The last part of the path.
    package var name: String { FileKind.name(FileKind.path(path)) }
}

/// What verdicts go by beside the boot itself.
package struct Circumstances {
    package var times = StageTimes()
    /// What was found of other servers.
    package var findings: [IPv4Address: Set<SurveyCode>] = [:]
    /// When the service began to listen, in milliseconds since 1970.
    package var listeningSince: Int64 = 0
    /// What firmware a file of ours is for; nil where nobody can tell.
    package var kind: (String) -> LoaderKind? = { _ in nil }
    /// What was last said of files of other servers; empty when they are given.
    package var upstreamTrouble = ""
    /// Why it is not known for sure whose machine a host is: code, colon, sentence.
    package var conflict: (String) -> String? = { _ in nil }

    package init() {}
}
