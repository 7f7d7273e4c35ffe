import ArgumentParser
import ControlPlane
import Settings

struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Prints what completes these commands in a shell: bash, zsh or fish.",
        discussion: """
            bash: pilotfish completions bash >/usr/share/bash-completion/completions/pilotfish
            zsh:  pilotfish completions zsh >/usr/share/zsh/vendor-completions/_pilotfish
            fish: pilotfish completions fish >/usr/share/fish/vendor_completions.d/pilotfish.fish

            Names of hosts, targets and rollouts come from the running service and the settings, where those may be read.
            """)

    /// The shells that commands can be completed in.
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish

        var script: String {
            switch self {
            case .bash: Pilotfish.completionScript(for: .bash)
            case .zsh: Pilotfish.completionScript(for: .zsh)
            case .fish: Pilotfish.completionScript(for: .fish)
            }
        }
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() throws { print(shell.script, terminator: "") }
}

/// What completes an argument. Who may not ask the service, or whose service does not run, gets nothing, and no word of it.
enum Suggestions {
    /// Names of hosts.
    static var hosts: CompletionKind {
        .custom { _, _, typed in last(of: typed, names(asking: "list all json", "host")) }
    }

    /// The words of machines that belong to no host.
    static var newcomers: CompletionKind { .custom { _, _, _ in names(asking: "newcomers json", "words") } }

    /// Hosts and newcomers.
    static var machines: CompletionKind {
        .custom { _, _, _ in
            names(asking: "list all json", "host") + names(asking: "newcomers json", "words")
        }
    }

    /// Numbers of rollouts.
    static var rollouts: CompletionKind { .custom { _, _, _ in names(asking: "rollouts json", "rollout") } }

    /// Names of targets that the settings have.
    static var targets: CompletionKind {
        .custom { _, _, _ in
            let settings = try? SettingsSource(path: nil, overrides: Overrides()).load()
            return settings?.targets.keys.sorted() ?? []
        }
    }

    /// Names of a long list are of no help to anybody.
    private static let most = 1000

    private static func names(asking question: String, _ field: String) -> [String] {
        guard let location = try? ServiceLocation.parse([]), let answer = try? location.ask(question) else { return [] }
        return answer.split(separator: "\n").prefix(most).compactMap { JSONLine.value(of: field, in: $0) }
    }

    /// A list has commas: what stands before the last one stays.
    private static func last(of typed: String, _ names: [String]) -> [String] {
        guard let comma = typed.lastIndex(of: ",") else { return names }
        return names.map { String(typed[...comma]) + $0 }
    }
}
