import BootPolicy
import Testing
import Wire

@testable import Exchange

/// The state machine of questions and decisions, on a clock of ours.
@Suite("the book of decisions")
struct DecisionBookTests {
    private static func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

    private static func question(
        _ number: Int, hold: TimeSpan = .seconds(60), url: String = "http://h"
    ) -> WebhookQuestion {
        var webhook = Webhook(url: url)
        webhook.hold = hold
        return WebhookQuestion(hardware: MACAddress(UInt64(number)), webhook: webhook)
    }

    private static func report(_ question: WebhookQuestion, _ decision: WebhookDecision?) -> WebhookReport {
        let outcome: WebhookReport.Outcome =
            decision.map { .decided($0, summary: "s") } ?? .failed("f")
        return WebhookReport(question, outcome, duration: .zero)
    }

    @Test("one question is asked once, and its answer holds as long as the rule says")
    func holds() {
        let book = DecisionBook()
        let question = Self.question(1)
        #expect(book.deadline == nil)
        #expect(book.consult(question, now: Self.at(0)) == .toAsk)
        for _ in 0..<20 { #expect(book.consult(question, now: Self.at(0.1)) == .waiting) }
        #expect(book.deadline == Self.at(2.25))
        #expect(book.settle(Self.report(question, .leaveAlone), now: Self.at(1)))
        #expect(book.deadline == nil)
        #expect(book.consult(question, now: Self.at(60.9)) == .known(.decided(.leaveAlone)))
        #expect(book.consult(question, now: Self.at(61)) == .toAsk)
    }

    @Test("a failure holds for nobody, and neither does a decision whose rule asks each time")
    func holdsNothing() {
        let book = DecisionBook()
        let question = Self.question(1)
        #expect(book.consult(question, now: Self.at(0)) == .toAsk)
        #expect(book.settle(Self.report(question, nil), now: Self.at(1)))
        #expect(book.consult(question, now: Self.at(1)) == .toAsk)
        let each = Self.question(2, hold: .zero)
        #expect(book.consult(each, now: Self.at(0)) == .toAsk)
        #expect(book.settle(Self.report(each, .leaveAlone), now: Self.at(1)))
        #expect(book.consult(each, now: Self.at(1)) == .toAsk)
    }

    @Test("questions end without an answer; one that comes late still holds")
    func expires() {
        let book = DecisionBook()
        let question = Self.question(1)
        #expect(book.consult(question, now: Self.at(0)) == .toAsk)
        #expect(book.expire(now: Self.at(2.2)).isEmpty)
        #expect(book.expire(now: Self.at(2.25)) == [question])
        #expect(book.expire(now: Self.at(3)).isEmpty)
        #expect(!book.settle(Self.report(question, .boot(.usual)), now: Self.at(3)))
        #expect(book.consult(question, now: Self.at(4)) == .known(.decided(.boot(.usual))))
    }

    @Test("endpoints and machines are told apart")
    func keys() {
        let book = DecisionBook()
        #expect(book.consult(Self.question(1), now: Self.at(0)) == .toAsk)
        #expect(book.consult(Self.question(2), now: Self.at(0)) == .toAsk)
        #expect(book.consult(Self.question(1, url: "http://i"), now: Self.at(0)) == .toAsk)
    }

    @Test("no more is asked at a time than there is room for")
    func crowded() {
        let book = DecisionBook(mostOpen: 2)
        #expect(book.consult(Self.question(1), now: Self.at(0)) == .toAsk)
        #expect(book.consult(Self.question(2), now: Self.at(0)) == .toAsk)
        #expect(book.consult(Self.question(3), now: Self.at(0)) == .crowded)
        #expect(book.consult(Self.question(2), now: Self.at(0)) == .waiting)
        #expect(book.settle(Self.report(Self.question(1), .leaveAlone), now: Self.at(0)))
        #expect(book.consult(Self.question(3), now: Self.at(0)) == .toAsk)
    }

    @Test("bounded: what ends first makes room")
    func bounded() {
        let book = DecisionBook(capacity: 2)
        for (number, hold) in [(1, 50), (2, 10), (3, 30)] {
            let question = Self.question(number, hold: .seconds(Int64(hold)))
            _ = book.consult(question, now: Self.at(0))
            _ = book.settle(Self.report(question, .leaveAlone), now: Self.at(0))
        }
        let known = (1...3).map { !book.known(of: MACAddress(UInt64($0)), now: Self.at(1)).isEmpty }
        #expect(known == [true, false, true])
    }

    @Test("says what is known of a machine, for people")
    func known() {
        let book = DecisionBook()
        let question = Self.question(1)
        _ = book.consult(question, now: Self.at(0))
        #expect(book.known(of: MACAddress(1), now: Self.at(1)).map(\.summary) == [nil])
        _ = book.settle(Self.report(question, .leaveAlone), now: Self.at(1))
        #expect(
            book.known(of: MACAddress(1), now: Self.at(11))
                == [DecisionBook.Known(url: "http://h", summary: "s", left: .seconds(50))])
        #expect(book.known(of: MACAddress(1), now: Self.at(61)).isEmpty)
        #expect(book.known(of: MACAddress(2), now: Self.at(1)).isEmpty)
    }

    @Test("what was decided for a machine is in the address book until it is answered otherwise")
    func order() {
        let book = AddressBook()
        let address = IPv4Address(10, 0, 0, 1)
        let hardware = ClientHardware(MACAddress(0x5254_0000_0001))
        var order = BootOrder()
        order.made = BootTarget(title: "t", action: .reboot)
        book.note(address, hardware)
        book.note(order, of: hardware)
        #expect(book.requester(at: IPAddress(address)).order == order)
        book.note(.usual, of: hardware)
        #expect(book.requester(at: IPAddress(address)).order == .usual)
    }
}
