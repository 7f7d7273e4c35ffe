package import Assets
package import BootPolicy
import LinuxIO
import Wire

/// What a name means that a client asks for, and how that was decided.
package struct FileExplanation: Sendable {
    private var telling = Telling()

    /// For people.
    package var lines: [String] { telling.lines }
    /// For programs: an object on one line.
    package var json: String { JSONText.object([("steps", telling.json)]).line }

    /// - Parameters:
    ///   - name: as the client would send it.
    ///   - root: the root's path, for messages.
    package init(_ name: String, for requester: Requester, in catalog: Catalog, assets: AssetStore, root: String) {
        say("name", name.forTerminal)
        let machine = requester.hardware.map { "\($0)" } ?? "a machine whose hardware address nobody heard"
        say("client", machine + (requester.address.isAny ? "" : ", \(requester.address)"))
        let (resolution, fates, problem) = assets.explain(name.utf8, for: requester, catalog: catalog)
        switch resolution.cleaned {
        case .failure(let problem): say("cleaned", "no name at all: \(Self.describe(problem))")
        case .success(let path): say("cleaned", path.text.forTerminal)
        }
        tell(resolution.steps, catalog.naming.rewrites, sequel: resolution.path)
        tell(fates, behind: resolution.candidates.dropFirst(fates.count), root)
        say("answer", problem.map(Self.describe) ?? "this file, by TFTP and HTTP")
    }

    private mutating func say(_ title: String, _ text: String) { telling.say(title, text) }

    private mutating func tell(_ steps: [RewriteStep], _ book: RewriteBook, sequel: RequestPath?) {
        for (number, step) in steps.enumerated() {
            let rule = book.rules[step.rule]
            say(number == 0 ? "rules" : "", "\(rule.place) \(rule.pattern.text): \(Self.describe(step.outcome, rule))")
        }
        if book.rules.isEmpty { say("rules", "there are none") }
    }

    private static func describe(_ outcome: RewriteStep.Outcome, _ rule: RewriteRule) -> String {
        switch outcome {
        case .elsewhere: return "no: it is for other networks"
        case .noMatch: return "no match"
        case .denied: return "yes: refused"
        case .spoiled(let problem): return "yes: but the new name is none, \(describe(problem)): refused"
        case .endless: return "began again more than \(RewriteBook.mostRounds) times: refused"
        case .became(let name):
            let sequel =
                switch rule.sequel {
                case .next: ""
                case .again: ", from the first rule again"
                case .stop: ", and no other rule"
                }
            return "yes: now \(name.forTerminal)\(sequel)"
        }
    }

    private static func describe(_ problem: RequestPath.Problem) -> String {
        switch problem {
        case .empty: "nothing is left of it"
        case .unreadable: "it has control characters, or is not UTF-8"
        case .leavesRoot: "it contains \"..\""
        case .tooLong: "it is longer than any path"
        }
    }

    private mutating func tell(
        _ fates: [(candidate: Candidate, fate: CandidateFate)], behind others: some Collection<Candidate>,
        _ root: String
    ) {
        var title = "files"
        for (candidate, fate) in fates {
            say(title, "\(Self.describe(candidate, root)): \(Self.describe(fate))")
            title = ""
        }
        for candidate in others {
            say(title, "\(Self.describe(candidate, root)): not looked for, a better one answers")
            title = ""
        }
    }

    private static func describe(_ candidate: Candidate, _ root: String) -> String {
        let what =
            switch candidate.asset {
            case .rootFile(let path): "\(root)/\(path.text.forTerminal)"
            case .hostFile(let path): path
            case .script(.ipxe, let entry): "iPXE's script for \"\(entry.title)\", made up"
            case .script(.pxelinux, let entry): "PXELINUX's configuration for \"\(entry.title)\", made up"
            case .script(.grub, let entry): "GRUB's configuration for \"\(entry.title)\", made up"
            case .automaticScript: "the script that asks DHCP, made up"
            case .lockedScript(let menu): "iPXE's script for the menu \"\(menu)\", for those with its password"
            case .text: "a script, made up"
            case .answerFile(let template, let machine):
                "the answer file \(template)" + (machine.hardware.map { " of \($0)" } ?? "") + ", made of its template"
            case .foreignAnswerFile: "an answer file"
            case .mirrored(let plan, let path): plan.url(of: path).forTerminal
            case .install(_, let enrolment): "what the install of \(enrolment.target.forTerminal) has for this machine"
            }
        switch candidate.reason {
        case .machine: return what + " (this machine's own)"
        case .raspberryPi: return what + " (shared by all Raspberry Pis)"
        case .loader: return what + " (a loader of the settings)"
        case .module: return what + " (part of a loader of Debian's)"
        case .mirror: return what + " (another server's)"
        case .path, .made, .install: return what
        }
    }

    private static func describe(_ fate: CandidateFate) -> String {
        switch fate {
        case .answers(nil): "answers"
        case .answersFromImage: "answers, out of the image that was imported"
        case .refused(let error) where error.isStale:
            "cannot be given out (\(error.subject) is another file by now; an image is served again when imported with --replace)"
        case .answers(let spelling?): "answers, spelled \(spelling.forTerminal)"
        case .missing: "not there"
        case .isFetched: "is fetched when somebody asks, and kept"
        case .belongsToAnother: "is of another machine than the one that has this address"
        case .isDecidedThen: "decided when the machine asks"
        case .wantsPassword: "wants the password, which did not come with the request"
        case .refused(let error): "cannot be given out (\(error))"
        }
    }

    private static func describe(_ problem: AssetProblem) -> String {
        switch problem {
        case .notFound: "not found (TFTP ERROR 1, HTTP 404)"
        case .denied: "refused (TFTP ERROR 2, HTTP 403)"
        case .locked: "refused without the password (TFTP ERROR 2, HTTP 401)"
        case .unreadable: "cannot be read (TFTP ERROR 0, HTTP 500)"
        case .notWritten(let why): "cannot be written down: \(why) (TFTP ERROR 0, HTTP 503)"
        case .incomplete(let missing):
            "refused, for no value is known for \(missing.joined(separator: ", ")) (TFTP ERROR 0, HTTP 500)"
        case .upstream(let failure): "its own server does not give it: \(failure.text) (TFTP ERROR 0, HTTP 502)"
        }
    }
}
