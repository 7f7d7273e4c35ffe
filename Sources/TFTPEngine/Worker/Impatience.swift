import Wire

/// Whether to look for packets again and again for a moment instead of sleeping.
///
/// To fall asleep and be woken takes longer than a lockstep client on a quick network takes for its answer. While few
/// transfers run, the processor has nothing better to do; whether it pays is learned from how it went.
struct Impatience {
    /// More transfers than this keep the worker busy anyway.
    static let fewTransfers = 4
    /// The longest look.
    static let longest = TimeSpan.microseconds(50)

    private static let mostTrust = 16
    /// Without trust one wait of so many is tried.
    private static let trialInterval = 64

    private var trust = 0
    private var waits = 0

    /// Whether the next wait should be a look.
    var looksAgain: Bool {
        mutating get {
            waits += 1
            return trust > 0 || waits % Self.trialInterval == 0
        }
    }

    /// Something came while looking.
    mutating func wasRight() {
        trust = min(trust + 2, Self.mostTrust)
    }

    /// Nothing came.
    mutating func wasWrong() {
        trust = max(trust - 1, 0)
    }
}
