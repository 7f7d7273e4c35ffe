package import Assets
package import BootPolicy
package import Exchange
package import Inventory
package import LinuxIO
import Wire

/// Answers the commands that need the running service. One line is asked, `ok` or `error` and a text are answered.
package final class ControlDesk {
    private let callers: ControlCallers
    private let context: EngineContext
    private let inventory: Inventory
    private let groups: [any CommandGroup]

    /// The socket's path.
    ///
    /// - Parameter state: the state directory.
    package static func socketPath(in state: String) -> String { state + "/control.sock" }

    /// - Parameter root: what is served; nil where no boot is simulated.
    package init(
        callers: ControlCallers, context: EngineContext, inventory: Inventory, installs: InstallDesk,
        waker: Waker, sessions: SessionDesk? = nil, monitor: Monitor? = nil, root: ServedRoot? = nil
    ) {
        self.callers = callers
        let finder = MachineFinder(inventory: inventory, context: context)
        let groups: [(any CommandGroup)?] = [
            InstallCommands(inventory: inventory, context: context, desk: installs, waker: waker),
            HostCommands(inventory: inventory, context: context, desk: installs),
            WatchCommands(inventory: inventory, context: context, desk: installs, sessions: sessions),
            sessions.map { SessionCommands(desk: $0, installs: installs) }, monitor,
            SimulateCommands(inventory: inventory, context: context, desk: installs, root: root),
            FlightCommands(finder: finder, context: context),
        ]
        self.groups = groups.compactMap(\.self)
        self.context = context
        self.inventory = inventory
    }

    /// Watches for callers.
    func watch(on epoll: borrowing Epoll, token: UInt64) throws(SystemError) {
        try callers.watch(on: epoll, token: token)
    }

    /// Serves those who have asked something.
    ///
    /// - Parameters:
    ///   - catchUp: records what happened before the question; called once, and only if there is one.
    ///   - switchMode: puts another mode in force.
    package func serve(after catchUp: () -> Void, switchMode: (ServiceMode) throws(CommandFailure) -> Void) {
        var isCaughtUp = false
        callers.serve { question in
            if !isCaughtUp { catchUp() }
            isCaughtUp = true
            do throws(CommandFailure) {
                return "ok " + (try answer(question, switchMode)) + "\n"
            } catch {
                return "error \(error)\n"
            }
        }
    }

    private func answer(
        _ question: ControlQuestion, _ switchMode: (ServiceMode) throws(CommandFailure) -> Void
    ) throws(CommandFailure) -> String {
        let words = question.line.split(separator: " ").map(String.init)
        switch (words.first, words.dropFirst().first) {
        case ("mode", nil):
            return context.catalog.current.mode.rawValue
        case ("mode", let name?):
            guard let mode = ServiceMode(rawValue: name) else { throw CommandFailure("there is no mode \(name)") }
            try switchMode(mode)
            return context.catalog.current.mode.rawValue
        case ("firmware", nil), ("firmware", "json"):
            return try look { () throws(InventoryError) in try inventory.lessons() }.lines(json: words.count > 1)
        case ("forget", let name?):
            return try forget(name)
        case ("machine", let mac?):
            return try look { () throws(InventoryError) in try inventory.machine(mac: mac) }?.line ?? ""
        case ("transfers", nil):
            return try transfers(FieldText.words)
        case ("transfers", "json"):
            return try transfers { "{" + FieldText.members($0) + "}" }
        case ("decision", let mac?):
            return decisions(mac)
        case ("requester", let name?):
            return requester(name)
        default:
            for group in groups {
                if let answer = try group.answer(words, question.attachment) { return answer }
            }
            throw CommandFailure("this service does not know the command \"\(question.line)\"")
        }
    }

    /// A line for each transfer and response under way, those first that have made no progress for longest.
    private func transfers(_ line: ([(String, String)]) -> String) throws(CommandFailure) -> String {
        try UnderWay(context).fields.map { line($0) }.joined(separator: "\n")
    }

    /// Which machine has an address, or which address a machine has, as it was heard.
    private func requester(_ name: String) -> String {
        let heard =
            IPAddress(name).map(context.addresses.requester(at:))
            ?? MACAddress(name).flatMap(context.addresses.requester(of:))
        guard let heard, let hardware = heard.hardware else { return "" }
        return "mac=\(hardware) address=\(heard.address)"
    }

    /// What endpoints decided about a machine, or are thinking about: a line for each.
    private func decisions(_ mac: String) -> String {
        guard let hardware = MACAddress(mac) else { return "" }
        return context.decisions.known(of: hardware, now: Clock.now).map { known in
            let left = EventText.decimal(known.left.seconds, places: 1)
            return "\(known.url) " + (known.summary.map { "\($0), for \(left) s more" } ?? "is asked now")
        }.joined(separator: "\n")
    }

    private func forget(_ name: String) throws(CommandFailure) -> String {
        let fingerprint = Fingerprint(name)
        guard name == "all" || fingerprint != nil else { throw CommandFailure("there is no kind \(name)") }
        try look { () throws(InventoryError) in try inventory.forgetLessons(about: fingerprint) }
        context.memory.tell(.forget(fingerprint))
        return "forgotten"
    }
}

/// Commands of one kind.
protocol CommandGroup {
    /// - Returns: nil for the words of another command.
    func answer(_ words: [String], _ attachment: String) throws(CommandFailure) -> String?
}

/// Why a command was not carried out, or not wholly, in a sentence for who gave it.
package struct CommandFailure: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Uses the inventory for who gave a command.
func look<Found>(_ body: () throws(InventoryError) -> Found) throws(CommandFailure) -> Found {
    do throws(InventoryError) {
        return try body()
    } catch {
        throw CommandFailure("\(error)")
    }
}

extension Machine {
    /// `key=value` words of what a boot client says of itself.
    fileprivate var line: String {
        let words = [
            architecture.map { "architecture=\($0.rawValue)" }, uuid.map { "uuid=\($0)" },
            fingerprint.map { "fingerprint=\($0)" }, "stage=\(lastStage)", lastAddress.map { "address=\($0)" },
        ]
        return words.compactMap(\.self).joined(separator: " ")
    }
}
