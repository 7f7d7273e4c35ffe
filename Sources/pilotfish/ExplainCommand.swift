import ArgumentParser
import BootPolicy

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says what a code of the log means and what to do."
    )

    @Argument(help: "A code such as PF-D011; none lists them all.")
    var code: String?

    func run() throws {
        guard let code else {
            for entry in Self.entries { print("\(entry.code)  \(entry.summary)") }
            return
        }
        guard let entry = Self.entries.first(where: { $0.code == code.uppercased() }) else {
            throw ValidationError("there is no code \(code); \"pilotfish explain\" lists them all")
        }
        print("\(entry.code): \(entry.summary)\n\n\(entry.explanation)")
    }

    private static var entries: [(code: String, summary: String, explanation: String)] {
        Refusal.allCases.map { ($0.code, $0.summary, $0.explanation) }
            + TransferRefusal.allCases.map { ($0.code, $0.summary, $0.explanation) }
    }
}
