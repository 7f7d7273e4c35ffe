import BootPolicy
import Wire

@testable import ControlPlane

/// What an endpoint answers: the first octet is the status, the rest its body. What is booted of it breaks no script.
enum DecisionFuzz {
    private static let statuses = [200, 204, 404, 500, 301, 401, 403, 410, 429]

    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        let status = statuses[Int(octets.first ?? 0) % statuses.count]
        let reader = DecisionReader(question: question, targets: targets)
        switch reader.outcome(status: status, body: Array(octets.dropFirst())) {
        case .failed(let reason): line("the reason", reason, &complaints)
        case .decided(.leaveAlone, let summary):
            line("the summary", summary, &complaints)
            complaints.demand(
                200..<300 ~= status || [403, 404, 410].contains(status), "left alone because of status \(status)")
        case .decided(.boot(let order), let summary):
            line("the summary", summary, &complaints)
            complaints.demand(status == 200, "an order with status \(status)")
            complaints.demand(order.name.map { targets[$0] != nil } ?? true, "a target that nobody knows")
            complaints.demand(order.name == nil || order.made == nil, "two orders")
            scripts(order, &complaints)
        }
    }

    /// As each loader reads them: our own line ends, and no words that nobody meant.
    private static func scripts(_ order: BootOrder, _ complaints: inout Complaints) {
        let requester = Requester(address: IPAddress(.any), order: order)
        let setting = ScriptSetting(
            server: IPAddress(IPv4Address(192, 0, 2, 5)), baseURL: "http://192.0.2.5", requester: requester)
        let entry = order.made.map(TargetBook.Entry.target) ?? order.name.flatMap { targets[$0] } ?? targets.usual
        for dialect in [ScriptDialect.ipxe, .pxelinux, .grub] {
            let text = dialect.render(entry, of: targets, setting)
            complaints.demand(
                text.unicodeScalars.allSatisfy { $0 == "\n" || !isControl($0) }, "a control character for \(dialect)")
            complaints.demand(text.utf8.count < 64 << 10, "a script of \(text.utf8.count) octets")
        }
        complaints.demand(!Array(order.message.utf8).contains(sequence: "${"), "a variable in the message")
        let lines = ScriptDialect.ipxe.render(entry, of: targets, setting).utf8.split(separator: UInt8(ascii: "\n"))
        complaints.demand(!lines.contains { $0.last == UInt8(ascii: "\\") }, "a line that takes in the next")
    }

    private static func line(_ what: String, _ text: String, _ complaints: inout Complaints) {
        complaints.demand(!text.unicodeScalars.contains(where: isControl), "a control character in \(what)")
        complaints.demand(text.utf8.count < 8192, "\(what) has \(text.utf8.count) octets")
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 || scalar.value == 0x7F }

    private static let question = WebhookQuestion(
        hardware: MACAddress(0x5254_0012_3456), webhook: Webhook(url: "http://192.0.2.9:8080/boot"))

    private static let targets = TargetBook(["rescue": .target(.standard)])
}

extension [UInt8] {
    fileprivate func contains(sequence text: String) -> Bool {
        let wanted = Array(text.utf8)
        return indices.contains { self[$0...].starts(with: wanted) }
    }
}
