import Assets
import BootPolicy
import ControlPlane
import Foundation
import LinuxIO
import Testing
import Wire

@Suite("what a name means, explained")
struct FileExplanationTests {
    private static func lines(_ name: String) throws -> [String] {
        let path = NSTemporaryDirectory() + "/pilotfish-explain-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path + "/win", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        for file in ["win/bcd", "boot.ipxe"] { try Data().write(to: URL(filePath: path + "/" + file)) }
        var catalog = Catalog()
        catalog.naming.ignoresCase = true
        catalog.naming.hasMachineDirectories = true
        catalog.naming.rewrites = RewriteBook([
            RewriteRule(place: "f:1", pattern: try NamePattern("^no/"), action: .deny),
            RewriteRule(
                place: "f:4", pattern: try NamePattern("^boot\\\\", ignoresCase: true),
                action: .replace(try NameReplacement("win/")), sequel: .stop),
        ])
        let client = Requester(address: IPAddress(IPv4Address(192, 0, 2, 9)), hardware: MACAddress(0x5254_0012_3456))
        let root = ServedRoot(try RootDirectory(path: path))
        return FileExplanation(name, for: client, in: catalog, assets: AssetStore(root: root), root: "/r").lines
    }

    @Test("a Windows name, step by step")
    func windows() throws {
        #expect(
            try Self.lines("\\Boot\\BCD") == [
                "name     \\Boot\\BCD", "client   52:54:00:12:34:56, 192.0.2.9", "cleaned  Boot/BCD",
                "rules    f:1 ^no/: no match", "         f:4 ^boot\\\\: yes: now win/BCD, and no other rule",
                "files    /r/machines/52-54-00-12-34-56/win/BCD (this machine's own): not there",
                "         /r/machines/192.0.2.9/win/BCD (this machine's own): not there",
                "         /r/win/BCD: answers, spelled win/bcd", "answer   this file, by TFTP and HTTP",
            ])
    }

    @Test("a file of the operator wins over the script of that name, and it is said")
    func virtual() throws {
        let lines = try Self.lines("boot.ipxe")
        #expect(lines.contains("         /r/boot.ipxe: answers"))
        #expect(
            lines.contains("         iPXE's script for \"Network boot\", made up: not looked for, a better one answers")
        )
    }

    @Test(
        "what is refused or not there",
        arguments: [
            ("no/a", "refused (TFTP ERROR 2, HTTP 403)"), ("a/../../b", "refused (TFTP ERROR 2, HTTP 403)"),
            ("nothing", "not found (TFTP ERROR 1, HTTP 404)"), ("a\u{1B}[2J", "not found (TFTP ERROR 1, HTTP 404)"),
        ])
    func refused(name: String, answer: String) throws {
        let lines = try Self.lines(name)
        #expect(lines.last == "answer   " + answer)
        #expect(!lines.joined().unicodeScalars.contains("\u{1B}"))
    }
}
