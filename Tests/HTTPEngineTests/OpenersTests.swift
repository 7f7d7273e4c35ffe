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
            openers.run(for: "dead", Wish(), eventLoop: group.next()) {
                disk.read()
                return number
            }
        }
        let alive = (0..<100).map { number in openers.run(for: "alive", Wish(), eventLoop: group.next()) { number } }
        #expect(try alive.map { try $0.wait() } == Array(0..<100))
        #expect(disk.asked.load(ordering: .relaxed) <= 3)
        disk.answer()
        #expect(try dead.map { try $0.wait() } == Array(0..<100))
        #expect(disk.asked.load(ordering: .relaxed) == 100)
        openers.stop()
    }

    @Test("who is gone is not waited for, and takes up no room")
    func withdrawn() throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        defer { try? group.syncShutdownGracefully() }
        let openers = Openers(threads: 2, share: 1)
        let disk = Disk()
        let first = openers.run(for: "dead", Wish(), eventLoop: group.next()) { disk.read() }
        let gone = (0..<200).map { _ in
            let wish = Wish()
            defer { wish.withdraw() }
            return openers.run(for: "dead", wish, eventLoop: group.next()) { disk.read() }
        }
        // Found out while others come, not when the disk answers.
        #expect(throws: CancellationError.self) { try gone[0].wait() }
        disk.answer()
        try first.wait()
        for future in gone { #expect(throws: CancellationError.self) { try future.wait() } }
        #expect(disk.asked.load(ordering: .relaxed) == 1)
        openers.stop()
    }

    @Test("who waits is told when they stop, and so is who comes later")
    func stop() throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        defer { try? group.syncShutdownGracefully() }
        let openers = Openers(threads: 2, share: 1)
        let disk = Disk()
        let first = openers.run(for: "dead", Wish(), eventLoop: group.next()) { disk.read() }
        let waiting = openers.run(for: "dead", Wish(), eventLoop: group.next()) { disk.read() }
        openers.stop()
        #expect(throws: CancellationError.self) { try waiting.wait() }
        #expect(throws: CancellationError.self) {
            try openers.run(for: "alive", Wish(), eventLoop: group.next()) {}.wait()
        }
        disk.answer()
        // It had begun, or it was told as well.
        _ = try? first.wait()
    }
}
