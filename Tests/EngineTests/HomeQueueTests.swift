import Testing

@testable import TFTPEngine

@Suite("what waits in this host's queue")
struct HomeQueueTests {
    @Test(
        "what was sent first leaves first",
        arguments: [
            (0, 0, [false, false, false]),
            (1, 300, [false, false, true]),
            (300, 300, [false, false, true]),
            (301, 300, [false, true, true]),
            (600, 300, [true, true, true]),
        ] as [(Int, Int, [Bool])])
    func order(unsent: Int, last: Int, here: [Bool]) {
        var queue = HomeQueue()
        let ends = [100, 200, last].map { queue.append($0) }
        #expect(ends.map { queue.holds(messageEndingAt: $0, unsent: unsent) } == here)
    }
}
