import BootPolicy
package import Simulation
import Wire

/// What a rehearsed machine did, in numbered lines for people, or as one object for programs: the same facts.
package enum RehearsalText {
    // MARK: For people

    package static func lines(_ report: RehearsalReport) -> [String] {
        let width = "\(report.steps.count)".count
        let steps = report.steps.enumerated().map { index, step in
            let number = "\(index + 1)"
            let blanks = String(repeating: " ", count: width - number.count)
            let (title, text) = words(step.what)
            return "\(blanks)\(number)  \(padded(step.actor.rawValue, 8))  \(padded(title, 5))  \(text.forTerminal)"
        }
        return steps + [sentence(report.end).forTerminal]
    }

    private static func words(_ what: RehearsalStep.What) -> (String, String) {
        switch what {
        case .told(let told):
            let file = told.file.isEmpty ? "no file: it knows what to ask for" : "file \(told.file)"
            let server = told.file.contains("://") ? "" : " from \(told.server)"
            return (told.isOffer ? "OFFER" : "ACK", "\(told.shape.rawValue): \(file)\(server)")
        case .fetch(let fetch):
            let asks = fetch.isProbe ? " (size only)" : ""
            return (fetch.way.rawValue, "\(fetch.path)\(asks): \(words(fetch.answer))")
        case .note(let text): return ("-", text)
        }
    }

    private static func words(_ answer: RehearsalStep.Answer) -> String {
        switch answer {
        case .found(let source, let size):
            words(source) + (size.map { ", \($0) octets" } ?? "")
        case .refused(let reason):
            "\(reason.summary.prefix(1).lowercased())\(reason.summary.dropFirst()) [\(reason.code)]"
        case .foreign: "on another server"
        }
    }

    private static func words(_ source: RehearsalStep.Source) -> String {
        switch source {
        case .file(let path): "the file \(path)"
        case .image(let path): "\(path) of an imported image"
        case .host(let path): path
        case .made(let what): "\(what), made up"
        case .install: "what its install has for it"
        case .upstream(let url): "would be fetched from \(url)"
        }
    }

    private static func sentence(_ end: RehearsalEnd) -> String {
        switch end {
        case .kernel(let path, let disks, let arguments):
            "boots the kernel \(path)\(listed(" with ", disks.joined(separator: ", ")))\(listed(", arguments: ", arguments))"
        case .program(let path): "runs \(path)"
        case .disk: "goes on with its next boot device: the local disk"
        case .waits(let why): "waits for its turn: \(why)"
        case .keyboard(let what): "waits for somebody at the keyboard: \(what)"
        case .reboot: "restarts"
        case .powerOff: "switches itself off"
        case .elsewhere(let url): "goes on with \(url), of which nothing is known here"
        case .stopped(let why, let sentence): "stops: \(sentence) [\(why.code)]"
        case .refused(let refusal): "gets no answer: \(refusal.summary) [\(refusal.code)]"
        }
    }

    /// Nothing where there is nothing to say.
    private static func listed(_ title: String, _ text: String) -> String { text.isEmpty ? "" : title + text }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    // MARK: For programs

    /// On one line, which begins with whether the boot failed.
    package static func json(_ report: RehearsalReport) -> String {
        JSONText.object([
            ("failed", .truth(report.end.isFailure)), ("kind", .text(report.kind.rawValue)),
            ("mac", .text("\(report.hardware)")),
            ("steps", .list(report.steps.enumerated().map { json($1, number: $0 + 1) })), ("end", json(report.end)),
        ]).line
    }

    private static func json(_ step: RehearsalStep, number: Int) -> JSONText {
        let head: [(String, JSONText)] = [("n", .number(number)), ("by", .text(step.actor.rawValue))]
        switch step.what {
        case .told(let told):
            return .object(
                head + [
                    ("what", .text(told.isOffer ? "offer" : "ack")), ("shape", .text(told.shape.rawValue)),
                    ("file", told.file.isEmpty ? .null : .text(told.file)), ("server", .text("\(told.server)")),
                    ("stage", .text("\(told.stage)")),
                ])
        case .fetch(let fetch): return .object(head + json(fetch))
        case .note(let text): return .object(head + [("what", .text("note")), ("text", .text(text))])
        }
    }

    private static func json(_ fetch: RehearsalStep.Fetch) -> [(String, JSONText)] {
        var source = (kind: JSONText.null, name: JSONText.null)
        var (size, code, isFound) = (JSONText.null, JSONText.null, JSONText.truth(true))
        switch fetch.answer {
        case .found(let found, let octets):
            source = parts(found)
            size = octets.map { .number(Int($0)) } ?? .null
        case .refused(let reason): (isFound, code) = (.truth(false), .text(reason.code))
        case .foreign: isFound = .null
        }
        return [
            ("what", .text(fetch.isProbe ? "probe" : "fetch")), ("protocol", .text(fetch.way.rawValue)),
            ("server", .text(fetch.server)), ("path", .text(fetch.path)), ("found", isFound), ("source", source.kind),
            ("from", source.name), ("size", size), ("code", code), ("text", .text(words(fetch.answer))),
        ]
    }

    private static func parts(_ source: RehearsalStep.Source) -> (JSONText, JSONText) {
        switch source {
        case .file(let path): (.text("file"), .text(path))
        case .image(let path): (.text("image"), .text(path))
        case .host(let path): (.text("host"), .text(path))
        case .made(let what): (.text("made"), .text(what))
        case .install: (.text("install"), .null)
        case .upstream(let url): (.text("upstream"), .text(url))
        }
    }

    private static func json(_ end: RehearsalEnd) -> JSONText {
        var (outcome, code) = ("", JSONText.null)
        var (kernel, disks, arguments) = (JSONText.null, JSONText.list([]), JSONText.null)
        switch end {
        case .kernel(let path, let all, let line):
            (outcome, kernel, arguments) = ("kernel", .text(path), .text(line))
            disks = .list(all.map { .text($0) })
        case .program(let path): (outcome, kernel) = ("program", .text(path))
        case .disk: outcome = "disk"
        case .waits: outcome = "waits"
        case .keyboard: outcome = "keyboard"
        case .reboot: outcome = "reboot"
        case .powerOff: outcome = "poweroff"
        case .elsewhere: outcome = "elsewhere"
        case .stopped(let why, _): (outcome, code) = ("stopped", .text(why.code))
        case .refused(let refusal): (outcome, code) = ("refused", .text(refusal.code))
        }
        return .object([
            ("outcome", .text(outcome)), ("code", code), ("kernel", kernel), ("initrds", disks),
            ("arguments", arguments), ("sentence", .text(sentence(end))),
        ])
    }
}
