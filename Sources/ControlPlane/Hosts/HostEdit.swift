import BootPolicy
import Settings
import Wire

/// What shall be different about hosts. It goes over the control socket as lines: `+group rack4`, `-variable disk`, `=note in use`.
package struct HostEdit: Equatable, Sendable {
    /// What may be said of a host. Of some there may be several.
    package enum Matter: String, Sendable, CaseIterable {
        case group, tag, card, variable, note, target, serial
    }

    package enum Verb: String, Sendable {
        case add = "+"
        case remove = "-"
        case set = "="
    }

    package struct Step: Equatable, Sendable {
        package var verb: Verb
        package var matter: Matter
        package var value: String

        package init(_ verb: Verb, _ matter: Matter, _ value: String) {
            self.verb = verb
            self.matter = matter
            self.value = value
        }
    }

    package var steps: [Step]

    package init(_ steps: [Step]) {
        self.steps = steps
    }

    /// As it came over the socket.
    init(_ text: String) throws(CommandFailure) {
        steps = try text.split(separator: "\n").map { line throws(CommandFailure) in
            let words = line.dropFirst().split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard let verb = Verb(rawValue: String(line.prefix(1))), words.count == 2,
                let matter = Matter(rawValue: String(words[0]))
            else { throw CommandFailure("this service does not know how to change \(line)") }
            return Step(verb, matter, String(words[1]))
        }
    }

    package var text: String {
        steps.map { "\($0.verb.rawValue)\($0.matter.rawValue) \($0.value)\n" }.joined()
    }

    /// A host with all that changed; checked as the settings check their machines.
    func applied(to host: NamedMachine) throws(CommandFailure) -> NamedMachine {
        var host = host
        for step in steps { try Self.apply(step, to: &host) }
        do throws(SettingsErrors) {
            return try Settings.machines(in: Settings.text(of: [host]), file: host.name).first ?? host
        } catch {
            throw CommandFailure("\(error.errors.map(\.withoutPlace).joined(separator: "\n")); nothing was changed")
        }
    }

    private static func apply(_ step: Step, to host: inout NamedMachine) throws(CommandFailure) {
        switch (step.matter, step.verb) {
        case (.group, let verb): host.groups = edited(host.groups, verb, step.value)
        case (.tag, let verb): host.tags = edited(host.tags, verb, step.value)
        case (.card, let verb):
            guard let card = MACAddress(step.value) else {
                throw CommandFailure("\"\(step.value)\" is no hardware address; write it as 52:54:00:12:34:56")
            }
            host.hardware = edited(host.hardware, verb, card)
        case (.variable, .remove): host.variables[step.value] = nil
        case (.variable, _):
            let parts = step.value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw CommandFailure("a variable is written as NAME=VALUE: \(step.value)") }
            host.variables[String(parts[0])] = VariableValue(written: String(parts[1]))
        case (.note, let verb): host.note = verb == .remove ? "" : step.value
        case (.target, let verb): host.target = verb == .remove ? nil : step.value
        case (.serial, let verb): host.serial = verb == .remove ? nil : step.value
        }
    }

    private static func edited<Element: Equatable>(_ list: [Element], _ verb: Verb, _ element: Element) -> [Element] {
        switch verb {
        case .add: list.contains(element) ? list : list + [element]
        case .remove: list.filter { $0 != element }
        case .set: [element]
        }
    }
}

extension SettingsError {
    /// For what no file says.
    fileprivate var withoutPlace: String { key.isEmpty ? message : "\(key): \(message)" }
}
