import Wire

/// Whether super-packets seem to reach one client whole.
///
/// Some kernels and network cards spoil what they cut up, and nobody says so: the client just never gets it. It shows in
/// that nothing arrives as a super-packet, time and again, and all arrives block by block.
struct OffloadTrust {
    private enum State {
        case sends
        /// Nothing came through, so block by block for once.
        case doubts
        case refused
    }

    /// So often must it fail, and single blocks come through in between, before it is not used any more. A queue that
    /// overflows looks the same once, seldom thrice.
    private static let proof = 3

    private var state = State.sends
    private var failures = 0
    private var successes = 0

    /// Whether super-packets may be sent.
    var sends: Bool { state == .sends }

    /// Whether it was found out that they do not arrive.
    var isRefused: Bool { state == .refused }

    /// The kernel, or an earlier transfer to this client, said that they are no use.
    mutating func refuse() {
        state = .refused
    }

    /// The client's time ran out twice, and it acknowledged nothing.
    mutating func stalled() {
        successes = 0
        switch state {
        case .sends: state = .doubts
        // Single blocks do not arrive, either: it is the way.
        case .doubts: self = OffloadTrust()
        case .refused: break
        }
    }

    /// The client acknowledged something new.
    ///
    /// - Returns: whether this proves that super-packets do not arrive.
    mutating func advanced() -> Bool {
        switch state {
        case .sends:
            // The first may still answer what went block by block.
            successes += 1
            if successes > 1 { failures = 0 }
        case .doubts:
            failures += 1
            state = failures == Self.proof ? .refused : .sends
            return state == .refused
        case .refused: break
        }
        return false
    }
}

/// The clients that super-packets do not reach, for some minutes each; loaders fetch one file after the other.
struct PlainClients {
    private static let rest = TimeSpan.seconds(300)
    /// Beyond so many, all are tried anew.
    private static let most = 4096

    private var until: [IPAddress: Instant] = [:]

    var count: Int { until.count }

    func contains(_ client: IPAddress, now: Instant) -> Bool {
        // Hardly ever anybody.
        !until.isEmpty && until[client].map { now < $0 } ?? false
    }

    mutating func insert(_ client: IPAddress, now: Instant) {
        if until.count >= Self.most { until = [:] }
        until[client] = now + Self.rest
    }
}
