import BootPolicy
import Foundation
import Wire

/// An event in words: a kind for filters, a line for people, details for programs.
struct EventText {
    private(set) var kind: String
    private(set) var summary: String
    private(set) var details: [String: String]

    private init(_ kind: String, _ summary: String, _ details: [String: String?]) {
        self.kind = kind
        self.summary = Self.line(summary)
        self.details = details.compactMapValues(\.self)
    }

    init(_ event: BootEvent) {
        switch event {
        case .answered(let client, let port, let interface, let reply): self = .answered(client, port, interface, reply)
        case .refused(let client, let interface, let reason): self = .refused(client, interface, reason)
        case .foreignOffer(let offer, let interface): self = .foreign(offer, interface)
        case .found(let finding, let interface):
            self = EventText(
                "found", finding.sentence,
                [
                    "server": "\(finding.server)", "code": finding.code.code, "remedy": finding.remedy,
                    "interface": "\(interface)",
                ])
        case .decided(let report): self = .decided(report)
        case .learned(let lesson):
            self = EventText(
                "learned", "machines like \(lesson.teacher) boot with an offer of shape \(lesson.style)",
                [
                    "fingerprint": "\(lesson.fingerprint)", "style": "\(lesson.style)", "loader": "\(lesson.loader)",
                    "mac": "\(lesson.teacher)",
                ])
        case .transferStarted(let transfer):
            self = EventText(
                "transfer-started", "\(transfer.client.address) fetches \(transfer.name) by TFTP", Self.facts(transfer))
        case .transferEnded(let transfer, let ending): self = .ended(transfer, ending)
        case .transferRefused(let client, let name, let reason):
            self = EventText(
                "transfer-refused", "\(client.address) gets no \(name) by TFTP: \(reason.summary) [\(reason.code)]",
                ["client": "\(client)", "file": name, "code": reason.code])
        case .downloadEnded(let download): self = .ended(download)
        case .interfaceChanged(let name, let address, let isUp): self = .interface(name, address, isUp)
        case .untold(let answered, let refused, let others):
            self = EventText(
                "storm", "a storm: \(answered) more clients answered, \(refused) refused, \(others) other messages",
                ["answered": "\(answered)", "refused": "\(refused)", "others": "\(others)"])
        case .untoldTransfers(let refused, let abandoned):
            self = EventText(
                "tftp-storm", "\(refused) more TFTP requests refused, \(abandoned) answers never acknowledged",
                ["refused": "\(refused)", "abandoned": "\(abandoned)"])
        case .untoldDownloads(let complete, let failed):
            self = EventText(
                "http-storm", "\(complete) more files fetched by HTTP, \(failed) requests failed",
                ["complete": "\(complete)", "failed": "\(failed)"])
        case .untoldMirrored(let had, let failed):
            self = EventText(
                "mirror-storm", "\(had) more files of mirrors fetched or confirmed, \(failed) failed",
                ["had": "\(had)", "failed": "\(failed)"])
        case .mirrored(let event): self = .mirrored(event)
        case .install(let event):
            let why = event.reason.isEmpty ? "" : ": \(event.reason)"
            self = EventText(
                "install", "the install of \(event.target) on \(event.host) is \(event.to)\(why)",
                [
                    "host": event.host, "rollout": "\(event.rollout)", "target": event.target, "from": event.from,
                    "to": event.to, "script": "\(event.attempt)", "reason": event.reason.isEmpty ? nil : event.reason,
                ])
        case .fleet(let event): self = .fleet(event)
        case .hook(let outcome): self = .hook(outcome)
        case .notice(let notice): self = EventText("notice", notice.text, ["level": "\(notice.level)"])
        case .unheard(let request):
            self = EventText(
                "unheard", "a firewall of this host keeps the requests of \(request.client) to port \(request.port)",
                ["address": "\(request.client)", "port": "\(request.port)", "interface": "\(request.interface)"])
        case .stuck(let stuck): self = .stuck(stuck)
        }
    }

