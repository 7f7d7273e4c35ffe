import Foundation
package import Simulation
package import Wire

/// What is asked of a rehearsal: `KIND [mac=…] [uuid=…] [serial=…] [ip=…] [interface=…] [server=…] [memory=MIB]
/// [choose=LABEL]… [json]`. A label's blanks are percent-encoded: a question is words on a line.
package struct RehearsalQuestion: Sendable {
    package var kind: RehearsedKind
    package var hardware: MACAddress?
    package var machine: MachineUUID?
    package var serial: String?
    package var address: IPv4Address?
    package var interface: String?
    package var server: IPv4Address?
    /// In MiB.
    package var memory: Int?
    package var choices: [String] = []
    package var isJSON = false

    package init(_ kind: RehearsedKind) {
        self.kind = kind
    }

    /// - Throws: what is wrong with a word.
    init(_ words: some Sequence<String>) throws(CommandFailure) {
        var kind: RehearsedKind?
        var rest: [String] = []
        for word in words {
            if kind == nil { kind = RehearsedKind(rawValue: word) } else { rest.append(word) }
        }
        guard let kind else {
            let names = RehearsedKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure("simulate wants one of these machines first: \(names)")
        }
        self.init(kind)
        for word in rest {
            guard take(word) else { throw CommandFailure("simulate does not understand \"\(word)\"") }
        }
    }

    private mutating func take(_ word: String) -> Bool {
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            isJSON = word == "json"
            return isJSON
        }
        let value = parts[1]
        switch parts[0] {
        case "mac": hardware = MACAddress(value)
        case "uuid": machine = MachineUUID(value)
        case "serial": serial = value
        case "ip": address = IPv4Address(value)
        case "interface": interface = value
        case "server": server = IPv4Address(value)
        case "memory": memory = Int(value)
        case "choose": choices.append(value.removingPercentEncoding ?? value)
        default: return false
        }
        let taken: [String: Bool] = [
            "mac": hardware != nil, "uuid": machine != nil, "ip": address?.isUnicast == true,
            "server": server?.isUnicast == true, "memory": memory.map { $0 > 0 } == true,
        ]
        return taken[parts[0]] ?? true
    }

    /// The words that say this.
    package var line: String {
        let blanks = CharacterSet.urlPathAllowed.subtracting([" ", "%"])
        let named: [(String, String?)] = [
            ("mac", hardware.map { "\($0)" }), ("uuid", machine.map { "\($0)" }), ("serial", serial),
            ("ip", address.map { "\($0)" }), ("interface", interface), ("server", server.map { "\($0)" }),
            ("memory", memory.map { "\($0)" }),
        ]
        let words = named.compactMap { name, value in value.map { "\(name)=\($0)" } }
        let wishes = choices.map { "choose=" + ($0.addingPercentEncoding(withAllowedCharacters: blanks) ?? $0) }
        return ([kind.rawValue] + words + wishes + (isJSON ? ["json"] : [])).joined(separator: " ")
    }

    /// The machine that is asked for.
    ///
    /// - Parameter server: our address where the question names none.
    package func plan(server usual: IPv4Address) -> RehearsalPlan {
        var plan = RehearsalPlan(kind, hardware: hardware, machine: machine, server: server ?? usual)
        plan.interfaceName = interface ?? ""
        plan.choices = choices
        if let serial { plan.serial = serial }
        if let address { plan.address = address }
        if let memory { plan.memory = memory }
        return plan
    }
}
