package import Wire

/// An HTTP endpoint that decides what the machines of a rule boot, asked in the words of Pixiecore's API
/// (danderson/netboot, pixiecore/README.api.md).
package struct Webhook: Hashable, Sendable {
    /// What holds when there is no answer: none in time, one that makes no sense, a server's error.
    package enum Fallback: String, Sendable, CaseIterable {
        /// The machine is left alone.
        case closed
        /// It boots what the rule says otherwise.
        case open
    }

    /// What the path `/v1/boot/MAC` is put behind; without a slash at its end, and without a query.
    package var url: String
    package var timeout = TimeSpan.seconds(2)
    /// How long a decision holds; zero asks each time.
    package var hold = TimeSpan.seconds(60)
    package var fallback = Fallback.closed

    package init(url: String) {
        self.url = url
    }
}

/// How endpoints are asked, whichever rule asks them.
package struct WebhookAccess: Equatable, Sendable {
    /// A file of certificates (PEM) that alone are trusted; empty for those that the system trusts.
    package var authorities = ""
    /// What `Authorization: Bearer` says; empty for no such field.
    package var token = ""

    package init() {}
}

/// What an endpoint said of a machine.
package enum WebhookDecision: Equatable, Sendable {
    case leaveAlone
    /// An order that names nothing means what the rule says otherwise.
    case boot(BootOrder)
}

/// What became of a question.
package enum WebhookRuling: Equatable, Sendable {
    case decided(WebhookDecision)
    /// There is no decision, so the rule's fallback holds.
    case failed
}

/// A machine that an endpoint is to decide about, and what is known of it.
package struct WebhookQuestion: Hashable, Sendable {
    /// Questions of one key have one answer.
    package struct Key: Hashable, Sendable {
        package var hardware: MACAddress
        package var url: String
    }

    package struct Particular: Hashable, Sendable {
        package var name: String
        package var value: String
    }

    package var hardware: MACAddress
    package var webhook: Webhook
    package var particulars: [Particular] = []

    package init(hardware: MACAddress, webhook: Webhook) {
        self.hardware = hardware
        self.webhook = webhook
    }

    package var key: Key { Key(hardware: hardware, url: webhook.url) }

    /// What is asked for, without what is said of the machine: for people.
    package var place: String { "\(webhook.url)/v1/boot/\(hardware)" }

    /// The whole URL.
    package var address: String {
        let query = particulars.map { "\($0.name)=\(URLPath.escaped($0.value))" }
        return query.isEmpty ? place : place + "?" + query.joined(separator: "&")
    }
}

extension WebhookQuestion {
    /// - Returns: nil for a machine that shows no Ethernet address: the endpoint could not tell it from others.
    init?(of facts: ClientFacts, _ arrival: Arrival, to webhook: Webhook, machine: NamedMachine?) {
        guard let hardware = facts.hardware.mac else { return nil }
        self.init(hardware: hardware, webhook: webhook)
        // In a DISCOVER option 50 is a wish only.
        let address = facts.type == .discover ? facts.clientAddress : facts.requestedAddress ?? facts.clientAddress
        let known: [(name: String, value: String?)] = [
            ("uuid", (facts.machine ?? machine?.uuid).map { "\($0)" }),
            ("arch", facts.architecture.map { "\($0)" }), ("stage", "\(facts.stage)"),
            ("ip", address.isAny ? nil : "\(address)"),
            ("relay", facts.relayAddress.isAny ? nil : "\(facts.relayAddress)"),
            ("interface", arrival.interfaceName.isEmpty ? nil : arrival.interfaceName),
            // DHCP knows neither of them.
            ("serial", machine?.serial), ("hostname", machine?.name),
        ]
        particulars = known.compactMap { name, value in value.map { Particular(name: name, value: $0) } }
    }
}

/// What came of asking, told by who asked.
package struct WebhookReport: Sendable {
    package enum Outcome: Equatable, Sendable {
        /// What was decided, and how that reads.
        case decided(WebhookDecision, summary: String)
        /// Why there is no decision, in a sentence.
        case failed(String)
    }

    package var question: WebhookQuestion
    package var outcome: Outcome
    package var duration: TimeSpan

    package init(_ question: WebhookQuestion, _ outcome: Outcome, duration: TimeSpan) {
        self.question = question
        self.outcome = outcome
        self.duration = duration
    }

    package var ruling: WebhookRuling {
        switch outcome {
        case .decided(let decision, _): .decided(decision)
        case .failed: .failed
        }
    }
}

extension Webhook {
    /// What a machine boots by a ruling.
    ///
    /// - Parameter target: what the rule says otherwise.
    func order(
        by ruling: WebhookRuling, otherwise target: String?, among targets: TargetBook
    ) -> Result<BootOrder, Refusal> {
        switch ruling {
        case .decided(.leaveAlone): return .failure(.leftAlone)
        case .decided(.boot(var order)):
            if order.name == nil, order.made == nil { order.name = target }
            // The settings may have been read again since.
            if let name = order.name, order.made == nil, targets[name] == nil { break }
            return .success(order)
        case .failed: break
        }
        return fallback == .open ? .success(BootOrder(name: target)) : .failure(.undecided)
    }
}
