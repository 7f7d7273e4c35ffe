import BootPolicy
import Foundation
import Settings
import Testing

/// `Packaging/pilotfish.toml`, which every operator begins with, and the reference.
@Suite struct PackagedFileTests {
    private func packaged() throws -> String {
        let house = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../")
        return try String(contentsOf: house.appending(path: "Packaging/pilotfish.toml"), encoding: .utf8)
    }

    @Test func itParsesAndOnlyObserves() throws {
        let read = try Settings.parse(packaged(), file: "pilotfish.toml")
        #expect(read == settings { $0.mode = .observe })
    }

    @Test func commentedKeysShowTheDefaults() throws {
        let text = try packaged()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("#") && line.dropFirst().first?.isLetter == true ? String(line.dropFirst()) : String(line)
        }
        let read = try Settings.parse(lines.joined(separator: "\n"), file: "pilotfish.toml")
        #expect(read == settings { $0.mode = .observe })
    }

    /// Lines that begin with `#` and four blanks.
    @Test func examplesAreRight() throws {
        let lines = try packaged().split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("#    ") ? $0.dropFirst() : $0 }
        let read = try Settings.parse(lines.joined(separator: "\n"), file: "pilotfish.toml")
        #expect(read.rules.count == 4)
        #expect(read.firmwareMenu.items.count == 3)
        #expect(read.targets.count == 5)
        #expect(read.menus.count == 2)
        #expect(read.variables.count == 2)
        #expect(read.machines["web1"]?.variables.count == 1)
        #expect(read.secrets.count == 2)
        #expect(read.hooks.count == 2)
        #expect(read.mirrors.count == 1)
        #expect(read.tftp.naming.rewrites.rules.count == 2)
        #expect(read.warnings.isEmpty)
    }

    @Test func itExplainsEveryKeyOfTheTables() throws {
        let text = try packaged()
        let keys = TableKey.rule.map(\.name) + TableKey.firmwareMenu.map(\.name) + TableKey.item.map(\.name)
        for key in keys + TableKey.target.map(\.name) + TableKey.menu.map(\.name) + TableKey.rewrite.map(\.name)
            + TableKey.mirror.map(\.name) + TableKey.hook.map(\.name)
            + TableKey.machine.map(\.name)
        {
            #expect(text.components(separatedBy: "\n").contains { $0.hasPrefix("#") && $0.contains(key) }, "\(key)")
        }
    }

    @Test func itNamesEveryKeyWithItsDefaultAndInOrder() throws {
        var rest = try packaged()[...]
        for key in SettingKey.all where key.name != "mode" {
            let parts = key.name.split(separator: ".")
            if parts.count == 2, let table = rest.range(of: "\n[\(parts[0])]") { rest = rest[table.upperBound...] }
            let line = "\n#\(parts[parts.count - 1]) = \(key.defaultText)\n"
            let found = rest.range(of: line)
            #expect(found != nil, "\(key.name) is missing")
            rest = rest[(found?.lowerBound ?? rest.startIndex)...]
        }
    }

    @Test func itMarksTheKeysThatNeedARestart() throws {
        let text = try packaged()
        #expect(text.components(separatedBy: "(restart)").count - 2 == SettingKey.all.count { !$0.isLive })
    }

    @Test func referenceNamesEveryKey() {
        for key in SettingKey.all {
            #expect(Settings.reference.contains("\(key.name) = \(key.defaultText)\n"))
            #expect(!key.summary.isEmpty && key.summary.hasSuffix("."))
        }
        expectReference(TableKey.rule, behind: "[[rule]]")
        expectReference(TableKey.menu, behind: "[menu.NAME]\n    A menu that iPXE, PXELINUX and GRUB show.")
        expectReference(TableKey.firmwareMenu, behind: "[firmware-menu]")
        expectReference(TableKey.item, behind: "[[firmware-menu.item]]")
        expectReference(
            TableKey.mirror,
            behind:
                "[mirror.NAME]\n    An upstream server whose files are fetched once, kept below state, and served as "
                + "mirror/NAME/PATH.")
        expectReference(
            TableKey.hook,
            behind:
                "[hook.NAME]\n    A command or an endpoint that hears of what happens to machines: an event as one JSON object."
        )
        expectReference(TableKey.rewrite, behind: "[[tftp.rewrite]]")
    }

    private func expectReference<Table>(_ keys: [TableKey<Table>], behind header: String) {
        var rest = Settings.reference[...]
        for line in [header] + keys.map({ "\($0.name)\n    \($0.summary)\n    Allowed: \($0.allowed)." }) {
            let found = rest.range(of: "\n\(line)\n")
            #expect(found != nil, "\(line)")
            rest = rest[(found.map { rest.index(before: $0.upperBound) } ?? rest.startIndex)...]
        }
    }
}
