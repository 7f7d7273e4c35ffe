import LinuxIO
import Testing

/// A part of a file behaves as a file of its own, wherever it begins.
@Suite("parts of files")
struct FilePartTests {
    private static let octets = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 8) }

    @Test(
        "what is read, mapped and framed are the octets of the part",
        arguments: [
            0..<10, 2048..<2049, 4096..<8192, 6144..<140_000, 199_999..<200_000, 70_001..<200_000, 5..<5,
        ] as [Range<Int64>])
    func parts(part: Range<Int64>) throws {
        let scratch = try ScratchDirectory()
        try scratch.write("image", Self.octets)
        let file = try OpenFile(part, of: OpenFile(hostPath: scratch.path + "/image"))
        let expected = Array(Self.octets[Int(part.lowerBound)..<Int(part.upperBound)])
        #expect(file.size == Int64(part.count) && file.identity.size == file.size)
        let contents = try file.contents(limit: 200_000)
        #expect(contents == expected)
        let cached = file.contentsInCache()
        #expect(cached?.octets == expected)
        let mapping = try MappedFile(file)
        try mapping.populate(0..<file.size)
        #expect(
            mapping.start.map { Array(UnsafeRawBufferPointer(start: $0, count: Int(mapping.size))) } ?? [] == expected)
        let blocks = StableMemory(count: max(expected.count, 1))
        try file.readBlocks(to: blocks.start, blockSize: 1428, stride: 1428)
        #expect(Array(blocks.octets.prefix(expected.count)) == expected)
        let isUnchanged = file.isUnchanged()
        #expect(isUnchanged)
        // A later piece, which begins in the middle of a page.
        if part.count > 10_000 {
            try mapping.populate(5000..<9000)
            let piece = try file.octets(5000..<9000)
            #expect(piece == Array(expected[5000..<9000]))
        }
    }

    @Test("parts of one file are different files, and a part reaches nowhere else")
    func identities() throws {
        let scratch = try ScratchDirectory()
        try scratch.write("image", Self.octets)
        func part(_ octets: Range<Int64>) throws -> FileIdentity {
            try OpenFile(octets, of: OpenFile(hostPath: scratch.path + "/image")).identity
        }
        #expect(try part(0..<10) != part(10..<20))
        #expect(try part(10..<20) == part(10..<20))
        #expect(throws: SystemError.self) { try part(199_999..<200_001) }
        for outside: Range<Int64> in [50..<101, -1..<5] {
            #expect(throws: SystemError.self) {
                try OpenFile(100..<200, of: OpenFile(hostPath: scratch.path + "/image")).octets(outside)
            }
        }
    }
}
