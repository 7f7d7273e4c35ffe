import Assets
import BootPolicy
import Exchange
import Inventory
import LinuxIO
package import Simulation
import Wire

/// The operator's question what a machine would do if it were switched on now.
struct SimulateCommands: CommandGroup {
    let inventory: Inventory
    let context: EngineContext
    let desk: InstallDesk
    /// What is served; nil where nothing is.
    let root: ServedRoot?

    /// Answers a question.
    ///
    /// - Returns: nil for the words of another command.
    func answer(_ words: [String], _ attachment: String = "") throws(CommandFailure) -> String? {
        guard words.first == "simulate" else { return nil }
        let question = try RehearsalQuestion(words.dropFirst())
        guard let root else { throw CommandFailure("this service has no files to look at") }
        let (context, installs) = (self.context, RehearsedInstalls(desk: desk))
        var catalog = context.catalog.current
        catalog.answers = catalog.answers.replacingSecrets { _ in "********" }
        let world = RehearsalWorld(catalog: catalog, root: root, installs: installs) {
            context.installs.enrol($0, asking: $1)
        }
        return RehearsalText.answer(Rehearsal.play(try plan(question), in: world), isJSON: question.isJSON)
    }

    /// The machine, with what is known of it: the service may have met it.
    private func plan(_ question: RehearsalQuestion) throws(CommandFailure) -> RehearsalPlan {
        var question = question
        if let card = question.hardware {
            question.address = question.address ?? context.addresses.requester(of: card)?.address.ipv4
            let known = try look { () throws(InventoryError) in try inventory.machine(mac: "\(card)") }
            question.machine = question.machine ?? known?.uuid.flatMap { MachineUUID($0) }
        }
        let served = try interface(question)
        question.interface = served.name
        var plan = question.plan(server: served.address)
        let lessons = try look { () throws(InventoryError) in try inventory.lessons() }
        plan.lessons = Dictionary(lessons.map { ($0.fingerprint, $0) }) { first, _ in first }
        plan.time = Clock.wallMilliseconds
        return plan
    }

    /// The interface that it stands behind: the one that was asked for, or that has the address that was, else the first
    /// that is served.
    private func interface(
        _ question: RehearsalQuestion
    ) throws(CommandFailure) -> (name: String, address: IPv4Address) {
        let served = context.interfaces.indices.compactMap { index in
            NetworkInterface.address(of: index).map { (name: NetworkInterface.name(of: index), address: $0) }
        }
        if let name = question.interface {
            guard let found = served.first(where: { $0.name == name }) else {
                throw CommandFailure("\(name) is no interface that is served")
            }
            return found
        }
        if let server = question.server { return served.first { $0.address == server } ?? ("", server) }
        guard let first = served.first else {
            throw CommandFailure("no interface is served now: name our address with server=ADDRESS")
        }
        return first
    }
}

/// What installs would answer a machine that only plays.
private struct RehearsedInstalls: InstallSource {
    let desk: InstallDesk

    func take(_ step: InstallStep, of enrolment: Enrolment) -> InstallAnswer { desk.rehearse(step, of: enrolment) }

    func note(fetchBy enrolment: Enrolment) {}
}

extension RehearsalText {
    private static let failed = "failed"
    private static let ended = "ended"

    /// For people, with a first line that says whether the boot failed; or as JSON, which begins with that.
    package static func answer(_ report: RehearsalReport, isJSON: Bool) -> String {
        if isJSON { return json(report) }
        return ([report.end.isFailure ? failed : ended] + lines(report)).joined(separator: "\n")
    }

    /// What an answer of the service says, and whether the boot failed.
    package static func read(_ answer: String) -> (text: String, isFailure: Bool) {
        if answer.hasPrefix("{") { return (answer, answer.hasPrefix("{\"failed\":true")) }
        let parts = answer.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        return (parts.count > 1 ? String(parts[1]) : "", parts.first.map(String.init) == failed)
    }
}
