import Assets
import BootPolicy
import LinuxIO
import Testing
import Wire

@Suite("answer files of machines")
struct AnswerFileTests {
    private static let local = IPAddress(IPv4Address(192, 0, 2, 1))
    private static let web1 = MACAddress(0x5254_0012_3456)

    private static var catalog: Catalog {
        var catalog = Catalog()
        catalog.variables = ["site": .text("hall-2"), "keys": .list(["a", "b"])]
        catalog.machines = MachineBook([
            NamedMachine(
                name: "web1", hardware: [web1], serial: "S1", target: "local", variables: ["disk": .text("/dev/vda")])
        ])
        catalog.answers = AnswerBook(
            templates: [
                "preseed.cfg": "{{hostname}} {{mac}} {{disk}} {{site}} {{base}} {{secret.root}}",
                "any.cfg": "{{#keys}}{{.}}{{/keys}} at {{server}}{{> _end}}", "_end": ".",
                "nocloud/user-data": "{{serial}}",
            ], secrets: ["root": "hush"])
        return catalog
    }

    /// What came, or the problem.
    private static func ask(_ path: String, _ requester: Requester, _ tree: Tree) -> String {
        do throws(AssetProblem) {
            switch try AssetStore(root: ServedRoot(tree.root)).open(
                path.utf8, for: requester, catalog: catalog, local: local)
            {
            case .generated(let octets): return String(decoding: octets, as: UTF8.self)
            case .file: return "(file)"
            case .growing: return "(growing)"
            }
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "each machine gets its own, by the address of its lease or by the path",
        arguments: [
            ("answers/preseed.cfg", web1, "web1 52:54:00:12:34:56 /dev/vda hall-2 http://192.0.2.1 hush"),
            ("/answers/nocloud/user-data", web1, "S1"),
            ("answers/52-54-00-12-34-56/nocloud/user-data", nil, "S1"),
            ("answers/01-52-54-00-12-34-56/nocloud/user-data", nil, "S1"),
            ("answers/52:54:00:12:34:56/nocloud/user-data", web1, "S1"),
            ("answers/any.cfg", nil, "ab at 192.0.2.1."),
            ("answers/preseed.cfg", nil, #"incomplete(missing: ["hostname", "mac", "disk"])"#),
            ("answers/preseed.cfg", MACAddress(0x5254_0099_9999), #"incomplete(missing: ["hostname", "disk"])"#),
            // Whose address is known cannot ask for another's.
            ("answers/52-54-00-12-34-56/preseed.cfg", MACAddress(0x5254_0099_9999), "denied"),
            ("answers/_end", web1, "notFound"), ("answers/absent.cfg", web1, "notFound"), ("answers", web1, "notFound"),
            ("answers/nocloud", web1, "notFound"), ("preseed.cfg", web1, "notFound"),
            ("answers/mine.cfg", web1, "(file)"), ("boot.ipxe", web1, "script"),
        ] as [(String, MACAddress?, String)])
    func answers(path: String, hardware: MACAddress?, expected: String) throws {
        let tree = try Tree(["answers/mine.cfg"])
        let requester = Requester(address: IPAddress(IPv4Address(192, 0, 2, 9)), hardware: hardware)
        let got = Self.ask(path, requester, tree)
        // Its own target, which no rule names.
        #expect(expected == "script" ? got.contains("sanboot") : got == expected)
    }
}
