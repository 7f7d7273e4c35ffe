extension FlightReplay {
    private func count(_ isCounted: (Outcome) -> Bool) -> Int { questions.count { isCounted($0.outcome) } }

    private var same: Int { count { $0 == .same } }
    private var notPlayed: Int { count { if case .notPlayed = $0 { true } else { false } } }
    private var different: Int { questions.count - same - notPlayed }

    /// For people: a line for each question, below it what differs.
    package var text: String {
        var lines = questions.flatMap(Self.lines)
        if let damage { lines.append("the rest is unreadable: \(damage)") }
        switch hasSameSettings {
        case true?: lines.append("the capture was made with these settings")
        case false?: lines.append("the capture was made with other settings")
        case nil: break
        }
        lines.append(
            "\(questions.count) questions: \(same) answers are the same, \(different) differ, \(notPlayed) not played")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(_ question: Question) -> [String] {
        let head =
            "#\(question.number)  \(CaptureTranscript.seconds(question.time))  \(question.client)  \(question.words)"
        switch question.outcome {
        case .same: return ["\(head): the same"]
        case .notPlayed(let why): return ["\(head): not played, \(why)"]
        case .different(let differences):
            return ["\(head): differs"]
                + differences.flatMap { difference in
                    [
                        "    \(difference.field)", "        then  \(difference.then ?? "absent")",
                        "        now   \(difference.now ?? "absent")",
                    ]
                }
        }
    }

    /// For programs: one object, on one line.
    package var json: String {
        JSONText.object([
            ("questions", .list(questions.map(Self.object))), ("same", .number(same)),
            ("different", .number(different)), ("not_played", .number(notPlayed)),
            ("same_settings", hasSameSettings.map(JSONText.truth) ?? .null),
            ("damage", damage.map { .text("\($0)") } ?? .null),
        ]).line
    }

    private static func object(_ question: Question) -> JSONText {
        var fields: [(String, JSONText)] = [
            ("number", .number(question.number)), ("seconds", .digits(CaptureTranscript.seconds(question.time))),
            ("client", .text(question.client)), ("what", .text(question.words)),
        ]
        switch question.outcome {
        case .same: fields.append(("outcome", .text("same")))
        case .notPlayed(let why): fields += [("outcome", .text("not-played")), ("why", .text(why))]
        case .different(let differences):
            fields.append(("outcome", .text("different")))
            fields.append(("differences", .list(differences.map(object))))
        }
        return .object(fields)
    }

    private static func object(_ difference: ReplayDifference) -> JSONText {
        .object([
            ("field", .text(difference.field)), ("then", difference.then.map(JSONText.text) ?? .null),
            ("now", difference.now.map(JSONText.text) ?? .null),
        ])
    }
}
