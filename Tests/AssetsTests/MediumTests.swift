import BootPolicy
import Glibc
import LinuxIO
import Media
import Testing
import Wire

@testable import Assets

@Suite("files out of an image that was imported")
struct MediumTests {
    /// A root with an "image" beneath it, of which three parts are files.
    private final class Stand {
        let tree: Tree
        let shelf = MediumShelf()

        init() throws {
            tree = try Tree(["isos/arch.iso", "images/arch/medium.index"])
            try index(of: "isos/arch.iso")
        }

        /// Each test file holds its own path, so the image's octets are "isos/arch.iso".
        func index(of path: String, size: Int64? = nil) throws {
            let file = try tree.root.open("isos/arch.iso")
            var media = MediumTree()
            media.files = [
                MediumFile(path: "a/iso", offset: 0, size: 4), MediumFile(path: "arch", offset: 5, size: 4),
                MediumFile(path: "none", offset: 0, size: 0),
            ]
            media.links = [MediumLink(path: "b", target: "a")]
            let image = MediumIndex.Image(path: path, size: size ?? file.size, modified: file.modified)
            try write(MediumIndex(image: image, tree: media).text)
        }

        func write(_ text: String) throws {
            let file = try #require(fopen(tree.path + "/images/arch/medium.index", "w"))
            fputs(text, file)
            fclose(file)
        }

        func open(_ path: String, _ patience: Patience = .waits) throws -> String? {
            guard let file = try shelf.open(try RequestPath(path.utf8), beneath: tree.root, patience) else {
                return nil
            }
            return String(decoding: try file.contents(limit: 100), as: UTF8.self)
        }
    }

    @Test(
        "each path is a part of the image",
        arguments: [
            ("images/arch/tree/a/iso", "isos"), ("images/arch/tree/arch", "arch"), ("images/arch/tree/b/iso", "isos"),
            ("images/arch/tree/none", ""), ("images/arch/medium.iso", "isos/arch.iso"), ("images/arch/tree/a", nil),
            ("images/other/tree/arch", nil), ("images/arch/tree", nil),
        ] as [(String, String?)])
    func parts(path: String, content: String?) throws {
        #expect(try Stand().open(path) == content)
    }

    @Test("images that lie elsewhere are known by their paths, also of an index that says nonsense below")
    func elsewhere() throws {
        let stand = try Stand()
        #expect(stand.tree.root.imagesElsewhere() == [])
        try stand.index(of: "/srv/isos/arch.iso")
        #expect(stand.tree.root.imagesElsewhere() == ["/srv/isos/arch.iso"])
        try stand.write("pilotfish medium 1\nimage 1 2 /srv/other.iso\nnonsense")
        #expect(stand.tree.root.imagesElsewhere() == ["/srv/other.iso"])
        for text in ["", "pilotfish medium 2\nimage 1 2 /x\n", "pilotfish medium 1\nimage 1 2 /x"] {
            try stand.write(text)
            #expect(stand.tree.root.imagesElsewhere() == [])
        }
    }

    @Test("the index is read once, until it changes")
    func cached() throws {
        let stand = try Stand()
        for _ in 0..<5 { _ = try stand.open("images/arch/tree/arch") }
        #expect(stand.shelf.indexesRead == 1)
        try stand.index(of: stand.tree.path + "/isos/arch.iso")
        #expect(try stand.open("images/arch/tree/arch") == "arch")
        #expect(stand.shelf.indexesRead == 2)
    }

    @Test("who may not wait gets what was read before, and else is told to wait")
    func patience() throws {
        let stand = try Stand()
        #expect(throws: SystemError.self) { try stand.open("images/arch/tree/arch", .answersFromMemory) }
        #expect(stand.shelf.indexesRead == 0)
    }

    @Test("an image in another state, or none at all, is not served")
    func stale() throws {
        let stand = try Stand()
        try stand.index(of: "isos/arch.iso", size: 12)
        #expect(throws: SystemError.self) { try stand.open("images/arch/tree/arch") }
        try stand.index(of: "isos/absent.iso")
        #expect(throws: SystemError.self) { try stand.open("images/arch/tree/arch") }
        try stand.index(of: "../etc/passwd")
        #expect(throws: SystemError.self) { try stand.open("images/arch/tree/arch") }
        try stand.write("pilotfish medium 1\n")
        #expect(throws: SystemError.self) { try stand.open("images/arch/tree/arch") }
    }

    @Test("another user's index leads to none of our files", .enabled(if: getuid() == 0))
    func owners() throws {
        let stand = try Stand()
        try stand.index(of: stand.tree.path + "/isos/arch.iso")
        #expect(chown(stand.tree.path + "/images/arch/medium.index", 65_534, 65_534) == 0)
        #expect(throws: SystemError.self) { try stand.open("images/arch/tree/arch") }
    }

    @Test("a real file wins, and requests come through the store")
    func store() throws {
        let stand = try Stand()
        let store = AssetStore(root: ServedRoot(stand.tree.root))
        func content(_ name: String) throws -> String {
            let requester = Requester(address: .init(.any))
            guard
                case .file(let file) = try store.open(
                    name.utf8, for: requester, catalog: Catalog(), local: IPAddress(.any))
            else {
                return "(made)"
            }
            return String(decoding: try file.contents(limit: 100), as: UTF8.self)
        }
        #expect(try content("/images/arch/tree/arch") == "arch")
        let told = store.explain(
            "images/arch/tree/arch".utf8, for: Requester(address: .init(.any)), catalog: Catalog())
        #expect(told.fates.map(\.fate) == [.answersFromImage])
        try stand.tree.write("images/arch/tree/arch")
        #expect(try content("/images/arch/tree/arch") == "images/arch/tree/arch")
        #expect(throws: AssetProblem.notFound) { try content("/images/arch/tree/absent") }
        #expect(throws: AssetProblem.denied) { try content("/images/arch/medium.index") }
    }
}
