import Testing

@testable import TFTPEngine

@Suite("Impatience")
struct ImpatienceTests {
    /// How many of the next waits begin with a look, when `isRight` says how a look ends.
    private func looks(_ impatience: inout Impatience, of waits: Int, isRight: Bool) -> Int {
        var looks = 0
        for _ in 0..<waits where impatience.looksAgain {
            looks += 1
            if isRight { impatience.wasRight() } else { impatience.wasWrong() }
        }
        return looks
    }

    @Test("a network that is slower than a look costs a look in 64 waits")
    func slow() {
        var impatience = Impatience()
        #expect(looks(&impatience, of: 6400, isRight: false) == 100)
    }

    @Test("one look that was right is followed by others; a client that goes quiet is soon left alone")
    func quick() {
        var impatience = Impatience()
        #expect(looks(&impatience, of: 1000, isRight: true) == 1000 - 63)
        #expect(looks(&impatience, of: 640, isRight: false) <= 16 + 10)
    }
}
