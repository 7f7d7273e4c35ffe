import BootPolicy
import Support
import Testing
import Wire

/// What each firmware makes of what it heard; the source of each rule stands beside its row.
@Suite("firmware models")
struct SurveyModelTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let model: FirmwareModel
        let why: String
        let said: [Said]
        let verdict: Prediction.Verdict
        let code: String
        let file: String?
        let server: IPv4Address?

        init(
            _ model: FirmwareModel, _ why: String, _ said: [Said], _ verdict: Prediction.Verdict, _ code: String,
            file: String? = nil, from server: IPv4Address? = nil
        ) {
            self.model = model
            self.why = why
            self.said = said
            self.verdict = verdict
            self.code = code
            self.file = file
            self.server = server
        }

        var testDescription: String { "\(model.rawValue): \(why)" }
    }

    @Test("prediction", arguments: edk2Rows + generationRows + ipxeRows + romRows + httpRows + boardRows + loaderRows)
    func prediction(row: Row) {
        #expect(row.said.allSatisfy { $0.observed != nil })
        let prediction = row.model.predict(Hearing(row.said), ours: [LAN.us])
        #expect(prediction.verdict == row.verdict, "\(prediction)")
        #expect(prediction.code.code == row.code, "\(prediction)")
        #expect(prediction.file == row.file, "\(prediction)")
        #expect(prediction.fileServer == row.server, "\(prediction)")
        #expect(!prediction.trace.isEmpty)
        let isFine = [.ourOffer, .ourBootService, .ourMenu, .leaseNamesUs].contains(prediction.code)
        #expect(prediction.remedy.isEmpty == isFine)
    }

    @Test("a race says so, in whichever order it was heard, and names whom to ask for peace")
    func race() {
        let ours = Said.direct(LAN.us, file: "a").option(175, [1, 1, 1])
        let lease = Said.lease().option(60, "PXEClient")
        for (order, sentence) in [
            ([ours, lease], "; with the OFFER of 10.77.0.2 last it does not boot"),
            ([lease, ours], "; with the OFFER of 10.77.0.1 last it boots as 10.77.0.2 says"),
        ] {
            let prediction = FirmwareModel.ipxeUEFI.predict(Hearing(order), ours: [LAN.us])
            #expect(prediction.isContested)
            #expect(prediction.reason.hasSuffix(sentence), "\(prediction.reason)")
            #expect(prediction.remedy.hasPrefix("Remove option 60 \"PXEClient\" from the leases of 10.77.0.1"))
            #expect(prediction.remedy.hasSuffix("; for iPXE another next-server is no cure."))
            #expect(prediction.trace.last?.hasPrefix("a race: ") == true)
        }
        let rivals = [Said.lease(), .direct(LAN.rival, file: "b"), .direct(LAN.us, file: "a")]
        let prediction = FirmwareModel.ipxeUEFI.predict(Hearing(rivals), ours: [LAN.us])
        #expect(prediction.isContested)
        #expect(prediction.remedy == PredictionCode.contested.remedy(for: LAN.rival))
        let certain = FirmwareModel.ipxeUEFI.predict(Hearing([.lease(), ours]), ours: [LAN.us])
        #expect(!certain.isContested)
    }

    @Test("codes are unique, and each says what it means")
    func codes() {
        let all = PredictionCode.allCases
        #expect(Set(all.map(\.code)).count == all.count)
        #expect(PredictionCode.ourOffer.code == "PF-P001")
        #expect(PredictionCode.discoveryFails.code == "PF-P036")
        for code in all {
            #expect(!code.summary.isEmpty && code.explanation.hasSuffix("."), "\(code)")
        }
        let covered = Set(
            (Self.edk2Rows + Self.generationRows + Self.ipxeRows + Self.romRows + Self.httpRows
                + Self.boardRows + Self.loaderRows).map(\.code))
        #expect(covered.union(["PF-P020"]) == Set(all.map(\.code)), "every outcome stands in a row")
    }

    @Test("nobody answers", arguments: FirmwareModel.allCases)
    func nothing(model: FirmwareModel) {
        let prediction = model.predict(Hearing(asked: LAN.asked), ours: [LAN.us])
        #expect(prediction.verdict == .none && prediction.code == .nothingHeard)
    }

    @Test("a hearing is bounded")
    func bounded() {
        let hearing = Hearing((0..<200).map { _ in Said.lease() } + (0..<200).map { _ in Said.lease().acknowledged })
        #expect(hearing.offers.count == 64)
        #expect(hearing.acknowledgements.count == 64)
    }
}
