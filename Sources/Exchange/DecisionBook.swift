package import BootPolicy
import Synchronization
package import Wire

/// What endpoints decided about machines, and the questions that they still think about. Bounded: the decision whose time ends
/// first makes room; and no endpoint is asked more than `mostOpen` questions at a time.
package final class DecisionBook: Sendable {
    /// What to do about a question.
    package enum Standing: Equatable, Sendable {
        case known(WebhookRuling)
        /// It is asked already; the answer will be for all who wait.
        case waiting
        /// It is to be asked now, by whoever hears this.
        case toAsk
        /// Too many are asked already.
        case crowded
    }

    /// For people.
    package struct Known: Equatable, Sendable {
        package var url: String
        /// Nil while the endpoint is asked.
        package var summary: String?
        /// How long that holds.
        package var left: TimeSpan
    }

    private struct Entry {
        var decision: WebhookDecision
        var summary: String
        var until: Instant
    }

    private struct State {
        var decisions: [WebhookQuestion.Key: Entry] = [:]
        /// The questions under way, and until when they are waited for.
        var open: [WebhookQuestion.Key: (question: WebhookQuestion, deadline: Instant)] = [:]
    }

    private let state = Mutex(State())
    private let capacity: Int
    private let mostOpen: Int

    /// Beyond the question's own time: who asks notices first that it is over.
    static let grace = TimeSpan.milliseconds(250)

    package init(capacity: Int = 16_384, mostOpen: Int = 256) {
        self.capacity = max(capacity, 1)
        self.mostOpen = mostOpen
    }

    /// What to do about a question; `toAsk` makes it one that is asked.
    package func consult(_ question: WebhookQuestion, now: Instant) -> Standing {
        state.withLock { state in
            let key = question.key
            if let entry = state.decisions[key] {
                if now < entry.until { return .known(.decided(entry.decision)) }
                state.decisions[key] = nil
            }
            if state.open[key] != nil { return .waiting }
            guard state.open.count < mostOpen else { return .crowded }
            state.open[key] = (question, now + question.webhook.timeout + Self.grace)
            return .toAsk
        }
    }

    /// Takes what came of a question; a decision holds from now on, also one that came too late for who waited.
    ///
    /// - Returns: whether somebody may still wait for it.
    package func settle(_ report: WebhookReport, now: Instant) -> Bool {
        state.withLock { state in
            let key = report.question.key
            let wasOpen = state.open.removeValue(forKey: key) != nil
            let hold = report.question.webhook.hold
            guard case .decided(let decision, let summary) = report.outcome, hold > .zero else { return wasOpen }
            if state.decisions[key] == nil, state.decisions.count >= capacity { Self.makeRoom(&state, now) }
            state.decisions[key] = Entry(decision: decision, summary: summary, until: now + hold)
            return wasOpen
        }
    }

    private static func makeRoom(_ state: inout State, _ now: Instant) {
        let old = state.decisions.filter { $0.value.until <= now }
        for key in old.keys { state.decisions[key] = nil }
        guard old.isEmpty, let first = state.decisions.min(by: { $0.value.until < $1.value.until }) else { return }
        state.decisions[first.key] = nil
    }

    /// When the next question's time is over; nil when none is asked.
    package var deadline: Instant? {
        state.withLock { state in state.open.values.map(\.deadline).min() }
    }

    /// The questions whose time is over; they are asked no more.
    package func expire(now: Instant) -> [WebhookQuestion] {
        state.withLock { state in
            let over = state.open.filter { $0.value.deadline <= now }
            for key in over.keys { state.open[key] = nil }
            return over.values.map(\.question)
        }
    }

    /// What is known of a machine now.
    package func known(of hardware: MACAddress, now: Instant) -> [Known] {
        state.withLock { state in
            let decided = state.decisions.filter { $0.key.hardware == hardware && now < $0.value.until }.map {
                Known(url: $0.key.url, summary: $0.value.summary, left: $0.value.until - now)
            }
            let open = state.open.filter { $0.key.hardware == hardware }.map {
                Known(url: $0.key.url, summary: nil, left: $0.value.deadline - now)
            }
            return (decided + open).sorted { $0.url < $1.url }
        }
    }
}
