import Foundation
import Settings
import Testing

/// `pilotfish.toml(5)`, which has every key with what it means, what may stand there, its default and an example. The examples
/// themselves are checked in the lab (`Tests/Lab/examples.sh`).
@Suite("pilotfish.toml(5)")
struct ManualTests {
    private static let entries: [String] = {
        let house = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../")
        let page = house.appending(path: "Packaging/man/pilotfish.toml.5")
        let text = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
        return text.components(separatedBy: "\n.It Va ").dropFirst().map { entry in
            entry.components(separatedBy: "\n.El\n")[0] + "\n"
        }
    }()

    /// Whether one of the entries has this name and all of these lines: names may stand in more than one table.
    private func has(_ name: String, lines: [String]) -> Bool {
        Self.entries.contains { entry in
            entry.hasPrefix("\(name)\n") && entry.contains("\n.Dl \"\(name) = ")
                && lines.allSatisfy { entry.contains("\n\($0.replacing("\\", with: "\\e"))\n") }
        }
    }

    @Test(
        "has every key with its meaning, its values, its default and an example", arguments: SettingKey.all.map(\.name))
    func keys(name: String) throws {
        let key = try #require(SettingKey.all.first { $0.name == name })
        var lines = [key.summary, "Allowed: \(key.allowed).", "Default: \(key.defaultText)."]
        if !key.isLive { lines.append("Needs a restart.") }
        #expect(has(name, lines: lines))
    }

    @Test("has every key of every table")
    func tables() {
        expect(TableKey.rule)
        expect(TableKey.target)
        expect(TableKey.menu)
        expect(TableKey.machine)
        expect(TableKey.firmwareMenu)
        expect(TableKey.item)
        expect(TableKey.mirror)
        expect(TableKey.hook)
        expect(TableKey.rewrite)
    }

    private func expect<Table>(_ keys: [TableKey<Table>]) {
        for key in keys {
            #expect(has(key.name, lines: [key.summary, "Allowed: \(key.allowed)."]), "\(key.name) of \(Table.self)")
        }
    }

    @Test("says of no key that takes effect at once that it needs a restart, and knows no other keys")
    func nothingElse() {
        let live = Set(SettingKey.all.filter(\.isLive).map(\.name))
        let tables =
            TableKey.rule.map(\.name) + TableKey.target.map(\.name) + TableKey.menu.map(\.name)
            + TableKey.machine.map(\.name) + TableKey.firmwareMenu.map(\.name) + TableKey.item.map(\.name)
            + TableKey.mirror.map(\.name) + TableKey.hook.map(\.name) + TableKey.rewrite.map(\.name)
        let known = Set(SettingKey.all.map(\.name) + tables)
        #expect(Self.entries.count == SettingKey.all.count + tables.count)
        for entry in Self.entries {
            let name = String(entry.prefix { $0 != "\n" })
            #expect(known.contains(name), "\(name)")
            #expect(!live.contains(name) || !entry.contains("\nNeeds a restart.\n"), "\(name)")
        }
    }
}
