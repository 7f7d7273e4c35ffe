import Exchange
import Glibc
import LinuxIO
import Support
import Testing
import Wire

@testable import TFTPEngine

/// A file in a directory of its own, gone with the value's owner.
private final class ScratchFile {
    let path: String

    init(_ bytes: [UInt8]) throws {
        var template = Array("/tmp/pilotfish-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        path = String(decoding: template.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        #expect(write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
    }

    deinit { unlink(path) }
}

@Suite("Content")
struct ContentTests {
    private static func octets(_ count: Int) -> [UInt8] {
        var generator = SeededGenerator(state: UInt64(count) + 1)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// What DATA packets of the file look like, made the slow way (RFC 1350 §5).
    private static func packets(_ bytes: [UInt8], _ blockSize: Int) -> [[UInt8]] {
        (0...bytes.count / blockSize).map { index in
            let number = index + 1
            return [0, 3, UInt8(number >> 8 & 255), UInt8(number & 255)]
                + bytes[index * blockSize..<min((index + 1) * blockSize, bytes.count)]
        }
    }

    @Test(
        "an image is the file's packets, one behind the other",
        arguments: [1, 511, 512, 513, 1024, 70_000], [8, 512, 1428])
    func image(size: Int, blockSize: Int) throws {
        let bytes = Self.octets(size)
        let scratch = try ScratchFile(bytes)
        let budget = MemoryBudget(octets: 1 << 20)
        let file = try OpenFile(hostPath: scratch.path)
        let made = FramedImage(file, blockSize: blockSize, budget: budget)
        let image = try #require(made)
        let wanted = Self.packets(bytes, blockSize)
        for count in [1, 2, wanted.count] where count <= wanted.count {
            let first = Int64(wanted.count - count + 1)
            #expect(Array(image.packets(first: first, count: count)) == wanted.suffix(count).flatMap(\.self))
        }
    }

    @Test("blocks beyond 65,535 carry the number that rolled over")
    func rollover() throws {
        let scratch = try ScratchFile(Self.octets(8 * 65_540))
        let file = try OpenFile(hostPath: scratch.path)
        let made = FramedImage(file, blockSize: 8, budget: MemoryBudget(octets: 1 << 20))
        let image = try #require(made)
        #expect(image.packets(first: 65_535, count: 1).prefix(4).elementsEqual([0, 3, 255, 255]))
        #expect(image.packets(first: 65_536, count: 1).prefix(4).elementsEqual([0, 3, 0, 0]))
        #expect(image.packets(first: 65_541, count: 1).elementsEqual([0, 3, 0, 5]))
    }

    @Test("images stay within their budget, and give it back")
    func budget() throws {
        let scratch = try ScratchFile(Self.octets(100_000))
        let budget = MemoryBudget(octets: 150_000)
        do {
            let file = try OpenFile(hostPath: scratch.path)
            let first = FramedImage(file, blockSize: 1428, budget: budget)
            #expect(first != nil)
            let second = FramedImage(file, blockSize: 512, budget: budget)
            #expect(second == nil)
        }
        #expect(budget.take(150_000))
    }

    @Test("T131, T133 a file that changes after it was opened is not framed", arguments: [0, 50_000, 150_000])
    func changed(size: Int) throws {
        let scratch = try ScratchFile(Self.octets(100_000))
        let budget = MemoryBudget(octets: 1 << 20)
        let file = try OpenFile(hostPath: scratch.path)
        #expect(truncate(scratch.path, size) == 0)
        let image = FramedImage(file, blockSize: 1428, budget: budget)
        #expect(image == nil)
        #expect(budget.take(1 << 20))
    }

    /// Waits until the loader has answered `count` times.
    private func collect(_ table: inout ContentTable, until isDone: () -> Bool) -> [Content] {
        var framed: [Content] = []
        for _ in 0..<5000 where !isDone() {
            framed += table.collect()
            usleep(1000)
        }
        return framed
    }

    /// Waits until the loader has failed, or has brought something in.
    private func failures(_ table: inout ContentTable, until isDone: () -> Bool) -> [ContentTable.Failure] {
        for _ in 0..<5000 where !isDone() {
            _ = table.collect()
            let failures = table.takeFailures()
            if !failures.isEmpty { return failures }
            usleep(1000)
        }
        return []
    }

    @Test("a mapped file comes into memory ahead of who sends it; the second who asks alike gets an image")
    func loader() throws {
        let scratch = try ScratchFile(Self.octets(3_000_000))
        let stop = StopSignal()
        let loader = try ContentLoader(imageOctets: 4 << 20, stop: stop)
        defer {
            stop.raise()
            loader.join()
        }
        var table = ContentTable(loader: ContentLoader.Client(loader, wake: try WakeUp()))
        let now = Instant(nanoseconds: 1)
        let file = try SharedFile(OpenFile(hostPath: scratch.path))
        let content = table.content(of: file, now: now)
        #expect(content.lastReadyBlock(from: 1, blockSize: 1000) == 0)
        table.willSend(content, blockSize: 1000)
        _ = collect(&table) { content.residency.end(from: 0) > 0 }
        #expect(content.lastReadyBlock(from: 1, blockSize: 1000) == 1 << 20 / 1000)
        #expect(content.images.isEmpty)
        table.readAhead(content, from: 1 << 20)
        _ = collect(&table) { content.residency.end(from: 1 << 20) > 1 << 20 }
        table.readAhead(content, from: 2 << 20)
        _ = collect(&table) { content.residency.isWhole }
        #expect(content.lastReadyBlock(from: 1, blockSize: 1000) == .max)

        let again = table.content(of: try table.shared(OpenFile(hostPath: scratch.path)), now: now)
        #expect(again === content)
        table.willSend(again, blockSize: 1000)
        _ = collect(&table) { content.image(blockSize: 1000) != nil }
        #expect(content.image(blockSize: 1000)?.packets(first: 3000, count: 5).count == 1004 + 4)
    }

    @Test("T134 what cannot be brought in is told, with the reason", arguments: [0, 3_000_000])
    func failing(size: Int) throws {
        let scratch = try ScratchFile(Self.octets(3_000_000))
        let stop = StopSignal()
        let loader = try ContentLoader(imageOctets: 0, stop: stop)
        defer {
            stop.raise()
            loader.join()
        }
        var table = ContentTable(loader: ContentLoader.Client(loader, wake: try WakeUp()))
        let file = try SharedFile(OpenFile(hostPath: scratch.path))
        #expect(truncate(scratch.path, size) == 0)
        let content = table.content(of: file, now: Instant(nanoseconds: 1))
        let failures = failures(&table) { content.residency.end(from: 0) > 0 }
        #expect(failures.map(\.octets) == (size == 0 ? [0..<Residency.part] : []))
        #expect(failures.allSatisfy { $0.isChanged && $0.content === content })
    }

    @Test("pages that the kernel took back are brought in again before they are sent")
    func doubted() throws {
        let scratch = try ScratchFile(Self.octets(1_000_000))
        let stop = StopSignal()
        let loader = try ContentLoader(imageOctets: 0, stop: stop)
        defer {
            stop.raise()
            loader.join()
        }
        var table = ContentTable(loader: ContentLoader.Client(loader, wake: try WakeUp()))
        let file = try SharedFile(OpenFile(hostPath: scratch.path))
        let content = table.content(of: file, now: Instant(nanoseconds: 1))
        _ = collect(&table) { content.residency.isWhole }
        table.doubt()
        #expect(content.lastReadyBlock(from: 1, blockSize: 1000) == 0)
        table.readAhead(content, from: 0)
        _ = collect(&table) { content.residency.isWhole }
        #expect(content.lastReadyBlock(from: 1, blockSize: 1000) == .max)
        // A copy is our own memory, and in no doubt.
        let small = try ScratchFile(Self.octets(1000))
        let copied = table.content(of: try SharedFile(OpenFile(hostPath: small.path)), now: Instant(nanoseconds: 1))
        table.doubt()
        #expect(copied.lastReadyBlock(from: 1, blockSize: 512) == .max)
    }

    @Test("a small file is a copy and needs no loader")
    func small() throws {
        let bytes = Self.octets(65_536)
        let scratch = try ScratchFile(bytes)
        let content = try Content(SharedFile(OpenFile(hostPath: scratch.path)))
        let start = try #require(content.start)
        #expect(UnsafeRawBufferPointer(start: start, count: bytes.count).elementsEqual(bytes))
        #expect(content.lastReadyBlock(from: 1, blockSize: 512) == .max)
    }
}
