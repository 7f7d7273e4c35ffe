import BootPolicy
import Doctor
import LinuxIO
import Settings
import Testing

@Suite("the doctor and files")
struct FileTests {
    private static let account = Account(name: "boots", user: 900, group: 901)

    @Test(
        "modes as the kernel reads them: the first class that fits, and no other",
        arguments: [
            (900, 0, 0o400, true), (900, 901, 0o044, false), (0, 901, 0o040, true), (0, 901, 0o404, false),
            (0, 0, 0o004, true), (0, 0, 0o660, false),
        ] as [(UInt32, UInt32, UInt32, Bool)])
    func modes(owner: UInt32, group: UInt32, bits: UInt32, isAllowed: Bool) {
        #expect(FileMode(owner: owner, group: group, bits: bits).allows(.read, for: Self.account) == isAllowed)
    }

    /// A file at the end of its directories, each with a mode of root's.
    private static func facts(_ path: String, _ modes: [UInt32], head: String = "", size: Int64? = nil) -> PathFacts {
        var facts = PathFacts()
        facts.real = path
        facts.head = Array(head.utf8)
        facts.size = size ?? Int64(head.utf8.count)
        var here = ""
        facts.steps = [("/", FileMode(owner: 0, group: 0, bits: 0o755))]
        for (part, bits) in zip(path.split(separator: "/"), modes) {
            here += "/\(part)"
            facts.steps.append((here, FileMode(owner: 0, group: 0, bits: bits)))
        }
        return facts
    }

    private static var missing: PathFacts {
        var facts = PathFacts()
        facts.problem = SystemError(2, call: "open", subject: "it")
        return facts
    }

    private static let kernel =
        "MZ" + String(repeating: "\0", count: 0x200) + "HdrS" + String(repeating: "\0", count: 64)
    private static let initrd = "070701" + String(repeating: "\0", count: 64)

    /// What is found of the files of the usual boot.
    private static func judge(_ kernel: PathFacts, _ initrd: PathFacts? = nil) throws -> [Finding] {
        let settings = try Settings.parse("root = '/srv/boot'\nstate = '/var/lib/boot'", file: "f")
        let catalog = settings.catalog { _ in true }
        let check = FileCheck(settings: settings, catalog: catalog, account: account) { path in
            switch path {
            case "/srv/boot": facts(path, [0o755, 0o755])
            case "/srv/boot/vmlinuz": kernel
            case "/srv/boot/initrd.img": initrd ?? facts(path, [0o755, 0o755, 0o644], head: Self.initrd)
            default: missing
            }
        }
        return check.findings
    }

    private static func file(_ modes: [UInt32], head: String = kernel, size: Int64? = nil) -> PathFacts {
        facts("/srv/boot/vmlinuz", modes, head: head, size: size)
    }

    @Test("a file that is right")
    func fine() throws {
        #expect(try Self.judge(Self.file([0o755, 0o755, 0o644])) == [])
    }

    @Test("what is wrong with a file")
    func wrong() throws {
        #expect(try Self.judge(Self.missing).map(\.code) == ["PF-H051"])
        let unreadable = try Self.judge(Self.file([0o755, 0o755, 0o600]))
        #expect(unreadable.map(\.code) == ["PF-H052"])
        #expect(unreadable.first?.command == "chmod o+r /srv/boot/vmlinuz")
        let closed = try Self.judge(Self.file([0o700, 0o755, 0o644]))
        #expect(closed.map(\.command) == ["chmod o+x /srv"])
        #expect(try Self.judge(Self.file([0o755, 0o755, 0o644], head: "")).map(\.code) == ["PF-H054"])
        #expect(try Self.judge(Self.file([0o755, 0o755, 0o666])).map(\.code) == ["PF-H056"])
        let page = "<!DOCTYPE html><html><head><title>404 Not Found</title></head><body>not here</body></html>"
        #expect(try Self.judge(Self.file([0o755, 0o755, 0o644], head: page)).map(\.severity) == [.error])
        let large = try Self.judge(Self.file([0o755, 0o755, 0o644], size: 2 << 30))
        #expect(large.map(\.code) == ["PF-H059"])
        var link = Self.file([0o755, 0o755, 0o644])
        link.real = "/etc/vmlinuz"
        #expect(try Self.judge(link).map(\.code) == ["PF-H053"])
    }

    @Test("the certificate and the key of the control API")
    func certificates() throws {
        let settings = try Settings.parse(
            "root = '/srv/boot'\napi.certificate = '/c'\napi.key = '/k'\napi.listen = ['0.0.0.0:8443']", file: "f")
        let check = FileCheck(settings: settings, catalog: settings.catalog { _ in true }, account: Self.account) {
            path in
            switch path {
            case "/c": return Self.missing
            case "/k":
                var facts = PathFacts()
                facts.problem = SystemError(13, call: "open", subject: "it")
                return facts
            case "/srv/boot": return Self.facts(path, [0o755, 0o755])
            case "/srv/boot/vmlinuz": return Self.file([0o755, 0o755, 0o644])
            default: return Self.facts(path, [0o755, 0o755, 0o644], head: Self.initrd)
            }
        }
        let found = check.findings.filter { $0.what.contains("control API") }
        #expect(found.map(\.code) == ["PF-H051", "PF-H009"])
        #expect(found.map(\.severity) == [.warning, .note])
    }

