/// Answers that are the same for all: who asks without the token shares them with all others for a second, so that strangers
/// cannot keep the service at work.
actor SharedAnswers {
    private struct Asking {
        let answer: Task<Result<String, AskFailure>, Never>
        /// Nil while it is under way.
        var ended: ContinuousClock.Instant?
    }

    private let asker: Asker
    private let executor: (any TaskExecutor)?
    private var known: [String: Asking] = [:]

    private static let age = Duration.seconds(1)

    /// - Parameter executor: where to ask; nil for Swift's own pool.
    init(_ asker: Asker, on executor: (any TaskExecutor)? = nil) {
        self.asker = asker
        self.executor = executor
    }

    /// What the service says, or has said a moment ago.
    ///
    /// - Parameter question: one of few: answers are kept for each.
    func ask(_ question: String) async throws(AskFailure) -> String {
        let asking: Asking
        if let last = known[question], last.ended.map({ ContinuousClock.now - $0 < Self.age }) != false {
            asking = last
        } else {
            asking = Asking(answer: Task(executorPreference: executor) { await self.answer(to: question) })
            known[question] = asking
        }
        return try await asking.answer.value.get()
    }

    private func answer(to question: String) async -> Result<String, AskFailure> {
        let result: Result<String, AskFailure>
        do throws(AskFailure) {
            result = .success(try await asker.ask(question))
        } catch {
            result = .failure(error)
        }
        known[question]?.ended = .now
        return result
    }
}
