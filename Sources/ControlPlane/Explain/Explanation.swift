package import BootPolicy
import Wire

/// What a client gets, and how that was decided.
package struct Explanation: Sendable {
    private var telling = Telling()
    /// What it is sent; none when it is sent nothing.
    private var octets: [UInt8] = []

    /// For people.
    package var lines: [String] { telling.lines + Self.dump(octets) }

    /// For programs: an object on one line.
    package var json: String {
        let sent = octets.isEmpty ? JSONText.null : .text(octets.map { hex($0) }.joined())
        return JSONText.object([("steps", telling.json), ("sent", sent)]).line
    }

    /// - Parameters:
    ///   - message: the client's DHCP message.
    ///   - arrival: how it reached us, with what is remembered of the client.
    ///   - decisions: what the running service knows of endpoints' decisions about it.
    package init(_ message: [UInt8], arrival: Arrival, in catalog: Catalog, decisions: [String] = []) {
        let read: Result<ClientFacts, Refusal>
        do throws(DecodeError) {
            read = ClientFacts.read(try DHCPMessage(message.span.bytes), classes: catalog.vendorClasses)
        } catch {
            read = .failure(.malformed)
        }
        switch read {
        case .failure(let refusal):
            tell(refusal)
        case .success(let facts):
            tell(facts)
            tellRules(facts, arrival, catalog)
            let answer = ProxyDHCP.answer(facts, arrival: arrival, in: catalog)
            if case .ask(let question) = answer {
                tell(question, decisions)
                tellAnswer(ProxyDHCP.answer(facts, arrival: arrival, in: catalog, ruling: .decided(.boot(.usual))))
            } else {
                tellAnswer(answer)
            }
        }
    }

    private mutating func say(_ title: String, _ text: String) { telling.say(title, text) }

    private mutating func tell(_ refusal: Refusal) {
        say("answer", "none: \(refusal.summary) [\(refusal.code)]")
        say("", refusal.explanation)
    }

    private mutating func tell(_ facts: ClientFacts) {
        let architecture = facts.architecture.map { "\($0) (\($0.rawValue))" } ?? "unknown"
        say("client", "\(facts.hardware), \(facts.stage), \(architecture)")
        say("", "class \"\(facts.vendorClass.printable)\"")
        if let machine = facts.machine { say("", "uuid \(machine)") }
        if !facts.relayAddress.isAny { say("", "behind the relay \(facts.relayAddress)") }
        if !facts.stage.isFirmware {
            say("", facts.features.canRunScript ? "able to run a script" : "not able to run a script")
        }
    }

    private mutating func tellRules(_ facts: ClientFacts, _ arrival: Arrival, _ catalog: Catalog) {
        let steps = catalog.rules.trace(facts, arrival)
        if steps.isEmpty { say("rules", "there are none") }
        for (number, step) in steps.enumerated() {
            let verdict = step.failed.map { "no: \($0.rawValue) differs" } ?? "yes: \(Self.describe(step.rule.verdict))"
            say(number == 0 ? "rules" : "", "\(step.rule.place) \"\(step.rule.name)\": \(verdict)")
        }
        if let last = steps.last, last.failed != nil { say("", "none fits: the usual boot") }
    }

    private static func describe(_ verdict: Rule.Verdict) -> String {
        guard case .boot(let plan) = verdict else { return "silence" }
        let parts = [
            plan.target.map { "target \($0)" }, plan.loader.map { "loader \($0.path)" },
            plan.shape.map { "shape \($0.rawValue)" },
            plan.delay > .zero ? "delay \(plan.delay.nanoseconds / 1_000_000) ms" : nil,
            plan.nextServer.map { "next-server \($0)" }, plan.webhook.map { "ask \($0.url)" },
        ]
        let said = parts.compactMap(\.self)
        return said.isEmpty ? "the usual boot" : said.joined(separator: ", ")
    }

    private mutating func tellAnswer(_ answer: ProxyAnswer) {
        switch answer {
        case .ignore(let refusal): tell(refusal)
        case .reply(let reply): tell(reply)
        case .ask(let question): tell(question, [])
        }
    }

    private mutating func tell(_ question: WebhookQuestion, _ decisions: [String]) {
        let webhook = question.webhook
        say("asks", question.address)
        let hold = webhook.hold.nanoseconds / 1_000_000_000
        say("", hold == 0 ? "each time" : "and holds the decision for \(hold) s")
        let otherwise =
            switch webhook.fallback {
            case .closed: "is left alone"
            case .open: "boots what the rule says otherwise"
            }
        say("", "without an answer within \(webhook.timeout.nanoseconds / 1_000_000) ms the machine \(otherwise)")
        for (number, line) in decisions.enumerated() { say(number == 0 ? "known" : "", line) }
        if decisions.isEmpty { say("known", "nothing by now") }
        say("then", "if it may boot what the rule says, it hears:")
    }

    private mutating func tell(_ reply: BootReply) {
        say("shape", "\(reply.shape.rawValue): \(Self.why(reply.reason))")
        let file = reply.message.bootFile
        say("file", file.isEmpty ? "none: the client knows what to ask for" : file)
        say("from", "\(reply.message.nextServer)")
        if reply.delay > .zero { say("after", "\(reply.delay.nanoseconds / 1_000_000) ms") }
        switch reply.route {
        case .broadcast: say("to", "everybody, 255.255.255.255:68")
        case .relay(let relay): say("to", "the relay, \(relay):67")
        case .unicast(let client), .dhcpUnicast(let client): say("to", "\(client)")
        }
        var writer = ByteWriter()
        guard DHCPReplyWriter.write(reply.message, into: &writer) else { return tell(Refusal.replyTooLarge) }
        say("octets", "\(writer.count)")
        octets = writer.bytes
    }

    private static func why(_ reason: StyleReason) -> String {
        switch reason {
        case .usual: "what such firmware usually takes"
        case .learned: "learned from machines of this kind"
        case .retry(let number): "retry \(number), the client did not react to the last one"
        case .rule: "fixed by the rule"
        case .stage: "the only one for this stage"
        }
    }

    /// Sixteen octets a line, as offset, hexadecimal, and text; the zeros of the padding are left out.
    private static func dump(_ octets: [UInt8]) -> [String] {
        stride(from: 0, to: octets.count, by: 16).compactMap { start in
            let row = octets[start..<min(start + 16, octets.count)]
            guard row.contains(where: { $0 != 0 }) else { return nil }
            let offset = hex(UInt8(start >> 8)) + hex(UInt8(start & 255))
            let text = row.map { (0x20..<0x7F).contains($0) ? String(Unicode.Scalar($0)) : "." }.joined()
            let columns = row.map { hex($0) }.joined(separator: " ")
            return "  \(offset)  \(columns)\(String(repeating: " ", count: 49 - columns.count))\(text)"
        }
    }
}
