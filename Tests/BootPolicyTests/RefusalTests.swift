import BootPolicy
import Testing

/// The codes stand in logs, tickets and scripts: one that changes its meaning is a broken promise.
@Suite("refusals")
struct RefusalTests {
    private static let codes: [Refusal: String] = [
        .malformed: "PF-D001", .notARequest: "PF-D002", .tooManyHops: "PF-D003", .noMessageType: "PF-D004",
        .noBootClient: "PF-D005", .notForUs: "PF-D006", .otherServer: "PF-D007", .unservableRelay: "PF-D008",
        .unknownArchitecture: "PF-D009", .httpNotServed: "PF-D010", .loaderMissing: "PF-D011",
        .bootMenuNotOffered: "PF-D012", .observing: "PF-D013", .frozen: "PF-D014", .replyTooLarge: "PF-D015",
        .interfaceWithoutAddress: "PF-D016", .silencedByRule: "PF-D017", .networkNotServed: "PF-D018",
        .standingBy: "PF-D019", .yielding: "PF-D020", .leftAlone: "PF-D021", .undecided: "PF-D022",
        .unknownMachine: "PF-D023",
    ]

    private static let transferCodes: [TransferRefusal: String] = [
        .notFound: "PF-T001", .accessDenied: "PF-T002", .writeRefused: "PF-T003", .illegalRequest: "PF-T004",
        .tooManyTransfers: "PF-T005", .readFailed: "PF-T006", .incompleteAnswer: "PF-T007",
        .upstreamFailed: "PF-T008", .upstreamSlow: "PF-T009",
    ]

    /// What ordinary traffic causes; the rest concerns a client that asked for a boot.
    private static let quiet: Set<Refusal> = [
        .malformed, .notARequest, .tooManyHops, .noMessageType, .noBootClient, .notForUs, .otherServer,
    ]

    @Test("each refusal of DHCP has its code for ever, one line, and a paragraph", arguments: Refusal.allCases)
    func refusal(refusal: Refusal) {
        #expect(refusal.code == Self.codes[refusal])
        check(refusal.summary, refusal.explanation)
        #expect(refusal.concernsBootClient == !Self.quiet.contains(refusal))
    }

    @Test("each refusal of TFTP has its code for ever, one line, and a paragraph", arguments: TransferRefusal.allCases)
    func transferRefusal(refusal: TransferRefusal) {
        #expect(refusal.code == Self.transferCodes[refusal])
        check(refusal.summary, refusal.explanation)
        // It goes into an ERROR packet and onto a ROM's screen.
        #expect(refusal.summary.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        #expect(refusal.summary.count <= 40)
    }

    private func check(_ summary: String, _ explanation: String) {
        #expect(!summary.isEmpty)
        #expect(!summary.contains("\n"))
        #expect(explanation.count > summary.count)
        #expect(explanation.hasSuffix("."))
        #expect(!explanation.contains("  "))
    }

    @Test("no code stands for two refusals")
    func unique() {
        let codes = Refusal.allCases.map(\.code) + TransferRefusal.allCases.map(\.code)
        #expect(Set(codes).count == codes.count)
        #expect(Self.codes.count == Refusal.allCases.count)
        #expect(Self.transferCodes.count == TransferRefusal.allCases.count)
    }
}