    @Test("what the service found of a server is told once")
    func once() {
        func finding(_ area: Finding.Area, _ server: String?, _ code: String = "PF-S003") -> Finding {
            Finding(code: code, severity: .warning, area: area, what: "it", server: server)
        }
        let all = [
            finding(.service, "192.0.2.1"), finding(.service, "192.0.2.2"), finding(.service, nil, "PF-V007"),
            finding(.lan, "192.0.2.1"),
        ]
        #expect(all.toldOnce == Array(all.dropFirst()))
    }

    @Test("no root, no files")
    func noRoot() throws {
        let settings = try Settings.parse("root = '/srv/boot'", file: "f")
        let check = FileCheck(settings: settings, catalog: settings.catalog { _ in false }, account: Self.account) {
            _ in
            Self.missing
        }
        #expect(check.findings.map(\.code) == ["PF-H050"])
    }

    /// A header of PE32+ for a machine, with certificates or without.
    private static func program(_ machine: UInt16, isSigned: Bool = false) -> [UInt8] {
        var head = [UInt8](repeating: 0, count: 512)
        head.replaceSubrange(0..<2, with: Array("MZ".utf8))
        head[0x3C] = 0x80
        head.replaceSubrange(0x80..<0x82, with: Array("PE".utf8))
        (head[0x84], head[0x85]) = (UInt8(machine & 0xFF), UInt8(machine >> 8))
        (head[0x98], head[0x99]) = (0x0B, 0x02)
        head[0x98 + 108] = 16
        head[0x98 + 112 + 4 * 8 + 4] = isSigned ? 8 : 0
        return head
    }

    @Test("loaders: what they are, and for whom", arguments: [(0x8664, true), (0xAA64, false)] as [(UInt16, Bool)])
    func kinds(machine: UInt16, isX64: Bool) throws {
        let kind = try #require(LoaderKind(Self.program(machine, isSigned: isX64)))
        #expect(kind == .efi(LoaderKind.Machine(rawValue: machine), isSigned: isX64))
        #expect(kind.starts(on: .uefiX64) == isX64)
        #expect(kind.starts(on: .bios) == false)
        #expect(LoaderKind([UInt8](repeating: 0xEA, count: 32))?.starts(on: .uefiX64) == false)
        #expect(LoaderKind([]) == nil)
        #expect(LoaderKind(Array("<html><body>Not Found</body></html>".utf8)) == .text)
    }

    @Test(
        "the loaders of Debian's packages",
        arguments: [
            ("/usr/lib/ipxe/snponly.efi", LoaderKind.efi(.init(rawValue: 0x8664), isSigned: false)),
            ("/usr/lib/ipxe/undionly.kpxe", .bios), ("/usr/lib/PXELINUX/pxelinux.0", .bios),
            ("/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed", .efi(.init(rawValue: 0x8664), isSigned: true)),
        ] as [(String, LoaderKind)])
    func packaged(path: String, kind: LoaderKind) {
        let facts = PathFacts.look(path)
        // Not installed on every machine that builds.
        guard facts.problem == nil else { return }
        #expect(LoaderKind(facts.head) == kind)
    }

    /// Findings of the loaders of x64 UEFI, each file with this head.
    private static func loaders(_ heads: [String: [UInt8]], _ text: String) throws -> [Finding] {
        let settings = try Settings.parse(
            "root = '/srv/boot'\n[loaders]\nbios = []\nbios-ipxe = []\n" + text, file: "f")
        return LoaderCheck(settings: settings, catalog: settings.catalog { _ in true }, account: account) { path in
            guard let head = heads[path] else { return missing }
            var found = facts(path, path.split(separator: "/").map { _ in 0o755 })
            found.head = head
            return found
        }.findings
    }

    @Test("loaders that are missing, or made for another machine")
    func loaders() throws {
        let none = try Self.loaders([:], "uefi-x64 = '/usr/lib/ipxe/snponly.efi'")
        #expect(none.map(\.code) == ["PF-H060"])
        #expect(none.first?.command == "apt-get install --reinstall ipxe")
        let wrong = try Self.loaders(["/srv/boot/a.efi": Self.program(0xAA64, isSigned: true)], "uefi-x64 = 'a.efi'")
        #expect(wrong.map(\.code) == ["PF-H061"])
        #expect(
            wrong.first?.what == "the loader /srv/boot/a.efi for clients uefi-x64 is a program for arm64 UEFI")
        let second = try Self.loaders(["/srv/boot/a.efi": Self.program(0x8664)], "uefi-x64 = ['a.efi', 'b.efi']")
        #expect(second.map(\.code) == ["PF-H060", "PF-H063"])
        #expect(second.map(\.severity) == [.note, .note])
    }
}
