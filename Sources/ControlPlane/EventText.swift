package import BootPolicy
import Exchange
import Settings
import Wire

/// How an event reads in the log: a stable name, a level, and its facts in an order that reads well.
package struct EventText: Sendable {
    let level: Settings.Log.Level
    package let name: String
    package private(set) var fields: [(key: String, value: String)]

    private init(_ level: Settings.Log.Level, _ name: String, _ fields: [(key: String, value: String)]) {
        self.level = level
        self.name = name
        self.fields = fields
    }

    /// - Parameter interfaceName: turns an interface's index into its name.
    package init(_ event: BootEvent, interfaceName: (Int32) -> String) {
        switch event {
        case .answered(let client, let port, let interface, let reply):
            self = Self.answered(client, port, interfaceName(interface), reply)
        case .refused(let client, let interface, let reason):
            self.init(.warning, "dhcp.refused", Self.fields(client, interfaceName(interface)))
            fields += [("code", reason.code), ("reason", reason.summary)]
        case .foreignOffer(let offer, let interface):
            self = Self.foreign(offer, interfaceName(interface))
        case .found(let finding, let interface):
            self.init(
                finding.isWarning ? .warning : .info, "survey.found",
                [("interface", interfaceName(interface)), ("server", "\(finding.server)"), ("code", finding.code.code)])
            fields.append(("what", finding.sentence))
            if !finding.remedy.isEmpty { fields.append(("remedy", finding.remedy)) }
        case .decided(let report):
            self = Self.decided(report)
        case .learned(let lesson):
            self.init(
                .info, "firmware.learned",
                [
                    ("client", "\(lesson.teacher)"), ("kind", "\(lesson.fingerprint)"),
                    ("shape", "\(lesson.style)"), ("loader", "\(lesson.loader + 1)"),
                ])
        case .transferStarted(let facts):
            self.init(.info, "tftp.start", Self.fields(facts))
        case .transferEnded(let facts, let ending):
            self = Self.ended(facts, ending)
        case .transferRefused(let client, let name, let reason):
            // Loaders ask for many names that nobody has; the operator reads of it when something else goes wrong.
            self.init(
                reason == .notFound ? .info : .warning, "tftp.refused", [("client", "\(client)"), ("file", name)])
            fields += [("code", reason.code), ("reason", reason.summary)]
        case .downloadEnded(let facts):
            self = Self.download(facts)
        case .interfaceChanged(let name, let address, let isUp):
            self.init(.info, isUp ? "interface.served" : "interface.left", [("interface", name)])
            fields += address.map { [("address", "\($0)")] } ?? []
        case .untold(let answered, let refused, let others):
            self.init(
                .warning, "dhcp.storm",
                [("answered", "\(answered)"), ("refused", "\(refused)"), ("others", "\(others)")])
            fields.append(("reason", "too many clients at once to tell of each"))
        case .untoldTransfers(let refused, let abandoned):
            self.init(.warning, "tftp.storm", [("refused", "\(refused)"), ("abandoned", "\(abandoned)")])
            fields.append(("reason", "too many requests at once to tell of each"))
        case .untoldDownloads(let complete, let failed):
            self.init(.info, "http.storm", [("complete", "\(complete)"), ("failed", "\(failed)")])
            fields.append(("reason", "too many responses at once to tell of each"))
        case .untoldMirrored(let had, let failed):
            self.init(.warning, "mirror.storm", [("had", "\(had)"), ("failed", "\(failed)")])
            fields.append(("reason", "too many files at once to tell of each"))
        case .mirrored(let event):
            self = Self.mirrored(event)
        case .install(let event):
            self.init(
                event.isBad ? .warning : .info, "install.\(event.to)",
                [
                    ("host", event.host), ("rollout", "\(event.rollout)"), ("target", event.target),
                    ("from", event.from), ("script", "\(event.attempt)"),
                ])
            if !event.reason.isEmpty { fields.append(("reason", event.reason)) }
        case .fleet(let event): self = Self.fleet(event)
        case .hook(let outcome): self = Self.hook(outcome)
        case .notice(let notice):
            self.init(Settings.Log.Level(notice.level), "notice", [("text", notice.text)])
        case .unheard(let request): self = Self.unheard(request, interfaceName(request.interface))
        case .stuck(let stuck): self = Self.stuck(stuck)
        }
    }

    private static func unheard(_ request: UnheardRequest, _ interface: String) -> EventText {
        EventText(
            .warning, "boot.unheard",
            [
                ("client", "\(request.client)"), ("interface", interface), ("port", "\(request.port)"),
                ("reason", "a firewall of this host keeps it from the service"),
            ])
    }

    private static func stuck(_ stuck: StuckBoot) -> EventText {
        EventText(
            .warning, "boot.stuck",
            [
                ("client", "\(stuck.hardware)"), ("session", "\(stuck.id)"), ("stage", stuck.stage),
                ("code", stuck.code),
                ("cause", stuck.cause), ("fix", stuck.fix),
            ])
    }

    private static func answered(
        _ client: BootClient, _ port: Arrival.Port, _ interface: String, _ reply: BootReply
    ) -> EventText {
        var text = EventText(.info, port == .dhcp ? "dhcp.offer" : "dhcp.ack", fields(client, interface))
        text.fields += [("shape", reply.shape.rawValue), ("file", reply.message.bootFile)]
        switch reply.reason {
        case .retry(let number): text.fields.append(("retry", "\(number)"))
        case .learned: text.fields.append(("why", "learned"))
        case .rule: text.fields.append(("why", "rule"))
        case .usual, .stage: break
        }
        text.fields += [("server", "\(reply.message.serverIdentifier)")]
        return text
    }

    private static func fleet(_ event: HookEvent) -> EventText {
        var text = EventText(event.cause == .wake ? .info : .warning, "fleet.\(event.cause)", [])
        let facts = [
            ("host", event.host ?? ""), ("cards", event.cards.map { "\($0)" }.joined(separator: " ")),
            ("rollout", event.rollout.map { "\($0)" } ?? ""), ("target", event.target ?? ""), ("reason", event.reason),
        ]
        for (key, value) in facts where !value.isEmpty { text.fields.append((key, value)) }
        return text
    }

    private static func hook(_ outcome: HookOutcome) -> EventText {
        var fields = [("hook", outcome.hook), ("event", "\(outcome.event.cause)")]
        if let host = outcome.event.host { fields.append(("host", host)) }
        fields.append(("seconds", decimal(outcome.duration.seconds, places: 3)))
        if outcome.tries > 1 { fields.append(("tries", "\(outcome.tries)")) }
        if let failure = outcome.failure { fields.append(("reason", failure)) }
        if !outcome.said.isEmpty { fields.append(("said", outcome.said)) }
        return EventText(
            outcome.failure == nil ? .info : .warning, outcome.failure == nil ? "hook.done" : "hook.failed", fields)
    }

    private static func decided(_ report: WebhookReport) -> EventText {
        let (level, name, said): (Settings.Log.Level, String, (String, String)) =
            switch report.outcome {
            case .decided(_, let summary): (.info, "webhook.decided", ("decision", summary))
            case .failed(let reason): (.warning, "webhook.failed", ("reason", reason))
            }
        let question = report.question
        return EventText(
            level, name,
            [
                ("client", "\(question.hardware)"), ("url", question.place),
                ("ms", "\(report.duration.nanoseconds / 1_000_000)"), said,
            ])
    }

    private static func foreign(_ offer: ForeignOffer, _ interface: String) -> EventText {
        let isOffer = offer.type == .offer
        return EventText(
            offer.competes ? .warning : .info, isOffer ? "dhcp.seen-offer" : "dhcp.seen-ack",
            [
                ("client", "\(offer.hardware)"), ("interface", interface), ("address", "\(offer.address)"),
                ("server", "\(offer.server)"),
            ] + (offer.competes ? [("reason", "another boot server on this network")] : []))
    }

    private static func ended(_ facts: TransferFacts, _ ending: TransferEnding) -> EventText {
        func failed(_ level: Settings.Log.Level, _ reason: String) -> EventText {
            let code = ending.outcome == .readFailed ? TransferRefusal.readFailed.code : ending.outcome.failure?.code
            return EventText(
                level, "tftp.failed", fields(facts, ending) + (code.map { [("code", $0)] } ?? []) + [("reason", reason)]
            )
        }
        return switch ending.outcome {
        case .completed: EventText(.info, "tftp.done", fields(facts, ending))
        case .sizeProbe: EventText(.debug, "tftp.probe", [("client", "\(facts.client)"), ("file", facts.name)])
        case .refusedByClient(let code): failed(.warning, "the client sent error \(code)")
        case .timedOut: failed(.warning, "the client fell silent")
        case .superseded: failed(.info, "the client asked for another")
        case .fileChanged: failed(.warning, "the file got shorter")
        case .readFailed: failed(.error, "the file cannot be read any further")
        case .unreachable: failed(.warning, "the client is not listening")
        case .crowdedOut: failed(.info, "the client had acknowledged nothing when too many others came")
        case .serviceStopped: failed(.info, "the service stopped")
        }
    }

    private static func download(_ facts: DownloadFacts) -> EventText {
        // Scripts and installers ask for names that need not be there, as loaders do by TFTP.
        let isGood = (facts.status < 400 || facts.status == 404) && facts.isComplete
        return EventText(
            isGood ? .info : .warning, "http.done",
            [("client", "\(facts.client)"), ("file", facts.path), ("status", "\(facts.status)")]
                + amount(facts.bytes, facts.duration) + (facts.isComplete ? [] : [("reason", "the client left early")]))
    }

    private static func mirrored(_ event: MirrorEvent) -> EventText {
        func text(_ level: Settings.Log.Level, _ name: String, _ more: [(key: String, value: String)]) -> EventText {
            EventText(level, "mirror.\(name)", [("mirror", event.mirror), ("url", event.url)] + more)
        }
        return switch event.outcome {
        case .fetched(let octets, let time): text(.info, "fetched", amount(octets, time))
        case .confirmed: text(.debug, "confirmed", [])
        case .failed(let reason): text(.warning, "failed", [("reason", reason)])
        case .stale(let reason): text(.warning, "stale", [("reason", reason)])
        case .wrongChecksum(let found):
            text(.error, "checksum", [("found", found), ("reason", "not the file that the settings mean")])
        case .dropped(let files, let octets):
            text(.info, "dropped", [("files", "\(files)"), ("bytes", "\(octets)")])
        }
    }

    /// A transfer that is under way, as `pilotfish transfers` shows it.
    static func fields(_ transfer: TransferProgress) -> [(key: String, value: String)] {
        let percent = transfer.facts.size > 0 ? transfer.bytes * 100 / transfer.facts.size : 0
        return fields(transfer.facts) + [("done", "\(percent)%")] + amount(transfer.bytes, transfer.age) + [
            ("retransmits", "\(transfer.retransmitted)"), ("silent", decimal(transfer.silence.seconds, places: 3)),
            ("protocol", "tftp"),
        ]
    }

    /// The same of a response of HTTP.
    static func fields(_ download: DownloadProgress) -> [(key: String, value: String)] {
        let percent = download.size > 0 ? download.bytes * 100 / download.size : 0
        return [
            ("client", "\(download.client)"), ("file", download.path), ("size", "\(download.size)"),
            ("done", "\(percent)%"),
        ] + amount(download.bytes, download.age) + [
            ("silent", decimal(download.silence.seconds, places: 3)), ("protocol", "http"),
        ]
    }

    private static func fields(_ client: BootClient, _ interface: String) -> [(key: String, value: String)] {
        var fields = [("client", "\(client.hardware)"), ("interface", interface), ("stage", "\(client.stage)")]
        if let architecture = client.architecture { fields.append(("arch", "\(architecture)")) }
        if !client.address.isAny { fields.append(("address", "\(client.address)")) }
        return fields
    }

    private static func fields(_ facts: TransferFacts) -> [(key: String, value: String)] {
        [
            ("client", "\(facts.client)"), ("file", facts.name), ("size", "\(facts.size)"),
            ("blksize", "\(facts.blockSize)"), ("windowsize", "\(facts.windowSize)"),
        ]
    }

    private static func fields(_ facts: TransferFacts, _ ending: TransferEnding) -> [(key: String, value: String)] {
        [("client", "\(facts.client)"), ("file", facts.name)] + amount(ending.bytes, ending.duration)
            + [("retransmits", "\(ending.retransmitted)")]
    }

    private static func amount(_ bytes: Int64, _ duration: TimeSpan) -> [(key: String, value: String)] {
        let rate = duration.nanoseconds > 0 ? Double(bytes) / duration.seconds / 1e6 : 0
        return [
            ("bytes", "\(bytes)"), ("seconds", decimal(duration.seconds, places: 3)),
            ("rate", decimal(rate, places: 1) + "MB/s"),
        ]
    }

    /// A number with a fixed count of decimal places; Foundation's formatter is not worth its size here.
    static func decimal(_ number: Double, places: Int) -> String {
        let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
        let scaled = Int((number * Double(scale)).rounded())
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
    }
}

extension Settings.Log.Level {
    fileprivate init(_ level: Notice.Level) {
        switch level {
        case .info: self = .info
        case .warning: self = .warning
        case .error: self = .error
        }
    }
}