    private static func stuck(_ boot: StuckBoot) -> EventText {
        EventText(
            "stuck", "\(boot.hardware) does not boot: \(boot.cause) [\(boot.code)]",
            [
                "mac": "\(boot.hardware)", "session": "\(boot.id)", "stage": boot.stage, "code": boot.code,
                "fix": boot.fix,
            ])
    }

    private static func answered(
        _ client: BootClient, _ port: Arrival.Port, _ interface: Int32, _ reply: BootReply
    ) -> EventText {
        var details = facts(client, interface)
        let file = reply.message.bootFile.description
        details["port"] = port == .dhcp ? "67" : "4011"
        details["shape"] = reply.shape.rawValue
        details["file"] = file
        details["next-server"] = reply.message.nextServer.description
        return EventText("answered", "\(client.hardware) (\(who(client))) is told to boot \(file)", details)
    }

    private static func fleet(_ event: HookEvent) -> EventText {
        let who = event.host ?? event.rollout.map { "rollout \($0)" } ?? event.cards.first.map { "\($0)" } ?? "nobody"
        let why = event.reason.isEmpty ? "" : ": \(event.reason)"
        return EventText(
            "fleet", "\(who): \(event.cause)\(why)",
            [
                "what": "\(event.cause)", "host": event.host, "rollout": event.rollout.map { "\($0)" },
                "target": event.target, "reason": event.reason.isEmpty ? nil : event.reason,
            ])
    }

    private static func hook(_ outcome: HookOutcome) -> EventText {
        let what = outcome.event.host.map { "\(outcome.event.cause) of \($0)" } ?? "\(outcome.event.cause)"
        let how = outcome.failure.map { "was told in vain of \(what): \($0)" } ?? "was told of \(what)"
        return EventText(
            "hook", "the hook \(outcome.hook) \(how)",
            [
                "hook": outcome.hook, "event": "\(outcome.event.cause)", "host": outcome.event.host,
                "milliseconds": "\(outcome.duration.nanoseconds / 1_000_000)", "tries": "\(outcome.tries)",
                "reason": outcome.failure, "said": outcome.said.isEmpty ? nil : outcome.said,
            ])
    }

    private static func decided(_ report: WebhookReport) -> EventText {
        let question = report.question
        let details = ["mac": "\(question.hardware)", "url": question.place]
        switch report.outcome {
        case .decided(_, let summary):
            return EventText("decided", "the webhook decided about \(question.hardware): \(summary)", details)
        case .failed(let reason):
            return EventText(
                "undecided", "the webhook did not decide about \(question.hardware): \(reason)", details)
        }
    }

    private static func refused(_ client: BootClient, _ interface: Int32, _ reason: Refusal) -> EventText {
        var details = facts(client, interface)
        details["code"] = reason.code
        return EventText(
            "refused", "\(client.hardware) (\(who(client))) gets no answer: \(reason.summary) [\(reason.code)]", details
        )
    }

    private static func foreign(_ offer: ForeignOffer, _ interface: Int32) -> EventText {
        let verb = offer.type == .acknowledge ? "confirms" : "offers"
        let what = offer.address.isAny ? "boot information" : "\(offer.address)"
        let rival = offer.isBootServer ? "; it is a boot server, too" : ""
        return EventText(
            "foreign-offer", "\(offer.server) \(verb) \(what) to \(offer.hardware)\(rival)",
            [
                "server": "\(offer.server)", "address": "\(offer.address)", "mac": "\(offer.hardware)",
                "boot-server": "\(offer.isBootServer)", "interface": "\(interface)",
            ])
    }

    private static func ended(_ transfer: TransferFacts, _ ending: TransferEnding) -> EventText {
        let (outcome, sentence): (String, String) =
            switch ending.outcome {
            case .completed: ("completed", "has fetched")
            case .sizeProbe: ("size-probe", "asked for the size of")
            case .refusedByClient(let code): ("refused-by-client", "gave up (error \(code)) on")
            case .timedOut: ("timed-out", "stopped answering during")
            case .superseded: ("superseded", "asked for another file during")
            case .fileChanged: ("file-changed", "lost, for it was cut short on disk,")
            case .readFailed: ("read-failed", "lost, for the disk failed,")
            case .unreachable: ("unreachable", "became unreachable during")
            case .crowdedOut: ("crowded-out", "acknowledged nothing before too many others came, of")
            case .serviceStopped: ("service-stopped", "was cut off by our end from")
            }
        var details = facts(transfer)
        details["outcome"] = outcome
        details["sent"] = "\(ending.bytes)"
        details["milliseconds"] = "\(ending.duration.nanoseconds / 1_000_000)"
        details["retransmitted"] = "\(ending.retransmitted)"
        return EventText("transfer-ended", "\(transfer.client.address) \(sentence) \(transfer.name) by TFTP", details)
    }

