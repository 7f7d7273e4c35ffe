package import BootPolicy
package import Wire

/// What a probe heard as one kind of client.
package struct ProbeResult: Sendable {
    package let kind: FirmwareModel
    package let hardware: MACAddress
    package let asked: Instant
    /// The OFFERs in order of arrival, each told once.
    package private(set) var answers: [DecodedMessage] = []
    package private(set) var hearing: Hearing

    package init(kind: FirmwareModel, hardware: MACAddress, asked: Instant) {
        self.kind = kind
        self.hardware = hardware
        self.asked = asked
        hearing = Hearing(asked: asked)
    }

    /// Takes in an OFFER; the same server's answer to a repeated DISCOVER is the same answer.
    package mutating func note(_ answer: DecodedMessage) {
        guard let offer = answer.offer, offer.type == .offer else { return }
        let isKnown = hearing.offers.contains {
            $0.source == offer.source && $0.server == offer.server && $0.address == offer.address
        }
        guard !isKnown else { return }
        answers.append(answer)
        hearing.note(offer)
    }

    /// Whether a DHCP server has offered an address.
    package var hasLease: Bool { hearing.offers.contains { !$0.isProxy } }
}

/// A probe's results, for people and for programs.
package struct ProbeReport: Sendable {
    private let results: [(result: ProbeResult, prediction: Prediction)]
    private let interface: String
    private let seconds: Int

    /// - Parameters:
    ///   - interface: the name of the interface probed.
    ///   - ours: the addresses whose boots count as ours.
    ///   - seconds: how long the probe listened at the longest.
    package init(_ results: [ProbeResult], interface: String, ours: Set<IPv4Address>, seconds: Int) {
        self.interface = interface
        self.seconds = seconds
        self.results = results.map { ($0, $0.kind.predict($0.hearing, ours: ours)) }
    }

    /// Whether every kind boots from us.
    package var isAllOurs: Bool { results.allSatisfy { $0.prediction.verdict == .ours } }

    package var text: String {
        var lines: [String] = []
        for (result, prediction) in results {
            lines.append("\(result.kind.rawValue) (\(result.kind.title)) on \(interface) as \(result.hardware)")
            if result.answers.isEmpty { lines.append("  nobody answered") }
            for answer in result.answers { lines += Self.lines(answer, since: result.asked) }
            if !result.hasLease { lines.append("  no lease was heard within \(seconds) s") }
            lines.append("  => \(prediction.verdict.rawValue): \(prediction.reason)")
            for step in prediction.trace { lines.append("     - \(step)") }
            lines.append("")
        }
        let width = (results.map { $0.result.kind.rawValue.count }.max() ?? 0) + 2
        for (result, prediction) in results {
            let kind = result.kind.rawValue
            lines.append(
                kind + String(repeating: " ", count: width - kind.count) + Self.padded(prediction.verdict.rawValue, 8)
                    + "\(prediction.code.code)  \(prediction.reason)")
            if !prediction.remedy.isEmpty { lines.append(String(repeating: " ", count: width) + prediction.remedy) }
        }
        if results.contains(where: { !$0.result.hasLease }) { lines.append(slowServer) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What a missing lease may mean beside what the predictions say.
    private var slowServer: String {
        """
        No lease was heard within \(seconds) s by some kind of client. A DHCP server that first looks whether an address \
        is in use may need longer: ask again with --seconds \(min(60, seconds * 2)).
        """
    }

    /// One JSON object for each kind, one a line.
    package var json: String {
        results.map { Self.object($0.result, $0.prediction).line + "\n" }.joined()
    }

    /// Options whose values decide boots; of the others the numbers are enough.
    private static let telling: Set<UInt8> = [43, 52, 60, 66, 67, 150, 175, 209, 210]

    private static func lines(_ answer: DecodedMessage, since asked: Instant) -> [String] {
        guard let offer = answer.offer else { return [] }
        let header = answer.header.filter { ["siaddr", "file", "sname"].contains($0.name) }
        var line = "  \(milliseconds(offer.arrival - asked)) ms  \(offer.server)  \(answer.words)"
        for field in header { line += "  \(field.name) \(field.value)" }
        var lines = [line, "      options \(OptionText.ranges(answer.options.map(\.code).sorted()))"]
        for (code, value) in answer.options where telling.contains(code) {
            lines.append("      \(code) \(OptionText.name(code)): \(value)")
        }
        return lines
    }

    private static func object(_ result: ProbeResult, _ prediction: Prediction) -> JSONText {
        let offers = result.answers.compactMap { answer -> JSONText? in
            guard let offer = answer.offer else { return nil }
            return .object([
                ("server", .text("\(offer.server)")), ("source", .text("\(offer.source)")),
                ("ms", .digits(milliseconds(offer.arrival - result.asked))), ("what", .text(answer.words)),
                ("address", .text("\(offer.address)")), ("siaddr", .text("\(offer.nextServer)")),
                ("class", .text(offer.vendorClass.printable)),
                ("file", offer.fileByHeader.map(JSONText.text) ?? .null), ("options", answer.optionList),
            ])
        }
        return .object(
            [("kind", .text(result.kind.rawValue))] + prediction.fields
                + [("lease", .truth(result.hasLease)), ("offers", .list(offers))])
    }

    /// With one decimal, from nanoseconds and without floating point.
    private static func milliseconds(_ span: TimeSpan) -> String {
        let tenths = max(0, span.nanoseconds) / 100_000
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
