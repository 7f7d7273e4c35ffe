import ControlPlane
import TFTPClients
import Transfers
import Wire

extension ReceivingFailure {
    /// For people.
    var text: String {
        switch self {
        case .noAnswer: "no answer"
        case .stalled: "the server fell silent"
        case .serverError(let code): "ERROR \(code) (\(Self.words(of: code)))"
        case .unacceptableOptions: "the server granted what was not asked"
        case .oversizedBlock: "a block longer than agreed"
        }
    }

    /// For programs.
    var key: String {
        switch self {
        case .noAnswer: "no-answer"
        case .stalled: "stalled"
        case .serverError: "server-error"
        case .unacceptableOptions: "unacceptable-options"
        case .oversizedBlock: "oversized-block"
        }
    }

    /// What RFC 1350 §5 and RFC 2347 call an ERROR of that code.
    static func words(of code: UInt16) -> String {
        switch TFTPErrorCode(rawValue: code) {
        case .undefined: "not defined"
        case .fileNotFound: "file not found"
        case .accessViolation: "access violation"
        case .diskFull: "disk full"
        case .illegalOperation: "illegal operation"
        case .unknownTransfer: "unknown transfer"
        case .fileExists: "file exists"
        case .noSuchUser: "no such user"
        case .optionsRefused: "options refused"
        case nil: "of no known meaning"
        }
    }
}

extension SwarmReport.Failure {
    fileprivate var text: String {
        switch self {
        case .receiving(let failure): failure.text
        case .wrongContents: "wrong contents"
        case .unfinished: "not done in time"
        case .neverStarted: "never started"
        }
    }

    fileprivate var key: String {
        switch self {
        case .receiving(let failure): failure.key
        case .wrongContents: "wrong-contents"
        case .unfinished: "unfinished"
        case .neverStarted: "never-started"
        }
    }
}

extension SwarmReport {
    private var rate: Double { mebibytes / max(makespan.seconds, 1e-9) }

    /// Milliseconds of processor time for each MiB.
    private func perMebibyte(_ time: TimeSpan) -> Double { bytes == 0 ? 0 : time.seconds * 1000 / mebibytes }

    // MARK: - For people

    /// A table of a dozen lines.
    var text: String {
        var lines = ["\(completed) of \(clients) clients completed in \(makespan.seconds.digits(3)) s"]
        for (failure, count) in failures.sorted(by: { $0.value > $1.value }) {
            lines.append("  \(count) failed: \(failure.text)")
        }
        lines.append("\(bytes) octets, \(rate.digits(1)) MiB/s")
        lines.append(completion.row("completion", [0.5, 0.9, 0.99]))
        lines.append(firstAnswer.row("first answer", [0.5, 0.99]))
        lines.append("fairness (Jain)  \(rates.fairness.digits(4))")
        let share = needed == 0 ? 0 : Double(dataReceived) / Double(needed)
        lines.append("DATA             \(dataReceived) received, \(needed) needed (x \(share.digits(3)))")
        lines.append("                 \(duplicates) duplicates, \(gaps) gaps, \(ahead) behind a gap")
        lines.append("repeated         \(repeatedRequests) requests, \(repeatedAcknowledgements) acknowledgements")
        if strays > 0 { lines.append("strays           \(strays)") }
        if lost + lostAnswers + reordered > 0 {
            lines.append("lost on purpose  \(lost) arrivals, \(lostAnswers) answers; \(reordered) swapped")
        }
        lines.append("our own CPU      \(Self.spent(ownTime, perMebibyte(ownTime)))")
        if let processTime {
            lines.append("the process's    \(Self.spent(processTime, perMebibyte(processTime)))")
        }
        lines += warnings
        return lines.map { $0 + "\n" }.joined()
    }

    /// What makes the figures those of this machine and not the server's.
    private var warnings: [String] {
        var lines: [String] = []
        if drops > 0 {
            lines.append(
                """
                warning: \(drops) datagrams found our own socket buffers full, so some figures are this program's limit: \
                raise net.core.rmem_max or run as root, or let fewer run --at-once
                """)
        }
        if refusedSends > 0 {
            let why = refusal.map { " (\($0))" } ?? ""
            lines.append(
                "warning: \(refusedSends) requests or acknowledgements could not be sent\(why); see --source in --help")
        }
        return lines
    }

