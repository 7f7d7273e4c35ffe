import Testing
import Wire

@testable import Hooks

@Suite("what the service and the process that runs commands say to each other")
struct HookMessageTests {
    @Test func ordersComeAsTheyWereSent() throws {
        let order = HookOrder(
            number: 7, words: ["/bin/echo", "", "Größe"], timeout: .seconds(30), input: Array("{}\n".utf8))
        #expect(try HookOrder(order.encoded) == order)
    }

    static let endings: [HookReport.Ending] = [
        .exited(0), .exited(255), .killed(signal: 11), .timedOut, .failed("posix_spawn /x: No such file"),
    ]

    @Test(arguments: endings)
    func reportsComeAsTheyWereSent(ending: HookReport.Ending) throws {
        let report = HookReport(number: .max, ending: ending, duration: .milliseconds(1500), said: "a line")
        #expect(try HookReport(report.encoded) == report)
    }

    @Test("what was cut off is none of both", arguments: 0..<30)
    func cutOff(length: Int) {
        let order = HookOrder(number: 1, words: ["/a"], timeout: .seconds(1), input: [1, 2, 3])
        let report = HookReport(number: 1, ending: .exited(0), duration: .zero, said: "12345678")
        #expect(throws: DecodeError.self) { try HookOrder(Array(order.encoded.prefix(min(length, 26)))) }
        #expect(throws: DecodeError.self) { try HookReport(Array(report.encoded.prefix(min(length, 32)))) }
    }
}
