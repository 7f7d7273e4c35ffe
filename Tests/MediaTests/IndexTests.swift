import Media
import Testing

@Suite("the index of a medium")
struct IndexTests {
    private static let image = MediumIndex.Image(
        path: "/srv/iso/a b.iso", size: 10_000, modified: 1_718_000_000_000_000_000)
    private static let head = "pilotfish medium 1\nimage 10000 1718000000000000000 /srv/iso/a b.iso\n"

    private static func tree(_ files: [(String, Int64, Int64)], _ links: [(String, String)] = []) -> MediumTree {
        var tree = MediumTree()
        tree.files = files.map { MediumFile(path: $0.0, offset: $0.1, size: $0.2) }
        tree.links = links.map { MediumLink(path: $0.0, target: $0.1) }
        return tree
    }

    private static func read(_ text: String) throws(MediumIndex.Problem) -> MediumIndex {
        try MediumIndex(Array(text.utf8))
    }

    @Test("reads what it wrote")
    func roundTrip() throws {
        let tree = Self.tree([("b/ä c", 2048, 7), ("a", 4096, 0)], [("l", "b"), ("here", "")])
        let index = MediumIndex(image: Self.image, tree: tree)
        #expect(
            index.text == Self.head + "file 4096 0 a\nfile 2048 7 b/ä c\nlink \there\nlink b\tl\nend 4\n")
        #expect(try Self.read(index.text) == index)
        #expect(index.image == Self.image)
    }

    @Test("an image lies anywhere, or beneath the root", arguments: [("/srv/a.iso", false), ("iso/a.iso", true)])
    func beneathRoot(path: String, isBeneath: Bool) throws {
        let index = try Self.read("pilotfish medium 1\nimage 1 1 \(path)\nend 0\n")
        #expect(index.image.path == path && index.image.isBeneathRoot == isBeneath)
    }

    @Test(
        "links are followed wherever they stand, and not for ever",
        arguments: [
            ("dists/bookworm/Release", 100), ("dists/stable/Release", 100), ("debian/dists/stable/Release", 100),
            ("debian/debian/README", 200), ("latest", 200), ("dists/stable", nil), ("loop/x", nil), ("loop", nil),
            ("dists", nil), ("", nil), ("debian", nil), ("../README", nil), ("nowhere/Release", nil),
        ] as [(String, Int64?)])
    func links(path: String, offset: Int64?) {
        let tree = Self.tree(
            [("dists/bookworm/Release", 100, 5), ("README", 200, 5)],
            [
                ("dists/stable", "dists/bookworm"), ("debian", ""), ("latest", "README"), ("loop", "pool"),
                ("pool", "loop"), ("nowhere", "absent"),
            ])
        #expect(MediumIndex(image: Self.image, tree: tree).octets(of: path)?.lowerBound == offset)
    }

    @Test(
        "what is no index is told by its line",
        arguments: [
            ("", .foreign), ("pilotfish medium 2\n", .foreign), ("pilotfish medium 1", .cutShort),
            ("pilotfish medium 1\nimage 1 1 \nend 0\n", .wrong(line: 2)),
            ("pilotfish medium 1\nimage -1 1 /x\nend 0\n", .wrong(line: 2)),
            (head, .cutShort), (head + "file 0 1 a\n", .cutShort), (head + "file 0 1 a\nend 1", .cutShort),
            (head + "file 0 1 a\nend 2\n", .wrong(line: 4)), (head + "end 0\nmore\n", .wrong(line: 4)),
            (head + "file 0 10001 a\nend 1\n", .wrong(line: 3)), (head + "file 10000 1 a\nend 1\n", .wrong(line: 3)),
            (head + "file 99999999999999999999 1 a\nend 1\n", .wrong(line: 3)),
            (head + "file 0 9223372036854775807 a\nend 1\n", .wrong(line: 3)),
            (head + "file 0 1 ../a\nend 1\n", .wrong(line: 3)), (head + "file 0 1 /a\nend 1\n", .wrong(line: 3)),
            (head + "file 0 1 a//b\nend 1\n", .wrong(line: 3)), (head + "file 0 1 a\\b\nend 1\n", .wrong(line: 3)),
            (head + "file 0 1 a\nfile 0 1 a\nend 2\n", .wrong(line: 4)),
            (head + "link ../x\ta\nend 1\n", .wrong(line: 3)), (head + "link a\nend 1\n", .wrong(line: 3)),
            (head + "file 0 1\nend 1\n", .wrong(line: 3)), (head + "what\nend 0\n", .wrong(line: 3)),
        ] as [(String, MediumIndex.Problem)])
    func refused(text: String, problem: MediumIndex.Problem) {
        #expect(throws: problem) { try Self.read(text) }
    }

    @Test(
        "which paths beneath the root mean something on a medium",
        arguments: [
            ("images/arch/tree/a/b", .file("a/b")), ("images/arch/medium.iso", .image), ("images/arch/tree", nil),
            ("images/arch/medium.iso/x", nil), ("images/arch/vmlinuz", nil), ("other/arch/tree/a", nil),
            ("images", nil), ("images/tree/a", nil),
        ] as [(String, MediumPlace.Inside?)])
    func places(path: String, inside: MediumPlace.Inside?) {
        let found = MediumPlace.find(path.split(separator: "/").map(String.init))
        #expect(found?.inside == inside)
        #expect(found == nil || found?.index == "images/arch/medium.index")
    }
}
