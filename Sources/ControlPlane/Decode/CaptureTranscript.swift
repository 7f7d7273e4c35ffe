import BootPolicy
package import Wire

/// A capture told in words: every DHCP message, and then what each client's firmware made of it.
///
/// The same capture gives the same text everywhere: times count from the first packet, numbers are never rounded.
package struct CaptureTranscript: Sendable {
    private struct Entry: Sendable {
        let number: Int
        let time: TimeSpan
        let source: Endpoint
        let destination: Endpoint
        let message: DecodedMessage
        let hasBadChecksum: Bool
        /// What we would say to it.
        let answer: String?
    }

    /// One try of a client to boot, from its DISCOVER on.
    private struct Attempt: Sendable {
        let entry: Int
        let hardware: ClientHardware
        let transaction: UInt32
        let portrait: ClientPortrait
        var hearing: Hearing
    }

    private var entries: [Entry] = []
    private var attempts: [Attempt] = []
    /// Packets that are no DHCP.
    private var others = 0
    private let damage: CaptureError?
    private let ours: Set<IPv4Address>

    /// - Parameters:
    ///   - ours: the addresses whose boots count as ours; none when the capture is of foreign servers only.
    ///   - answerer: says what we would answer; nil for a transcript without it.
    package init(_ capture: CaptureFile, ours: Set<IPv4Address>, answerer: CaptureAnswerer? = nil) {
        self.ours = ours
        damage = capture.damage
        let start = capture.packets.first?.time ?? Instant(nanoseconds: 0)
        for packet in capture.packets {
            guard let entry = Self.entry(packet, start, answerer) else {
                others += 1
                continue
            }
            entries.append(entry)
            follow(entry, at: packet.time)
        }
    }

    private static func entry(
        _ packet: CapturedPacket, _ start: Instant, _ answerer: CaptureAnswerer?
    ) -> Entry? {
        guard let octets = packet.ipv4 else { return nil }
        for isChecked in [true, false] {
            guard let datagram = try? UDPPacket(ipv4: octets.span.bytes, checksumReady: isChecked) else { continue }
            let ports: Set<UInt16> = [67, 68, 4011]
            guard ports.contains(datagram.destination.port) || ports.contains(datagram.source.port),
                let message = try? DecodedMessage(
                    datagram.payload, source: datagram.source, destination: datagram.destination, at: packet.time)
            else { return nil }
            return Entry(
                number: packet.number, time: packet.time - start, source: datagram.source,
                destination: datagram.destination, message: message, hasBadChecksum: !isChecked,
                answer: answerer?.line(
                    datagram.payload, source: datagram.source, destination: datagram.destination))
        }
        return nil
    }

    /// Ties a message to the try of its client.
    private mutating func follow(_ entry: Entry, at time: Instant) {
        let message = entry.message
        let last = attempts.lastIndex { $0.hardware == message.hardware }
        if message.isDiscover, let portrait = message.portrait {
            if isUnderWay(message) { return }
            attempts.append(
                Attempt(
                    entry: entries.count - 1, hardware: message.hardware, transaction: message.transaction,
                    portrait: portrait, hearing: Hearing(asked: time)))
            return
        }
        let own = attempts.lastIndex { $0.hardware == message.hardware && $0.transaction == message.transaction }
        if let offer = message.offer, offer.type == .offer {
            // Firmware drops an OFFER of another transaction; a probe has several under way at once.
            if let own { attempts[own].hearing.note(offer) }
            return
        }
        guard let last = own ?? last else { return }
        let isBootService = entry.destination.port == 4011 || entry.source.port == 4011
        if isBootService { attempts[last].hearing.hearsBootService = true }
        // The ACK of port 4011 answers a transaction of its own.
        if let offer = message.offer { attempts[last].hearing.note(offer) }
    }

    /// Whether a DISCOVER repeats one of a try that goes on. Old ROMs use the same transaction at every boot: a try that
    /// has come to an ACK, its own or a later try's of the same client, is over.
    private func isUnderWay(_ discover: DecodedMessage) -> Bool {
        let tries = attempts.filter { $0.hardware == discover.hardware }
        guard let place = tries.lastIndex(where: { $0.transaction == discover.transaction }) else { return false }
        return place == tries.endIndex - 1
            || tries[place...].allSatisfy { $0.hearing.acknowledgements.isEmpty }
    }

    private func predict(_ attempt: Attempt) -> Prediction {
        attempt.portrait.model.predict(attempt.hearing, ours: ours)
    }
}

