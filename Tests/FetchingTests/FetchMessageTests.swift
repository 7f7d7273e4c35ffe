import Testing
import Wire

@testable import Fetching

@Suite("the channel's messages")
struct FetchMessageTests {
    private static var post: FetchRequest {
        var request = FetchRequest(url: "https://decide.example/boot?x=%20")
        request.method = .post
        request.fields = ["Content-Type: application/json", "X-Empty;"]
        request.body = Array("{\"mac\": 1}".utf8) + [0, 0xFF]
        request.authorities = "/etc/pilotfish/ca.pem"
        request.limits.whole = .milliseconds(750)
        request.limits.spare = 5 << 30
        return request
    }

    private static let orders: [FetchOrder] = [
        .start(1, FetchRequest(url: "http://127.0.0.1:8000/a"), isFile: true), .start(.max, post, isFile: false),
        .cancel(7),
    ]

    @Test("orders are read as they were written, and cut short they are none", arguments: orders)
    func readsOrder(order: FetchOrder) throws {
        #expect(try FetchOrder(order.encoded) == order)
        for length in 0..<order.encoded.count {
            #expect(throws: DecodeError.self) { try FetchOrder(Array(order.encoded.prefix(length))) }
        }
    }

    private static let reports: [FetchReport] = [
        .restarted, .news(3, .began(FetchHead(status: 200, size: nil, entityTag: "\"ä\"", modified: "Thu"))),
        .news(4, .progress(1 << 40)),
        .news(5, .finished(FetchHead(status: 404, size: 0), body: [1, 2, 0], octets: 0)),
        .news(6, .failed(FetchFailure(.untrusted, "self-signed"))),
    ]

    @Test("reports are read as they were written, and cut short they are none", arguments: reports)
    func readsReport(report: FetchReport) throws {
        #expect(try FetchReport(report.encoded) == report)
        for length in 0..<report.encoded.count {
            #expect(throws: DecodeError.self) { try FetchReport(Array(report.encoded.prefix(length))) }
        }
    }

    @Test(
        "what is no message is refused",
        arguments: [[], [0], [9], [1, 0], [5, 0, 0, 0, 0, 0, 0, 0, 1, 99]] as [[UInt8]])
    func foreign(message: [UInt8]) {
        #expect(throws: DecodeError.self) { try FetchOrder(message) }
        if message.first != 1 { #expect(throws: DecodeError.self) { try FetchReport(message) } }
    }
}
