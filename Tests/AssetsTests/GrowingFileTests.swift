import Synchronization
import Testing

@testable import Assets

@Suite("a file that grows")
struct GrowingFileTests {
    @Test("who comes and goes while nothing comes leaves nothing behind")
    func forgotten() throws {
        let file = GrowingFile(name: "a")
        for _ in 0..<10_000 {
            let ticket = try #require(file.awaitNews(beyond: file.progress) { Issue.record("heard") })
            file.forget(ticket)
        }
        #expect(file.waitingCount == 0)
        file.update { $0.octets = 1 }
    }

    @Test("who waits hears once, first come first, and who is behind already not at all")
    func news() throws {
        let file = GrowingFile(name: "a")
        let heard = Mutex<[Int]>([])
        let seen = file.progress
        for number in 1...20 {
            #expect(file.awaitNews(beyond: seen) { heard.withLock { $0.append(number) } } != nil)
        }
        file.update { $0.octets = 1 }
        #expect(heard.withLock { $0 } == Array(1...20))
        #expect(file.awaitNews(beyond: seen) { Issue.record("heard") } == nil)
        file.update { $0.octets = 2 }
        #expect(heard.withLock { $0.count } == 20)
    }
}