extension CaptureTranscript {
    /// For people.
    package var text: String {
        var lines: [String] = []
        for entry in entries { lines += Self.lines(entry) + [""] }
        lines.append("\(entries.count) DHCP messages, \(others) other packets")
        if let damage { lines.append("the rest is unreadable: \(damage)") }
        for attempt in attempts { lines += [""] + self.lines(attempt) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(_ entry: Entry) -> [String] {
        let message = entry.message
        let road = "\(entry.source) > \(entry.destination)"
        var lines = ["#\(entry.number)  \(seconds(entry.time))  \(road)  \(message.words)"]
        lines.append("    " + message.header.map { "\($0.name) \($0.value)" }.joined(separator: "  "))
        if entry.hasBadChecksum { lines.append("    UDP checksum not computed, or wrong") }
        for (code, value) in message.options {
            lines.append("    \(left("\(code)", 4))\(left(OptionText.name(code), 20))\(value)")
        }
        if let answer = entry.answer { lines.append("    \(answer)") }
        return lines
    }

    private func lines(_ attempt: Attempt) -> [String] {
        let prediction = predict(attempt)
        let boots = prediction.verdict != .none
        let number = entries[attempt.entry].number
        var lines = ["client \(attempt.hardware), #\(number), \(attempt.portrait.title): \(prediction.reason)"]
        // Without an "us" every boot is as good as another.
        if !boots || !ours.isEmpty { lines.append("    \(prediction.code.code) \(prediction.code.summary)") }
        if !prediction.remedy.isEmpty, !boots || !ours.isEmpty { lines.append("    remedy: \(prediction.remedy)") }
        return lines + prediction.trace.map { "    - \($0)" }
    }

    /// Seconds with six decimals, from nanoseconds and without floating point.
    static func seconds(_ span: TimeSpan) -> String {
        let micro = span.nanoseconds.magnitude / 1000
        let fraction = String(micro % 1_000_000)
        let zeros = String(repeating: "0", count: 6 - fraction.count)
        return (span.nanoseconds < 0 ? "-" : "") + "\(micro / 1_000_000).\(zeros)\(fraction)"
    }

    private static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.utf8.count))
    }
}

extension CaptureTranscript {
    /// For programs: one object, on one line.
    package var json: String {
        JSONText.object([
            ("packets", .list(entries.map(Self.object))), ("others", .number(others)),
            ("damage", damage.map { .text("\($0)") } ?? .null),
            ("clients", .list(attempts.map(object))),
        ]).line
    }

    private static func object(_ entry: Entry) -> JSONText {
        .object([
            ("number", .number(entry.number)), ("seconds", .digits(seconds(entry.time))),
            ("source", .text("\(entry.source)")), ("destination", .text("\(entry.destination)")),
            ("what", .text(entry.message.words)),
            ("header", .object(entry.message.header.map { ($0.name, .text($0.value)) })),
            ("options", entry.message.optionList), ("answer", entry.answer.map(JSONText.text) ?? .null),
        ])
    }

    private func object(_ attempt: Attempt) -> JSONText {
        let prediction = predict(attempt)
        return .object(
            [
                ("client", .text("\(attempt.hardware)")), ("packet", .number(entries[attempt.entry].number)),
                ("firmware", .text(attempt.portrait.title)), ("kind", .text(attempt.portrait.model.rawValue)),
            ] + prediction.fields)
    }
}

extension DecodedMessage {
    var optionList: JSONText {
        .list(
            options.map { option in
                .object([
                    ("code", .number(Int(option.code))), ("name", .text(OptionText.name(option.code))),
                    ("value", .text(option.value)),
                ])
            })
    }
}

extension Prediction {
    /// Its fields for programs.
    var fields: [(String, JSONText)] {
        [
            ("verdict", .text(verdict.rawValue)), ("code", .text(code.code)), ("reason", .text(reason)),
            ("contested", .truth(isContested)), ("remedy", .text(remedy)), ("file", file.map(JSONText.text) ?? .null),
            ("trace", .list(trace.map(JSONText.text))),
        ]
    }
}
