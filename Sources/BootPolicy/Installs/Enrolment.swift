package import Wire

/// Names one install of one machine, and is in every URL that the machine is given for it: who knows it may say that the
/// install is done. Not for logs.
package struct InstallToken: Hashable, Sendable {
    package let text: String

    /// The letters of RFC 4648's base 32, small.
    private static let letters = Array("abcdefghijklmnopqrstuvwxyz234567")
    static let length = 26

    /// - Parameters:
    ///   - high: chance, as `low`.
    package init(high: UInt64, low: UInt64) {
        text = String(
            (0..<Self.length).map { place in
                let word = place < 13 ? high : low
                return Self.letters[Int(word >> UInt64(place % 13 * 5) & 31)]
            })
    }

    /// Reads what `text` holds; nil for anything else.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.length, text.allSatisfy(Self.letters.contains) else { return nil }
        self.text = String(text)
    }
}

/// That an install speaks for a machine: what its boot scripts hold is decided by that, whatever the rules say.
package struct Enrolment: Hashable, Sendable {
    package var token: InstallToken
    /// What it installs.
    package var target: String
    /// All cards of the machine.
    package var cards: [MACAddress] = []
    /// The card that asks, where its address tells us.
    package var card: MACAddress?
    /// What the latest boot of that card showed, where it was heard.
    package var boot: BootSighting?

    package init(token: InstallToken, target: String) {
        self.token = token
        self.target = target
    }
}

/// That the install of a machine has come further, or has ended.
package struct InstallEvent: Sendable {
    /// The host's name.
    package var host: String
    package var rollout: Int64
    package var target: String
    /// The words of `Lease.State`.
    package var from: String
    package var to: String
    /// The number of the script that was handed out last.
    package var attempt: Int
    /// Why it ended as it did; may be empty.
    package var reason: String

    package init(
        host: String, rollout: Int64, target: String, from: String, to: String, attempt: Int, reason: String
    ) {
        self.host = host
        self.rollout = rollout
        self.target = target
        self.from = from
        self.to = to
        self.attempt = attempt
        self.reason = reason
    }

    /// It ended, and not well.
    package var isBad: Bool { to == "failed" || to == "expired" }
}

/// What a machine, its installer, or what was installed wants of its install.
package enum InstallStep: Hashable, Sendable {
    /// The machine asks what to boot.
    case ask(ScriptDialect)
    /// The same, in the loop of GRUB.
    case askAgain
    /// Its script has everything in memory and wants to let the installer go.
    case begin(attempt: Int, ScriptDialect)
    case done
    /// Why it failed, as the installer says it.
    case failed(String)
}

extension InstallStep {
    /// What to boot is asked.
    package var isQuestion: Bool {
        switch self {
        case .ask, .askAgain: true
        case .begin, .done, .failed: false
        }
    }

    /// It is said how the install ended.
    package var isReport: Bool {
        switch self {
        case .done, .failed: true
        case .ask, .askAgain, .begin: false
        }
    }
}

/// What comes of a step. It was written down before.
package enum InstallAnswer: Hashable, Sendable {
    /// The script of the install, which may begin under this number.
    case install(attempt: Int)
    /// It asks again after so many seconds.
    case wait(String, seconds: Int)
    case localDisk
    /// Its install ended badly, in a sentence; it gets none until the operator says so.
    case stopped(String)
    /// No install speaks for it any more.
    case usual
    /// The installer may go.
    case go
    /// Not now: the same is asked or said again.
    case later(String)
    /// This script may not begin any more; the machine asks what to boot.
    case stale
    /// What the installer said was written down, or contradicts what is known.
    case noted(Bool)
}
