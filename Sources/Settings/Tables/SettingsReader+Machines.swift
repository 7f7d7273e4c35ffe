import BootPolicy
import Wire

/// `[machine.NAME]`, `[variables]`, `[secrets]`.
extension SettingsReader {
    private static let variables = "variables"

    /// - Parameter isWhole: whether this text alone has to say which machines are meant.
    mutating func readMachines(_ node: TOMLNode, isWhole: Bool = true) {
        for (name, entry) in namedTables(node, key: "machine", Check.hostName) {
            let path = "machine.\(name)"
            guard let keys = entries(of: entry.value, key: path, header: "[\(path)]") else { continue }
            var table = MachineTable()
            _ = read(
                keys, by: TableKey.machine, into: &table, path: path, header: "[\(path)]", beside: [Self.variables])
            if isWhole, !keys.contains(where: { $0.key == "mac" }) {
                report(entry.place, path, "nothing says which machine it is; write mac = [\"52:54:00:12:34:56\"]")
            }
            let values = keys.first { $0.key == Self.variables }.map { readValues($0.value, path: "\(path).variables") }
            checkOwner(of: table.hardware, at: places["\(path).mac"] ?? entry.place, besides: name)
            settings.machines[name] = table.machine(name, values ?? [:])
        }
    }

    /// A network card sits in one machine.
    private mutating func checkOwner(of hardware: [MACAddress], at place: Place, besides name: String) {
        for address in hardware {
            let owner = cardOwners.updateValue(name, forKey: address)
            guard let owner, owner != name else { continue }
            report(place, "machine.\(name).mac", "\(address) is \(owner)'s; take it away from one of them")
        }
    }

    mutating func readVariables(_ node: TOMLNode) {
        settings.variables.merge(readValues(node, path: Self.variables)) { $1 }
    }

    private mutating func readValues(_ node: TOMLNode, path: String) -> [String: VariableValue] {
        var values: [String: VariableValue] = [:]
        for entry in entries(of: node, key: path, header: "[\(path)]") ?? [] {
            let key = "\(path).\(entry.key)"
            do throws(Problem) {
                _ = try Check.variableName(entry.key)
            } catch {
                report(entry.place, key, error.text)
                continue
            }
            var faults: [SettingFault] = []
            values[entry.key] = SettingFormat<VariableValue>.variable.read(entry.value, &faults)
            for fault in faults { report(fault.place, key, fault.message) }
        }
        return values
    }

    mutating func readSecrets(_ node: TOMLNode) {
        for entry in entries(of: node, key: "secrets", header: "[secrets]") ?? [] {
            let path = "secrets.\(entry.key)"
            var faults: [SettingFault] = []
            do throws(Problem) {
                _ = try Check.targetName(entry.key)
                settings.secrets[entry.key] = SettingFormat<String>.secretFile.read(entry.value, &faults)
            } catch {
                report(entry.place, path, error.text)
            }
            for fault in faults { report(fault.place, path, fault.message) }
        }
    }
}

extension SettingFormat where Value == String {
    static let secretFile = text("the absolute path of a file that holds the secret") { text throws(Problem) in
        try Check.absolutePath(text)
    }
}