    private static func ended(_ download: DownloadFacts) -> EventText {
        let sentence = download.isComplete ? "has fetched" : "left during"
        return EventText(
            "download-ended",
            "\(download.client.address) \(sentence) \(download.path) by HTTP: \(download.status)",
            [
                "client": "\(download.client)", "file": download.path, "status": "\(download.status)",
                "sent": "\(download.bytes)", "milliseconds": "\(download.duration.nanoseconds / 1_000_000)",
                "complete": "\(download.isComplete)",
            ])
    }

    private static func mirrored(_ event: MirrorEvent) -> EventText {
        var details: [String: String?] = ["mirror": event.mirror, "url": event.url]
        let (outcome, sentence): (String, String)
        switch event.outcome {
        case .fetched(let octets, let time):
            (outcome, sentence) = ("fetched", "fetched, \(octets) octets")
            details["octets"] = "\(octets)"
            details["milliseconds"] = "\(time.nanoseconds / 1_000_000)"
        case .confirmed: (outcome, sentence) = ("confirmed", "still the same, says its server")
        case .failed(let reason):
            (outcome, sentence) = ("failed", "not to be had: \(reason)")
            details["reason"] = reason
        case .stale(let reason):
            (outcome, sentence) = ("stale", "served though it is old, for its server cannot be asked: \(reason)")
            details["reason"] = reason
        case .wrongChecksum(let found):
            (outcome, sentence) = ("wrong-checksum", "not the file that the settings mean")
            details["found"] = found
        case .dropped(let files, let octets):
            (outcome, sentence) = ("dropped", "made \(files) others go, \(octets) octets")
            details["files"] = "\(files)"
            details["octets"] = "\(octets)"
        }
        details["outcome"] = outcome
        return EventText("mirror", "\(event.url): \(sentence)", details)
    }

    private static func interface(_ name: String, _ address: IPv4Address?, _ isUp: Bool) -> EventText {
        let state = isUp ? address.map { "is up with \($0)" } ?? "is up without an address" : "is down"
        return EventText(
            "interface-changed", "\(name) \(state)",
            ["name": name, "address": address?.description, "up": "\(isUp)"])
    }

    private static func who(_ client: BootClient) -> String {
        [client.architecture?.description, client.stage.description].compactMap(\.self).joined(separator: ", ")
    }

    private static func facts(_ client: BootClient, _ interface: Int32) -> [String: String?] {
        [
            "mac": "\(client.hardware)", "uuid": client.machine?.description, "stage": "\(client.stage)",
            "architecture": client.architecture?.description, "interface": "\(interface)",
            "address": client.address.isAny ? nil : "\(client.address)",
        ]
    }

    private static func facts(_ transfer: TransferFacts) -> [String: String?] {
        [
            "client": "\(transfer.client)", "file": transfer.name, "size": "\(transfer.size)",
            "block-size": "\(transfer.blockSize)", "window-size": "\(transfer.windowSize)",
        ]
    }

    /// Names come from the network: what steers a terminal is shown by its number, and a line has an end.
    private static func line(_ text: String) -> String {
        String(text.unicodeScalars.prefix(500)).forTerminal
    }
}

extension EventText {
    var detailsAsJSON: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A dictionary of texts can always be encoded.
        guard let json = try? encoder.encode(details) else { return "{}" }
        return String(decoding: json, as: UTF8.self)
    }

    static func details(fromJSON json: String) -> [String: String] {
        (try? JSONDecoder().decode([String: String].self, from: Data(json.utf8))) ?? [:]
    }
}
