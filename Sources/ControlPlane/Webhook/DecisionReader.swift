import BootPolicy
import Foundation
import Settings

/// Reads what an endpoint answers: Pixiecore's words (danderson/netboot, pixiecore/README.api.md), and ours.
///
/// All of it ends in scripts and on command lines, so all of it is checked as settings are.
struct DecisionReader {
    let question: WebhookQuestion
    /// What `"target"` may name.
    let targets: TargetBook

    typealias Fault = ForeignText.Fault

    /// - Parameters:
    ///   - status: the response's.
    ///   - body: looked at when that is 200.
    func outcome(status: Int, body: [UInt8]) -> WebhookReport.Outcome {
        switch status {
        case 200: break
        // The endpoint knows no such machine, has nothing for it, or will not have it booted.
        case 201..<300, 403, 404, 410: return .decided(.leaveAlone, summary: "left alone: status \(status)")
        // It did not get as far as the machine: our secret is wrong, we ask too often, it is elsewhere now, or broken.
        default: return .failed("the endpoint was asked in vain: status \(status)")
        }
        do throws(Fault) {
            return try decision(body)
        } catch {
            return .failed("the answer cannot be used: \(error.text)")
        }
    }

    private func decision(_ body: [UInt8]) throws(Fault) -> WebhookReport.Outcome {
        guard case .object(let object)? = JSONValue(body) else { throw Fault("it is no JSON object") }
        let members = Members(object: object)
        if try members.text("ipxe-script") != nil {
            throw Fault("ipxe-script is iPXE's alone; let \"chain\" name a script's URL")
        }
        let ignore = try members.flag("ignore")
        let ways = ["kernel", "target", "chain"].filter(members.says) + (ignore == true ? ["ignore"] : [])
        guard ways.count <= 1 else { throw Fault("\(ways.joined(separator: " and ")) exclude each other") }
        if ignore == true { return .decided(.leaveAlone, summary: "left alone: ignore") }
        return try order(members, isGiven: !ways.isEmpty || ignore == false)
    }

    private func order(_ members: Members, isGiven: Bool) throws(Fault) -> WebhookReport.Outcome {
        var order = BootOrder()
        var summary = "as the rule says"
        if let kernel = try members.text("kernel") {
            let boot = try linux(kernel, members)
            order.made = BootTarget(title: "Decided by the webhook", action: .linux(boot))
            summary = "kernel \(Self.withoutQuery(boot.kernel))"
        } else if let belonging = ["initrd", "cmdline"].first(where: members.says) {
            throw Fault("\(belonging) belongs to a kernel, and none is named")
        }
        if let chain = try members.text("chain") {
            let url = try place(chain, ofDisk: false)
            // A file of ours has a URL too.
            let whole = url.contains("://") ? url : "${base}/\(url)"
            order.made = BootTarget(title: "Decided by the webhook", action: .chain(url: VariableText(whole)))
            summary = "chain \(Self.withoutQuery(whole))"
        }
        if let target = try members.text("target") {
            guard targets[target] != nil else { throw Fault("there is no target or menu \"\(Self.shown(target))\"") }
            order.name = target
            summary = "target \(target)"
        }
        if let message = try members.text("message") { order.message = ForeignText.message(message) }
        if let arguments = try members.text("arguments") { order.arguments = try ForeignText.arguments(arguments) }
        order.variables = try variables(members)
        guard isGiven || members.says("arguments") || members.says("variables") else {
            throw Fault("it says nothing; to boot what the rule says, answer {\"ignore\": false}")
        }
        return .decided(.boot(order), summary: summary)
    }

    // MARK: Pixiecore's words

    private func linux(_ kernel: String, _ members: Members) throws(Fault) -> LinuxBoot {
        var boot = LinuxBoot(kernel: try place(kernel, ofDisk: false), initrds: [])
        for disk in try members.texts("initrd") { boot.initrds.append(try place(disk, ofDisk: true)) }
        guard boot.initrds.count <= Self.mostDisks else { throw Fault("there are \(boot.initrds.count) initrds") }
        boot.arguments = VariableText(try ForeignText.arguments(try commandLine(members["cmdline"])))
        return boot
    }

    private static let mostDisks = 32

    /// Where a file lies: `${base}/PATH` is beneath our root; what is no whole URL is resolved against the endpoint's as
    /// Pixiecore does it, so that `/kernel` is of the same server.
    ///
    /// - Parameter ofDisk: whether the last part of a path is a word of the script.
    private func place(_ text: String, ofDisk: Bool) throws(Fault) -> String {
        if text.hasPrefix(Self.ours) {
            let path = String(text.dropFirst(Self.ours.count))
            return ofDisk ? try ForeignText.initrd(path) : try ForeignText.file(beneathRoot: path)
        }
        if text.hasPrefix("file:") {
            throw Fault("file: is no way to a machine; put the file beneath the root, and write ${base}/PATH")
        }
        guard let base = URL(string: question.webhook.url + "/v1"),
            let url = URL(string: text, encodingInvalidCharacters: false)
        else { throw Fault("\"\(Self.shown(text))\" is no URL") }
        if url.scheme != nil { return try ForeignText.url(text) }
        guard let whole = URL(string: text, relativeTo: base)?.absoluteString else {
            throw Fault("\"\(Self.shown(text))\" is no URL")
        }
        return try ForeignText.url(whole)
    }

