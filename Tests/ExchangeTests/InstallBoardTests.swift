import BootPolicy
import Exchange
import Testing
import Wire

@Suite("the board of installs")
struct InstallBoardTests {
    private static let card = MACAddress(0x52_54_00_00_00_01)
    private static let address = IPv4Address(10, 0, 0, 7)
    private static let old = InstallToken(high: 1, low: 2)
    private static let token = InstallToken(high: 3, low: 4)
    private static let boot = BootSighting(machine: MachineUUID(high: 7, low: 7), since: 1000, last: 9000)
    private let context = EngineContext(
        catalog: PublishedCatalog(Catalog()), events: EventRing(clock: { 0 }, wake: {}), memory: MemoryFeed(wake: {}),
        counters: EngineCounters(), stop: StopSignal())

    init() {
        let entry = InstallBoard.Entry(
            Enrolment(token: Self.token, target: "debian"), hardware: [Self.card], former: [Self.old])
        context.installs.replace([entry])
        context.addresses.note(Self.address, ClientHardware(Self.card))
        context.addresses.note(Self.boot, of: ClientHardware(Self.card))
    }

    private func requester(_ path: String, at address: IPv4Address = address) -> Requester {
        context.requester(at: IPAddress(address), asking: try? RequestPath(path.utf8))
    }

    private func assets(_ path: String, at address: IPv4Address = address) -> [Asset] {
        AssetResolver.resolve(path.utf8, for: requester(path, at: address), in: Catalog()).candidates.map(\.asset)
    }

    @Test("a machine is known by its address, and whoever has its token is the machine")
    func known() {
        #expect(requester("boot.ipxe").enrolment?.token == Self.token)
        #expect(requester("boot.ipxe").enrolment?.card == Self.card)
        #expect(requester("boot.ipxe").enrolment?.boot == Self.boot)
        let stranger = IPv4Address(10, 0, 0, 9)
        #expect(requester("boot.ipxe", at: stranger).enrolment == nil)
        let byToken = requester("/install/\(Self.token.text)/vmlinuz", at: stranger)
        #expect(byToken.enrolment?.token == Self.token && byToken.hardware == Self.card)
        #expect(byToken.enrolment?.card == nil && byToken.enrolment?.boot == nil, "which card asks is not known")
        let token = "/install/\(Self.token.text)/boot.ipxe"
        #expect(requester(token).enrolment?.boot == Self.boot, "it is, where its address tells it")
    }

    @Test("what its scripts hold is decided by its install, whatever lies in the root; other files are as ever")
    func scripts() throws {
        for (path, dialect) in [
            ("boot.ipxe", ScriptDialect.ipxe), ("pxelinux.cfg/default", .pxelinux), ("grub/grub.cfg", .grub),
        ] {
            #expect(assets(path).count == 1)
            guard case .install(.ask(dialect), _)? = assets(path).first else {
                Issue.record("\(path): \(assets(path))")
                continue
            }
        }
        #expect(assets("vmlinuz") == [.rootFile(try RequestPath("vmlinuz".utf8))])
        #expect(assets("boot.ipxe", at: IPv4Address(10, 0, 0, 9)).first == .rootFile(try RequestPath("boot.ipxe".utf8)))
    }

    @Test(
        "the paths of an install",
        arguments: [
            ("begin/3", InstallStep.begin(attempt: 3, .ipxe)), ("begin/3/grub.cfg", .begin(attempt: 3, .grub)),
            ("done", .done), ("fail", .failed("")), ("fail/no disk /dev/sda", .failed("no disk /dev/sda")),
            ("fail/x && chain ${evil}'", .failed("x  chain evil")), ("again/grub.cfg", .askAgain),
            ("boot.ipxe", .ask(.ipxe)),
        ])
    func steps(_ path: String, _ step: InstallStep) {
        guard case .install(let found, _)? = assets("install/\(Self.token.text)/\(path)").first else {
            Issue.record("\(path)")
            return
        }
        #expect(found == step)
    }

    @Test(
        "a file of an install is the file; the token of an install before asks only what to boot; an unknown one is nothing"
    )
    func tokens() throws {
        #expect(
            assets("install/\(Self.token.text)/debian/vmlinuz") == [.rootFile(try RequestPath("debian/vmlinuz".utf8))])
        #expect(assets("install/\(Self.old.text)/done").isEmpty && assets("install/\(Self.old.text)/vmlinuz").isEmpty)
        guard case .install(.ask(.ipxe), let enrolment)? = assets("install/\(Self.old.text)/boot.ipxe").first else {
            Issue.record("an old token")
            return
        }
        #expect(enrolment.token == Self.token)
        let nobody = InstallToken(high: 9, low: 9).text
        #expect(assets("install/\(nobody)/done").isEmpty)
        guard case .text(let stale)? = assets("install/\(nobody)/begin/1").first else {
            Issue.record("a script that asks for ever")
            return
        }
        #expect(stale.contains("pilotfish-refused"))
        context.installs.remove(Self.token)
        #expect(assets("install/\(Self.token.text)/done").isEmpty)
        #expect(assets("install/\(Self.token.text)/boot.ipxe").first == .rootFile(try RequestPath("boot.ipxe".utf8)))
        #expect(requester("boot.ipxe").enrolment == nil)
    }

    @Test("a token in a path is not for logs")
    func masked() {
        #expect(InstallPath.masked("/install/\(Self.token.text)/done") == "/install/\(Self.token.text.prefix(4))…/done")
        #expect(InstallPath.masked("/install/notes.txt") == "/install/notes.txt")
        for name in [
            "\\install\\\(Self.token.text)\\done", "//install//\(Self.token.text)/x", "install/./\(Self.token.text)",
        ] {
            #expect(!InstallPath.masked(name).contains(Self.token.text), "\(name)")
        }
        #expect(InstallPath.isStep(Array("/install/\(Self.token.text)/done".utf8)))
        #expect(!InstallPath.isStep(Array("/install/\(Self.token.text)/vmlinuz".utf8)))
    }
}
