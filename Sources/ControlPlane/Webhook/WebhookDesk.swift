package import BootPolicy
package import Exchange
package import Fetching
import LinuxIO
import Wire

/// Takes questions to endpoints, and reads what they answer.
package final class WebhookDesk: Sendable {
    private let fetcher: (any FetchTaker)?
    private let catalog: PublishedCatalog
    private let tell: @Sendable (WebhookReport) -> Void

    /// - Parameters:
    ///   - fetcher: nil when nobody was started who could ask.
    ///   - tell: hears of each question once, on a thread that others wait for.
    package init(
        fetcher: (any FetchTaker)?, catalog: PublishedCatalog, tell: @escaping @Sendable (WebhookReport) -> Void
    ) {
        self.fetcher = fetcher
        self.catalog = catalog
        self.tell = tell
    }

    /// Asks, and comes back at once; from any thread.
    package func ask(_ question: WebhookQuestion) {
        guard let fetcher else {
            let reason = "no rule asked anybody when the service was started; restart it"
            return tell(WebhookReport(question, .failed(reason), duration: .zero))
        }
        let start = Clock.now
        let (catalog, tell) = (catalog, tell)
        fetcher.start(Self.request(question, catalog.current.webhook), into: nil) { news in
            guard news.isLast else { return }
            let reader = DecisionReader(question: question, targets: catalog.current.targets)
            tell(WebhookReport(question, reader.outcome(news), duration: Clock.now - start))
        }
    }

    private static func request(_ question: WebhookQuestion, _ access: WebhookAccess) -> FetchRequest {
        var request = FetchRequest(url: question.address)
        request.fields = ["Accept: application/json"]
        if !access.token.isEmpty { request.fields.append("Authorization: Bearer \(access.token)") }
        request.authorities = access.authorities
        request.limits.connect = question.webhook.timeout
        request.limits.whole = question.webhook.timeout
        return request
    }
}

extension DecisionReader {
    /// - Parameter news: the last of a request.
    func outcome(_ news: FetchNews) -> WebhookReport.Outcome {
        switch news {
        case .finished(let head, let body, _): outcome(status: head.status, body: body)
        case .failed(let failure): .failed(failure.description)
        case .began, .progress: .failed("the answer has no end")
        }
    }
}
