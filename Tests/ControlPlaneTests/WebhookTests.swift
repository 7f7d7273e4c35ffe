import BootPolicy
import Exchange
import Fetching
import LinuxIO
import Synchronization
import Testing
import Wire

@testable import ControlPlane

/// What endpoints answer, and what becomes of it.
@Suite("webhooks")
struct WebhookTests {
    private static let question = WebhookQuestion(
        hardware: MACAddress(0x5254_0012_3456), webhook: Webhook(url: "http://10.0.0.5:8080/boot"))

    private static func outcome(_ body: String, status: Int = 200) -> WebhookReport.Outcome {
        let targets = TargetBook(["rescue": .target(.standard)])
        return DecisionReader(question: question, targets: targets).outcome(status: status, body: Array(body.utf8))
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let body: String
        let order: BootOrder
        var testDescription: String { body }

        init(_ body: String, _ change: (inout BootOrder) -> Void) {
            self.body = body
            var order = BootOrder()
            change(&order)
            self.order = order
        }

        init(_ body: String, kernel: String, _ initrds: [String] = [], _ arguments: String = "") {
            self.init(body) { order in
                let boot = LinuxBoot(kernel: kernel, initrds: initrds, arguments: arguments)
                order.made = BootTarget(title: "Decided by the webhook", action: .linux(boot))
            }
        }
    }

