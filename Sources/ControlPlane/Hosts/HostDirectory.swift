import BootPolicy
import Fleet

/// The hosts that the operator can mean: the machines of the settings, and those of the inventory beside them.
struct HostDirectory {
    private let catalog: Catalog

    init(_ catalog: Catalog) {
        self.catalog = catalog
    }

    /// The machine of the settings that has that name.
    func settings(_ name: String) -> NamedMachine? {
        guard var machine = catalog.machines[name: name] else { return nil }
        if catalog.hosts[name: name]?.isProtected == true { machine.isProtected = true }
        return machine
    }

    /// In the order of their names. Of one name the settings have the last word, but protected is who is so in either.
    var all: [NamedMachine] {
        let named = catalog.machines.all.compactMap { settings($0.name) }
        let others = catalog.hosts.all.filter { catalog.machines[name: $0.name] == nil }
        return (named + others).sorted { $0.name < $1.name }
    }

    func isOfSettings(_ name: String) -> Bool { catalog.machines[name: name] != nil }

    /// Those that a list means, in the language of `HostSelector`.
    ///
    /// - Throws: also when a part of the list means nobody, which most often is a slip of the pen.
    func hosts(_ list: String) throws(CommandFailure) -> [NamedMachine] {
        let all = all
        let selection: HostSelector.Selection
        do throws(HostSelector.Fault) {
            selection = try HostSelector(list).select(from: all.map(HostSelector.Subject.init))
        } catch {
            throw CommandFailure("the list of hosts, \(list): \(error)")
        }
        guard selection.idle.isEmpty else {
            throw CommandFailure("no host is meant by \(selection.idle.joined(separator: ", "))")
        }
        let selected = Set(selection.subjects.map(\.name))
        return all.filter { selected.contains($0.name) }
    }
}

extension HostSelector.Subject {
    init(_ host: NamedMachine) {
        self.init(name: host.name, groups: host.groups, tags: host.tags)
    }
}