    private static func spent(_ time: TimeSpan, _ each: Double) -> String {
        "\(time.seconds.digits(3)) s, \(each.digits(3)) ms for each MiB"
    }

    // MARK: - For programs

    /// One document.
    var json: String {
        JSONText.object(outcome + packets + limits).line
    }

    private var outcome: [(String, JSONText)] {
        var reasons: [String: Int] = [:]
        var codes: [UInt16: Int] = [:]
        for (failure, count) in failures {
            reasons[failure.key, default: 0] += count
            if case .receiving(.serverError(let code)) = failure { codes[code] = count }
        }
        return [
            ("clients", .number(clients)), ("completed", .number(completed)), ("failed", .number(failed)),
            ("failures", .object(reasons.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) })),
            ("server_errors", .object(codes.sorted { $0.key < $1.key }.map { ("\($0.key)", .number($0.value)) })),
            ("bytes", .number(Int(bytes))), ("makespan_s", .digits(makespan.seconds.digits(6))),
            ("mib_per_s", .digits(rate.digits(3))),
            ("completion_ms", completion.milliseconds), ("first_answer_ms", firstAnswer.milliseconds),
            ("jain", .digits(rates.fairness.digits(5))), ("most_at_once", .number(mostActive)),
        ]
    }

    private var packets: [(String, JSONText)] {
        [
            ("data_received", .number(dataReceived)), ("data_needed", .number(Int(needed))),
            ("duplicates", .number(duplicates)), ("gaps", .number(gaps)), ("behind_gap", .number(ahead)),
            ("acks", .number(acknowledgements)), ("repeated_requests", .number(repeatedRequests)),
            ("repeated_acks", .number(repeatedAcknowledgements)), ("with_options", .number(withOptions)),
            ("strays", .number(strays)), ("coalesced", .number(coalesced)), ("lost", .number(lost)),
            ("lost_acks", .number(lostAnswers)), ("reordered", .number(reordered)),
        ]
    }

    private var limits: [(String, JSONText)] {
        [
            ("own_drops", .number(drops)), ("own_unsent", .number(refusedSends)),
            ("own_cpu_s", .digits(ownTime.seconds.digits(4))),
            ("own_cpu_ms_per_mib", .digits(perMebibyte(ownTime).digits(5))),
            ("process_cpu_s", processTime.map { .digits($0.seconds.digits(2)) } ?? .null),
            ("process_cpu_ms_per_mib", processTime.map { .digits(perMebibyte($0).digits(5)) } ?? .null),
        ]
    }
}

extension Distribution {
    /// A line for people: of seconds, in milliseconds.
    func row(_ name: String, _ parts: [Double]) -> String {
        let columns = parts.map { "p\(Int($0 * 100)) \((quantile($0) * 1000).digits(1))" }
        let title = name + String(repeating: " ", count: 17 - name.count)
        return title + (columns + ["max \((maximum * 1000).digits(1)) ms"]).joined(separator: ", ")
    }

    /// The same for programs.
    var milliseconds: JSONText {
        .object(
            [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1)].map {
                ($0.0, .digits((quantile($0.1) * 1000).digits(3)))
            })
    }
}

extension Double {
    /// With so many digits behind the point.
    func digits(_ count: Int) -> String {
        let scale = (0..<count).reduce(1.0) { value, _ in value * 10 }
        let scaled = (magnitude * scale).rounded()
        guard scaled < 9e18 else { return "\(self)" }
        let text = String(Int64(scaled))
        let padded = String(repeating: "0", count: max(0, count + 1 - text.count)) + text
        let sign = self < 0 && scaled > 0 ? "-" : ""
        guard count > 0 else { return sign + padded }
        return sign + padded.dropLast(count) + "." + padded.suffix(count)
    }
}
