import BootPolicy
import LinuxIO
import Testing

@testable import Assets

@Suite("T37 names in other letters, looked for on demand")
struct FoldedDirectoriesTests {
    /// A clock by which everything is old.
    private static let later: @Sendable () -> Int64 = { Clock.wallMilliseconds + 10_000 }

    private static func spelling(_ name: String, _ folded: FoldedDirectories, _ tree: Tree) throws -> String? {
        var allowance = FoldedDirectories.Allowance()
        return try folded.spelling(of: try RequestPath(name.utf8), beneath: tree.root, &allowance)
    }

    @Test("a storm of misses reads each directory once")
    func storm() throws {
        let tree = try Tree((0..<50).map { "dir/file\($0)" })
        let folded = FoldedDirectories(now: Self.later)
        for number in 0..<1000 { #expect(try Self.spelling("DIR/none\(number)", folded, tree) == nil) }
        #expect(try Self.spelling("DIR/FILE7", folded, tree) == "dir/file7")
        // With "." and ".." of both.
        #expect(folded.entriesRead == 3 + 52)
    }

    @Test("a file that comes or goes is seen at once")
    func change() throws {
        let tree = try Tree(["a"])
        let folded = FoldedDirectories(now: Self.later)
        #expect(try Self.spelling("NEW", folded, tree) == nil)
        try tree.write("new")
        #expect(try Self.spelling("NEW", folded, tree) == "new")
        try tree.write("New")
        #expect(try Self.spelling("NEW", folded, tree) == "New")
    }

    @Test("what has just changed is not remembered: a second change may have the same time")
    func recent() throws {
        let tree = try Tree(["a"])
        let folded = FoldedDirectories(now: { Clock.wallMilliseconds })
        for _ in 0..<2 { #expect(try Self.spelling("A", folded, tree) == "a") }
        #expect(folded.entriesRead == 2 * 3)
    }

    @Test("the very name first, else the first in byte order", arguments: [("Bb", "Bb"), ("bb", "BB"), ("bB", "BB")])
    func order(name: String, spelling: String) throws {
        let tree = try Tree(["BB", "Bb", "b/x"])
        #expect(try Self.spelling(name, FoldedDirectories(now: Self.later), tree) == spelling)
    }

    @Test("a request reads so many entries and no more, and one directory is never looked through beyond a limit")
    func bounded() throws {
        let tree = try Tree((0..<30).map { "many/f\($0)" })
        let folded = FoldedDirectories(now: Self.later)
        var allowance = FoldedDirectories.Allowance(entries: 20, directories: 40)
        let path = try RequestPath("MANY/F1".utf8)
        #expect(try folded.spelling(of: path, beneath: tree.root, &allowance) == nil)
        #expect(allowance.entries == 0)
        // The next one may read all of it.
        #expect(try Self.spelling("MANY/F1", folded, tree) == "many/f1")
        let deep = String(repeating: "up/", count: 60) + "MANY/F1"
        try tree.link("up", to: ".")
        #expect(try Self.spelling(deep, folded, tree) == nil)
        #expect(try Self.spelling("UP/up/MANY/F1", folded, tree) == "up/up/many/f1")
    }

    @Test("no link is followed out of the root")
    func links() throws {
        let tree = try Tree(["a"])
        try tree.link("out", to: "/etc")
        try tree.link("up", to: "..")
        let folded = FoldedDirectories(now: Self.later)
        #expect(try Self.spelling("OUT/PASSWD", folded, tree) == nil)
        #expect(try Self.spelling("UP/UP", folded, tree) == nil)
    }

    @Test("memory is bounded: more directories than fit take each other's places")
    func forgetting() throws {
        let tree = try Tree((0..<300).map { "d\($0)/f" })
        let folded = FoldedDirectories(now: Self.later)
        for number in 0..<300 { #expect(try Self.spelling("D\(number)/F", folded, tree) == "d\(number)/f") }
        let before = folded.entriesRead
        #expect(try Self.spelling("D299/F", folded, tree) == "d299/f")
        #expect(folded.entriesRead == before)
        #expect(try Self.spelling("D0/F", folded, tree) == "d0/f")
        #expect(folded.entriesRead == before + 3)
    }
}
