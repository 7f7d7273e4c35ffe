import Support
import Testing
import Transfers
import Wire

@Suite("the client's side of a transfer")
struct ReceivingTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var model: ReceivingModel
        var window: Int
        var blocks: Int64 = 3_000
        var options = true
        var loss = 0.0
        var swapping = 0.0
        var duplication = 0.0

        var testDescription: String {
            "\(model) W\(window), \(blocks) blocks, loss \(loss), swapped \(swapping), doubled \(duplication)"
        }
    }

    private static let now = Instant(nanoseconds: 1_000_000_000)
    private static let plain = ClientHabits(model: .rfc, asked: TransferOptions())
    private static let windowed = ClientHabits(model: .rfc, asked: TransferOptions(blockSize: 1_000, windowSize: 4))

    @Test(
        "gets the whole file from the server's own machine, whatever the way does",
        arguments: [
            Case(model: .rfc, window: 1, blocks: 1), Case(model: .rfc, window: 16, blocks: 1),
            Case(model: .rfc, window: 16), Case(model: .edk2, window: 4), Case(model: .lockstep, window: 1),
            Case(model: .lockstep, window: 1, options: false), Case(model: .rfc, window: 1, options: false),
            // The number rolls over twice.
            Case(model: .rfc, window: 16, blocks: 140_000), Case(model: .edk2, window: 4, blocks: 66_000),
            Case(model: .lockstep, window: 1, blocks: 66_000, options: false),
            Case(model: .rfc, window: 16, loss: 0.01), Case(model: .rfc, window: 4, loss: 0.05),
            Case(model: .edk2, window: 4, loss: 0.01), Case(model: .lockstep, window: 1, loss: 0.01),
            Case(model: .rfc, window: 16, swapping: 0.01), Case(model: .edk2, window: 4, swapping: 0.01),
            Case(model: .rfc, window: 16, duplication: 0.01), Case(model: .edk2, window: 4, duplication: 0.01),
            Case(model: .edk2, window: 16, loss: 0.01, swapping: 0.01, duplication: 0.01),
        ], [1, 2, 3] as [UInt64])
    func completes(_ given: Case, seed: UInt64) {
        var simulation = ReceivingSimulation(
            given.model, window: given.window, blocks: given.blocks, seed: seed, options: given.options)
        simulation.down.loss = given.loss
        simulation.up.loss = given.loss
        simulation.down.swapping = given.swapping
        simulation.down.duplication = given.duplication
        let report = simulation.run()
        #expect(report.isGood, "\(report)")
        if given.loss + given.swapping + given.duplication == 0 {
            #expect(report.overhead == 1, "\(report)")
            let counted = report.client.statistics
            #expect(counted.duplicates + counted.gaps + counted.repeatedAcknowledgements == 0)
        }
    }

    @Test("a lost last ACK is sent again when the last block comes again", arguments: ReceivingModel.allCases)
    func dallies(model: ReceivingModel) {
        var simulation = ReceivingSimulation(model, window: 4, blocks: 10)
        simulation.lostEnds = 2
        let report = simulation.run()
        #expect(report.isGood, "\(report)")
        #expect(report.client.statistics.duplicates >= 2)
    }

    private static func receiving(_ habits: ClientHabits = windowed) -> ReceivingSession {
        var session = ReceivingSession(habits, now: now)
        _ = session.receive(granted: habits.asked, isOdd: false, from: 7_000, now: now)
        return session
    }

    @Test("ACK 0 answers an OACK, and answers it again until the first block is here")
    func optionAcknowledge() {
        var session = Self.receiving()
        let again = session.receive(granted: Self.windowed.asked, isOdd: false, from: 7_000, now: Self.now)
        #expect(again.answer == .acknowledge(BlockNumber(0)))
        #expect(session.blockSize == 1_000)
        #expect(session.windowSize == 4)
        _ = session.receive(BlockNumber(1), count: 1_000, from: 7_000, now: Self.now)
        let late = session.receive(granted: Self.windowed.asked, isOdd: false, from: 7_000, now: Self.now)
        #expect(late.answer == .nothing)
    }

    @Test(
        "what was not asked, or is more than asked, is refused with ERROR 8",
        arguments: [
            TransferOptions(blockSize: 1_001), TransferOptions(windowSize: 5), TransferOptions(timeout: 3),
            TransferOptions(transferSize: 9),
        ])
    func unacceptable(granted: TransferOptions) {
        var session = ReceivingSession(Self.windowed, now: Self.now)
        let reaction = session.receive(granted: granted, isOdd: false, from: 7_000, now: Self.now)
        #expect(reaction.answer == .error(.optionsRefused))
        #expect(session.failure == .unacceptableOptions)
        #expect(session.deadline == .never)
        var other = ReceivingSession(Self.windowed, now: Self.now)
        #expect(other.receive(granted: Self.windowed.asked, isOdd: true, from: 7_000, now: Self.now).meaning == .failed)
    }

    @Test("a server without options sends block 1 at once; any other block is of an older transfer")
    func withoutOptions() {
        var session = ReceivingSession(Self.windowed, now: Self.now)
        #expect(session.receive(BlockNumber(9), count: 512, from: 6_000, now: Self.now).meaning == .ignored)
        #expect(session.port == 0)
        let first = session.receive(BlockNumber(1), count: 512, from: 7_000, now: Self.now)
        #expect(first.meaning == .block)
        #expect(first.answer == .acknowledge(BlockNumber(1)))
        #expect(session.receive(BlockNumber(2), count: 0, from: 7_000, now: Self.now).meaning == .lastBlock)
        #expect(session.received == 512)
    }

    @Test("a wrong port is told so, and the transfer goes on (RFC 1350 §4)")
    func foreign() {
        var session = Self.receiving()
        let reaction = session.receive(BlockNumber(1), count: 1_000, from: 7_001, now: Self.now)
        #expect(reaction.meaning == .foreign)
        #expect(reaction.answer == .error(.unknownTransfer))
        #expect(session.receiveError(code: 1, from: 7_001).answer == .nothing)
        #expect(session.isActive)
        #expect(session.receive(BlockNumber(1), count: 1_000, from: 7_000, now: Self.now).meaning == .block)
    }

    @Test("an ERROR ends it without a word", arguments: [0, 1, 2, 8, 77] as [UInt16])
    func error(code: UInt16) {
        var session = ReceivingSession(Self.plain, now: Self.now)
        let reaction = session.receiveError(code: code, from: 7_000)
        #expect(reaction.answer == .nothing)
        #expect(session.failure == .serverError(code: code))
        #expect(session.receive(BlockNumber(1), count: 5, from: 7_000, now: Self.now).meaning == .ignored)
    }

    @Test("a block longer than agreed ends it")
    func oversized() {
        var session = Self.receiving()
        let reaction = session.receive(BlockNumber(1), count: 1_001, from: 7_000, now: Self.now)
        #expect(reaction.answer == .error(.illegalOperation))
        #expect(session.failure == .oversizedBlock)
    }

    /// How many of the blocks 3, 4, 5, 6 behind a missing 2 each model answers.
    @Test("a gap is answered as the model does", arguments: [(ReceivingModel.rfc, 1), (.edk2, 4), (.lockstep, 0)])
    func gap(model: ReceivingModel, answers: Int) {
        var habits = ClientHabits(model: model, asked: TransferOptions(blockSize: 1_000))
        habits.asked.windowSize = 8
        var session = Self.receiving(habits)
        _ = session.receive(BlockNumber(1), count: 1_000, from: 7_000, now: Self.now)
        let said = (3...6).map { session.receive(BlockNumber($0), count: 1_000, from: 7_000, now: Self.now).answer }
        #expect(said.filter { $0 == .acknowledge(BlockNumber(1)) }.count == answers)
        #expect(session.statistics.gaps == 1)
        #expect(session.statistics.ahead == 4)
        // A second flight that leaves the same gap is worth a second word, except to lockstep.
        let again = session.receive(BlockNumber(3), count: 1_000, from: 7_000, now: Self.now)
        #expect((again.answer != .nothing) == (model != .lockstep))
    }

    @Test("the clock repeats the request, then the last ACK, each time later, and gives up in the end")
    func patience() {
        for isHeard in [false, true] {
            var session = isHeard ? Self.receiving() : ReceivingSession(Self.windowed, now: Self.now)
            var waits: [Int64] = []
            var last = Self.now
            while session.isActive {
                let due = session.deadline
                #expect(session.expire(now: Instant(nanoseconds: due.nanoseconds - 1)).meaning == .ignored)
                let reaction = session.expire(now: due)
                waits.append((due - last).nanoseconds / 1_000_000_000)
                last = due
                guard session.isActive else { break }
                #expect(reaction.answer == (isHeard ? .acknowledge(BlockNumber(0)) : .request))
            }
            #expect(waits == [1, 2, 4, 8, 8, 8, 8, 8])
            #expect(session.failure == (isHeard ? .stalled : .noAnswer))
        }
    }

    @Test("who has no use for the rest says so, if anybody listens")
    func abandon() {
        var session = Self.receiving()
        #expect(session.abandon(.diskFull) == .error(.diskFull))
        #expect(!session.isActive)
        var unheard = ReceivingSession(Self.plain, now: Self.now)
        #expect(unheard.abandon(.diskFull) == .nothing)
    }
}
