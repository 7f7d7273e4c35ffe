import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HTTPEngine

@Suite("threads that open files")
struct OpenersTests {
    /// A disk that answers nobody until it is told to.
    private final class Disk: Sendable {
        private let isOpen = Atomic<Bool>(false)
        let asked = Atomic<Int>(0)

        func read() {
            asked.add(1, ordering: .relaxed)
            while !isOpen.load(ordering: .acquiring) { usleep(1000) }
        }

        func answer() { isOpen.store(true, ordering: .releasing) }
    }

    @Test("a directory that hangs keeps its share of them, and the others are served")
    func share() throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        defer { try? group.syncShutdownGracefully() }
        let openers = Openers(threads: 5, share: 3)
        let disk = Disk()
        let dead = (0..<100).map { number in
            openers.run(for: "dead", eventLoop: group.next()) {
                disk.read()
                return number
            }
        }
        let alive = (0..<100).map { number in openers.run(for: "alive", eventLoop: group.next()) { number } }
        #expect(try alive.map { try $0.wait() } == Array(0..<100))
        #expect(disk.asked.load(ordering: .relaxed) <= 3)
        disk.answer()
        #expect(try dead.map { try $0.wait() } == Array(0..<100))
        #expect(disk.asked.load(ordering: .relaxed) == 100)
        openers.stop()
    }

    @Test("who waits is told when they stop, and so is who comes later")
    func stop() throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        defer { try? group.syncShutdownGracefully() }
        let openers = Openers(threads: 2, share: 1)
        let disk = Disk()
        let first = openers.run(for: "dead", eventLoop: group.next()) { disk.read() }
        let waiting = openers.run(for: "dead", eventLoop: group.next()) { disk.read() }
        openers.stop()
        #expect(throws: CancellationError.self) { try waiting.wait() }
        #expect(throws: CancellationError.self) {
            try openers.run(for: "alive", eventLoop: group.next()) {}.wait()
        }
        disk.answer()
        // It had begun, or it was told as well.
        _ = try? first.wait()
    }
}
