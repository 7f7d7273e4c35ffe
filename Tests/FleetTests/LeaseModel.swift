import Fleet

/// A machine and its twin, which shows the same address and the same UUID, one appliance, and a network between them that
/// loses and repeats: what the property tests play.
///
/// The appliance is its disk: `written`. A request changes a copy, the copy is written, then the answer goes out; the power
/// may go at each of these points, and the network may lose the request or the answer, which looks the same from here.
struct LeaseModel {
    enum Machine: Hashable {
        /// Its firmware boots by network and will ask.
        case booting
        /// It runs our script, handed out as this attempt, and will ask to begin.
        case hasScript(attempt: Int)
        /// The installer runs: the disk is wiped.
        case installing(since: Moment)
        /// What was installed runs, and may still have to say so.
        case installed(hasSaidSo: Bool)
        /// It was told to boot what its disk holds, or what it boots usually: it wants no more of us.
        case content
    }

    /// What becomes of a request.
    enum Fate: CaseIterable {
        case arrives
        case requestIsLost
        case answerIsLost
    }

    private(set) var written: Lease
    private(set) var machines = [Machine.booting, .content]
    private(set) var now: Moment = 1_700_000_000_000
    /// How often a disk was wiped, either of them: what this is all about.
    private(set) var wipes = 0
    private(set) var wasInstalled = false
    private var hasBoasted = false
    /// When it was looked last whether anybody was silent for too long.
    private var ticked: Moment?
    /// All attempts that ever left, for those that come back late.
    private var handedOut: [Int] = []
    let times = LeaseTimes()

    init() {
        written = Lease(armed: now)
    }

    /// A request, from the machine to the disk and back.
    private mutating func request<Answer>(_ fate: Fate, _ change: (inout Lease) -> Answer) -> Answer? {
        guard fate != .requestIsLost else { return nil }
        var lease = written
        let answer = change(&lease)
        written = lease
        return fate == .answerIsLost ? nil : answer
    }
}

// MARK: - What can happen

extension LeaseModel {
    /// The machine does what comes next for it.
    mutating func proceed(_ which: Int = 0, _ fate: Fate, mayStart: Bool = true) {
        let (now, times) = (now, times)
        switch machines[which] {
        case .booting:
            let answer = request(fate) { $0.ask(now: now, times, mayStart: { mayStart }) }
            switch answer {
            case .install(let attempt):
                handedOut.append(attempt)
                machines[which] = .hasScript(attempt: attempt)
            case .localDisk, .stopped, .usual: machines[which] = .content
            case .wait, nil: break
            }
        case .hasScript(let attempt):
            switch request(fate, { $0.begin(attempt: attempt, now: now) }) {
            case true?:
                wipes += 1
                machines[which] = .installing(since: now)
            case false?: machines[which] = .booting
            case nil: break
            }
        case .installing:
            wasInstalled = true
            machines[which] = .installed(hasSaidSo: false)
        case .installed(hasSaidSo: false):
            _ = request(fate) { $0.finish(now: now) }
            machines[which] = .installed(hasSaidSo: true)
        case .installed(hasSaidSo: true): machines[which] = .booting
        case .content: break
        }
    }

    /// A machine loses its power, wherever it is, and boots by network again; the twin comes to life like this.
    mutating func losePower(_ which: Int) {
        machines[which] = .booting
    }

    /// A request of an older script comes late, or once more; nobody hears the answer.
    mutating func straggle(_ which: Int) {
        let (now, attempt) = (now, handedOut.isEmpty ? which : handedOut[which % handedOut.count])
        // The one that the machine runs now is its own to begin, or else it would run without having been let.
        guard !machines.contains(.hasScript(attempt: attempt)) else { return }
        _ = request(.answerIsLost) { $0.begin(attempt: attempt, now: now) }
    }

    /// Somebody says "done" who has no reason to.
    mutating func boast() {
        let now = now
        _ = request(.arrives) { $0.finish(now: now) }
        hasBoasted = true
    }

    mutating func fetch(_ fate: Fate) {
        let now = now
        _ = request(fate) { $0.fetch(now: now) }
    }

    mutating func fail(_ fate: Fate) {
        let now = now
        guard case .installing = machines[0] else { return }
        _ = request(fate) { $0.fail("no disk", now: now) }
    }

    mutating func pass(_ time: Moment) {
        now += time
    }

    mutating func tick() {
        let (now, times) = (now, times)
        _ = request(.arrives) { $0.expire(now: now, times) }
        ticked = now
    }

    /// - Returns: whether the operator could take it back.
    mutating func cancel() -> Bool {
        let now = now
        return request(.arrives) { $0.cancel(now: now) } ?? false
    }
}

// MARK: - What must hold

extension LeaseModel {
    /// The laws, each with the sentence that says it; empty when all hold.
    func broken(after before: LeaseModel) -> [String] {
        let laws: [(String, Bool)] = [
            ("a disk is wiped once", wipes <= 1),
            ("what was wiped was written down before", wipes == 0 || written.begun != nil),
            ("what began is never armed again", before.written.begun == nil || written.begun == before.written.begun),
            (
                "what began is installing, or over",
                written.begun == nil || written.state == .installing || written.state.isOver
            ),
            ("nothing that began was cancelled", written.begun == nil || written.state != .cancelled),
            (
                "who is over stays over, though a late word may change how",
                !before.written.state.isOver || written.state.isOver
            ),
            ("done stays done", before.written.state != .done || written.state == .done),
            ("nothing is done that never began", written.state != .done || written.begun != nil),
            (
                "done is what somebody said, or inferred",
                written.state != .done || written.isInferred || wasInstalled || hasBoasted
            ),
            (
                "inferred takes its time",
                !written.isInferred || (written.ended ?? 0) - (written.begun ?? 0) >= times.shortest
            ),
            ("attempts only grow", written.attempt >= before.written.attempt),
            (
                "nobody loses a turn who was heard of, before it is as long as an install may be",
                written.lostTurns == before.written.lostTurns || before.silence >= times.patience
                    || before.turnLength >= times.longest
            ),
            (
                "a turn ends with silence, and at last though files flow",
                ticked != now || written.state != .claimed && written.state != .fetching
                    || silence < times.patience && turnLength < times.longest
            ),
        ]
        return laws.filter { !$0.1 }.map(\.0)
    }

    /// For how long the machine that has its turn was not heard of.
    private var silence: Moment { now - max(written.turn, written.heard ?? 0) }
    private var turnLength: Moment { now - written.turn }
}