    /// Those of Pixiecore's documentation first (pixiecore/README.api.md).
    static let orders = [
        Row(
            #"{"kernel": "http://h.net/a.vmlinuz", "initrd": ["http://h.net/a.cpio.gz"]}"#,
            kernel: "http://h.net/a.vmlinuz", ["http://h.net/a.cpio.gz"]),
        Row(
            #"{"kernel": "/kernel", "initrd": ["/initrd.0", "/initrd.1"]}"#,
            kernel: "http://10.0.0.5:8080/kernel",
            ["http://10.0.0.5:8080/initrd.0", "http://10.0.0.5:8080/initrd.1"]),
        Row(
            #"{"kernel": "https://files.local/kernel", "initrd": ["https://files.local/initrd"], "cmdline": "selinux=1 coreos.autologin"}"#,
            kernel: "https://files.local/kernel", ["https://files.local/initrd"], "selinux=1 coreos.autologin"),
        Row(
            #"{"kernel": "https://f/k", "cmdline": "c={{ URL \"https://f/c\" }} n={{URL `/d`}} x=https://f/x"}"#,
            kernel: "https://f/k", [], "c=https://f/c n=http://10.0.0.5:8080/d x=https://f/x"),
        Row(
            #"{"kernel": "https://f/k", "cmdline": {"b": "x", "quiet": true, "a": {"url": "/u"}, "t": "two words"}}"#,
            kernel: "https://f/k", [], #"a=http://10.0.0.5:8080/u b=x quiet t="two words""#),
        // Beside /v1/boot, not in it.
        Row(#"{"kernel": "k", "initrd": null, "cmdline": ""}"#, kernel: "http://10.0.0.5:8080/boot/k"),
        Row(#"{"kernel": "../k"}"#, kernel: "http://10.0.0.5:8080/k"),
        Row(#"{"kernel": "//other/k"}"#, kernel: "http://other/k"),
        Row(#"{"kernel": "tftp://10.0.0.6/k"}"#, kernel: "tftp://10.0.0.6/k"),
        Row(
            #"{"kernel": "${base}/a/k", "initrd": ["${base}/i"], "cmdline": "u={{ URL \"${base}/u\" }}"}"#,
            kernel: "a/k", ["i"], "u=${base}/u"),
        Row(#"{"kernel": "http://f/k", "message": "hello", "unknown": [1]}"#) { order in
            order.made = BootTarget(
                title: "Decided by the webhook", action: .linux(LinuxBoot(kernel: "http://f/k", initrds: [])))
            order.message = "hello"
        },
        // Ours.
        Row(#"{"target": "rescue"}"#) { $0.name = "rescue" },
        Row(#"{"target": "local", "arguments": "a b"}"#) {
            $0.name = "local"
            $0.arguments = "a b"
        },
        Row(#"{"ignore": false}"#) { _ in },
        Row(#"{"arguments": "x=1"}"#) { $0.arguments = "x=1" },
        Row(#"{"variables": {"site": "hall 2", "n": 7, "on": true, "keys": ["a", "b"]}}"#) {
            $0.variables = ["site": .text("hall 2"), "n": .text("7"), "on": .flag(true), "keys": .list(["a", "b"])]
        },
        Row(#"{"chain": "/menu.php?x=1"}"#) {
            $0.made = BootTarget(
                title: "Decided by the webhook", action: .chain(url: VariableText("http://10.0.0.5:8080/menu.php?x=1")))
        },
    ]

    @Test("answers are read", arguments: orders)
    func reads(row: Row) {
        guard case .decided(.boot(let order), let summary) = Self.outcome(row.body) else {
            Issue.record("\(Self.outcome(row.body))")
            return
        }
        #expect(order == row.order)
        #expect(!summary.contains("?"))
    }

    @Test(
        "some answers leave the machine alone",
        arguments: [
            (404, ""), (404, "{"), (403, "x"), (410, ""), (204, ""), (200, #"{"ignore": true}"#),
        ])
    func leavesAlone(status: Int, body: String) {
        guard case .decided(.leaveAlone, _) = Self.outcome(body, status: status) else {
            Issue.record("\(Self.outcome(body, status: status))")
            return
        }
    }

    @Test(
        "what cannot be used is a failure, and said",
        arguments: [
            (#""#, "no JSON object"), (#"[]"#, "no JSON object"), (#"{"kernel": "/k"}}"#, "no JSON object"),
            (#"{}"#, "says nothing"), (#"{"kernel": null, "message": "x"}"#, "says nothing"),
            (#"{"kernel": 7}"#, "kernel is a number"), (#"{"kernel": ["/k"]}"#, "kernel is a list"),
            (#"{"kernel": "/k", "initrd": "/i"}"#, "initrd is a text"),
            (#"{"kernel": "/k", "initrd": ["/i", 1]}"#, "initrd holds a number"),
            (#"{"kernel": "/k", "cmdline": true}"#, "cmdline is true or false"),
            (#"{"kernel": "/k", "cmdline": "a\nshell"}"#, "line ends"),
            (#"{"kernel": "/k", "cmdline": "a\u2028b"}"#, "line ends"),
            (#"{"kernel": "/k", "cmdline": "a || shell"}"#, "the word \"||\""),
            (#"{"kernel": "/k", "cmdline": {"a": "x ; shell"}}"#, "the word \";\""),
            (#"{"kernel": "/k", "cmdline": {"a": false}}"#, "cmdline.a is true or false"),
            (#"{"kernel": "/k", "cmdline": "{{ ID \"x\" }}"}"#, "only {{ URL"),
            (#"{"kernel": "/k", "cmdline": "{{ URL"}"#, "only {{ URL"),
            (#"{"kernel": "/k", "cmdline": "{{ URL \"x y\" }}"}"#, "is no URL"),
            (#"{"kernel": "/k\nshell"}"#, "is no URL"), (#"{"kernel": "http://h/a b"}"#, "is no URL"),
            (#"{"kernel": "http://h/${x}"}"#, "is no URL"), (#"{"kernel": "file:///etc/shadow"}"#, "file:"),
            (#"{"kernel": "nfs://h/k"}"#, "begins with http://"),
            (#"{"kernel": "javascript:x"}"#, "begins with http://"),
            (#"{"kernel": "http://"}"#, "names no server"), (#"{"kernel": "${base}/../k"}"#, "\"..\""),
            (#"{"kernel": "/k", "initrd": ["${base}/a;b"]}"#, "cannot name"),
            (#"{"initrd": ["/i"]}"#, "belongs to a kernel"), (#"{"cmdline": "a"}"#, "belongs to a kernel"),
            (#"{"target": "nobody"}"#, "no target or menu"), (#"{"target": "rescue", "kernel": "/k"}"#, "exclude"),
            (#"{"target": "rescue", "ignore": true}"#, "exclude"), (#"{"ignore": "yes"}"#, "ignore is a text"),
            (#"{"ignore": 1}"#, "ignore is a number"), (##"{"ipxe-script": "#!ipxe"}"##, "chain"),
            (#"{"arguments": "a\rb"}"#, "line ends"), (#"{"variables": {"mac": "x"}}"#, "property"),
            (#"{"variables": {"a": "x\ny"}}"#, "line ends"), (#"{"variables": {"a": {"b": 1}}}"#, "an object"),
            (#"{"variables": {"a": 1.5}}"#, "whole number"), (#"{"variables": []}"#, "a list"),
        ])
    func refuses(body: String, why: String) {
        guard case .failed(let reason) = Self.outcome(body) else {
            Issue.record("\(Self.outcome(body))")
            return
        }
        #expect(reason.contains(why))
        #expect(!reason.contains { $0.isNewline })
    }

    @Test(
        "a status that says nothing of the machine is a failure",
        arguments: [301, 400, 401, 407, 408, 429, 500, 503, 599])
    func asksInVain(status: Int) {
        #expect(Self.outcome("", status: status) == .failed("the endpoint was asked in vain: status \(status)"))
    }

    @Test(
        "of a message is shown what can be, and the rest costs no boot",
        arguments: [
            (#"hello"#, "hello"), (#"a\n# b"#, "a b"), (#"a \\"#, "a"), (#"${net0/ip} $${x}"#, "{net0/ip} {x}"),
            (#"a || b && c ; d"#, "a b c d"), (#"#a ##b"#, "a b"), (#"\u0007\u2028 "#, ""), (#"$;"#, ""),
            (String(repeating: "ab ", count: 100), String(repeating: "ab ", count: 23) + "a"),
            (String(repeating: "ä", count: 100), String(repeating: "ä", count: 35)),
        ])
    func sanitises(message: String, shown: String) {
        let body = "{\"kernel\": \"/k\", \"message\": \"\(message)\"}"
        guard case .decided(.boot(let order), _) = Self.outcome(body) else {
            Issue.record("no decision")
            return
        }
        #expect(order.message == shown)
    }

    @Test("no depth and no length does any harm")
    func depth() {
        for count in [9, 600, 30_000] {
            let deep = #"{"x": "# + String(repeating: "[", count: count) + String(repeating: "]", count: count) + "}"
            guard case .failed = Self.outcome(deep) else {
                Issue.record("depth \(count)")
                return
            }
        }
        guard
            case .failed(let reason) = Self.outcome(
                #"{"kernel": "/k", "cmdline": ""# + String(repeating: "a", count: 5000) + #""}"#)
        else {
            Issue.record("a long command line")
            return
        }
        #expect(reason.contains("longer"))
    }

    // MARK: The desk

    private final class Taker: FetchTaker {
        let news: FetchNews
        let asked = Mutex<[FetchRequest]>([])

        init(_ news: FetchNews) {
            self.news = news
        }

        func start(
            _ request: FetchRequest, into file: SharedDescriptor?, tell: @escaping @Sendable (FetchNews) -> Void
        ) -> UInt64 {
            asked.withLock { $0.append(request) }
            tell(news)
            return 1
        }

        func cancel(_ number: UInt64) {}
    }

    private static func ask(_ taker: Taker?, _ access: WebhookAccess = WebhookAccess()) -> [WebhookReport] {
        let reports = Mutex<[WebhookReport]>([])
        var catalog = Catalog()
        catalog.webhook = access
        let desk = WebhookDesk(fetcher: taker, catalog: PublishedCatalog(catalog)) { report in
            reports.withLock { $0.append(report) }
        }
        desk.ask(question)
        return reports.withLock { $0 }
    }

    @Test("an endpoint is asked with the rule's patience and the secret, and its word is told once")
    func asks() throws {
        var access = WebhookAccess()
        access.token = "s3cret"
        access.authorities = "/etc/ca.pem"
        let taker = Taker(.finished(FetchHead(status: 404), body: [], octets: 0))
        let reports = Self.ask(taker, access)
        #expect(reports.map(\.ruling) == [.decided(.leaveAlone)])
        let request = try #require(taker.asked.withLock { $0.first })
        #expect(request.url == "http://10.0.0.5:8080/boot/v1/boot/52:54:00:12:34:56")
        #expect(request.fields.contains("Authorization: Bearer s3cret"))
        #expect(request.authorities == "/etc/ca.pem")
        #expect(request.limits.whole == .seconds(2))
        let text = try EventText(.decided(#require(reports.first)), interfaceName: { _ in "" })
        #expect(text.name == "webhook.decided")
        #expect(!text.fields.contains { $0.value.contains("s3cret") })
    }

    @Test("what did not come is a failure with its reason")
    func didNotCome() {
        let failure = FetchFailure(.timeout, "Timeout was reached")
        #expect(Self.ask(Taker(.failed(failure))).map(\.outcome) == [.failed("Timeout was reached")])
        #expect(Self.ask(nil).map(\.ruling) == [.failed])
    }
}