    private static let ours = "${base}/"

    /// A text with `{{ URL "…" }}` in it, or an object, the way it was before Pixiecore had those.
    private func commandLine(_ value: JSONValue) throws(Fault) -> String {
        switch value {
        case .null: return ""
        case .text(let text): return try expanded(text)
        case .object(let words):
            var line: [String] = []
            for (key, value) in words.sorted(by: { $0.key < $1.key }) { line.append(try word(key, value)) }
            return line.joined(separator: " ")
        default: throw Fault("cmdline is \(value.kind), and has to be a text")
        }
    }

    private func word(_ key: String, _ value: JSONValue) throws(Fault) -> String {
        switch value {
        case .flag(true): return key
        // Quotes keep a kernel's words together.
        case .text(let text): return "\(key)=" + (text.contains(" ") ? "\"\(text)\"" : text)
        case .object(let object):
            guard case .text(let url)? = object["url"] else { throw Fault("cmdline.\(Self.shown(key)) has no url") }
            return "\(key)=\(try link(url))"
        default:
            throw Fault("cmdline.\(Self.shown(key)) is \(value.kind); allowed is a text, true, or an object with a url")
        }
    }

    private func expanded(_ text: String) throws(Fault) -> String {
        var line = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "{{") {
            line += rest[..<start.lowerBound]
            guard let end = rest[start.upperBound...].firstRange(of: "}}"),
                let match = rest[start.upperBound..<end.lowerBound].wholeMatch(
                    of: /-?\s*URL\s+(?:"([^"\\]*)"|`([^`]*)`)\s*-?/)
            else { throw Fault("of {{ }} in cmdline only {{ URL \"…\" }} is understood") }
            line += try link(String(match.output.1 ?? match.output.2 ?? ""))
            rest = rest[end.upperBound...]
        }
        return line + rest
    }

    /// What a machine fetches by itself: Pixiecore has it pass through its own server, we name the one that has it.
    private func link(_ text: String) throws(Fault) -> String {
        let place = try place(text, ofDisk: false)
        return place.contains("://") ? place : Self.ours + place
    }

    // MARK: Our own

    private func variables(_ members: Members) throws(Fault) -> [String: VariableValue] {
        guard members["variables"] != .null else { return [:] }
        guard case .object(let object) = members["variables"] else {
            throw Fault("variables is \(members["variables"].kind), and has to be an object")
        }
        guard object.count <= Self.mostVariables else { throw Fault("there are \(object.count) variables") }
        var values: [String: VariableValue] = [:]
        for (name, value) in object { values[try ForeignText.variableName(name)] = try variable(name, value) }
        return values
    }

    private static let mostVariables = 100

    private func variable(_ name: String, _ value: JSONValue) throws(Fault) -> VariableValue {
        switch value {
        case .flag(let flag): return .flag(flag)
        case .text(let text): return .text(try ForeignText.arguments(text))
        case .number(let number):
            guard let whole = Int(exactly: number) else { throw Fault("variables.\(name) is no whole number") }
            return .text(String(whole))
        case .list(let list):
            var texts: [String] = []
            for element in list {
                guard case .text(let text) = element else {
                    throw Fault("variables.\(name) holds \(element.kind), and has to hold texts")
                }
                texts.append(try ForeignText.arguments(text))
            }
            return .list(texts)
        case .null, .object: throw Fault("variables.\(name) is \(value.kind)")
        }
    }

    private static func shown(_ text: String) -> String { ForeignText.shown(String(text.prefix(100))) }

    /// What stands behind a question mark may be a secret.
    private static func withoutQuery(_ url: String) -> String {
        String(url.prefix { !"?#".contains($0) })
    }
}

/// The members of an answer. Nothing, `null` and an empty text are the same: Go writes them for what it does not say.
private struct Members {
    let object: [String: JSONValue]

    subscript(name: String) -> JSONValue {
        let value = object[name] ?? .null
        return value == .text("") ? .null : value
    }

    /// Whether anything is said under a name.
    func says(_ name: String) -> Bool { self[name] != .null }

    func text(_ name: String) throws(ForeignText.Fault) -> String? {
        switch self[name] {
        case .null: return nil
        case .text(let text): return text
        case let other: throw ForeignText.Fault("\(name) is \(other.kind), and has to be a text")
        }
    }

    func flag(_ name: String) throws(ForeignText.Fault) -> Bool? {
        switch self[name] {
        case .null: return nil
        case .flag(let flag): return flag
        case let other: throw ForeignText.Fault("\(name) is \(other.kind), and has to be true or false")
        }
    }

    func texts(_ name: String) throws(ForeignText.Fault) -> [String] {
        switch self[name] {
        case .null: return []
        case .list(let elements):
            var texts: [String] = []
            for element in elements {
                guard case .text(let text) = element else {
                    throw ForeignText.Fault("\(name) holds \(element.kind), and has to hold texts")
                }
                texts.append(text)
            }
            return texts
        case let other: throw ForeignText.Fault("\(name) is \(other.kind), and has to be a list of texts")
        }
    }
}
