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
            for refusal in Refusal.allCases { print("\(refusal.code)  \(refusal.summary)") }
            for refusal in TransferRefusal.allCases { print("\(refusal.code)  \(refusal.summary)") }
            return
        }
        if let refusal = Refusal.allCases.first(where: { $0.code == code.uppercased() }) {
            print("\(refusal.code): \(refusal.summary)\n\n\(refusal.explanation)")
        } else if let refusal = TransferRefusal.allCases.first(where: { $0.code == code.uppercased() }) {
            print("\(refusal.code): \(refusal.summary)\n\n\(refusal.explanation)")
        } else {
            throw ValidationError("there is no code \(code); \"pilotfish explain\" lists them all")
        }
    }
}
