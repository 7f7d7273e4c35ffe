import Testing
import Wire

@testable import BootPolicy

@Suite("mirrors")
struct MirrorPlanTests {
    @Test(
        "globs",
        arguments: [
            ("pool/**", "pool/a/b.deb", true), ("pool/**", "pools/a", false), ("pool/**", "x/pool/a", false),
            ("pool/*", "pool/a", true), ("pool/*", "pool/a/b", false), ("*.deb", "a.deb", true),
            ("*.deb", "aXdeb", false), ("**/*.deb", "a/b/c.deb", true), ("a?c", "abc", true), ("a?c", "a/c", false),
            ("a+(b)[c]{d}|^$.", "a+(b)[c]{d}|^$.", true), ("", "a", false), ("**", "a/ä", true),
        ])
    func globs(glob: String, path: String, fits: Bool) throws {
        #expect(try NameGlob(glob).matches(path) == fits)
    }

    @Test("where a path of a mirror comes from")
    func urls() throws {
        var catalog = Catalog()
        catalog.mirrors["d"] = MirrorPlan(name: "d", upstream: "https://a.example/debian")
        func url(_ name: String) throws -> String? {
            guard case .mirrored(let plan, let path)? = catalog.mirrored(try RequestPath(name.utf8)) else { return nil }
            return plan.url(of: path)
        }
        #expect(try url("/mirror/d/dists/a b?c") == "https://a.example/debian/dists/a%20b%3Fc")
        #expect(
            try url("mirror/d/pool/libstdc++6_1:12.2~1@x,y=z.deb")
                == "https://a.example/debian/pool/libstdc++6_1:12.2~1@x,y=z.deb")
        #expect(try url("mirror/d") == nil)
        #expect(try url("mirror/e/x") == nil)
        #expect(try url("x/mirror/d/x") == nil)
    }

    @Test("a file alone is served by its very octets")
    func only() throws {
        let files = UpstreamFiles(["https://a.example/%C3%A9"], checksums: [:], mirrors: [:])
        let plan = try #require(files.mirrors["~https-a.example"])
        #expect(plan.serves(try RequestPath("\u{E9}".utf8)))
        #expect(!plan.serves(try RequestPath("e\u{301}".utf8)))
    }

    @Test("two spellings of an accent are two files")
    func both() {
        let files = UpstreamFiles(["https://a/%C3%A9", "https://a/e%CC%81"], checksums: [:], mirrors: [:])
        #expect(files.mirrors["~https-a"]?.only?.count == 2)
    }

    @Test("a real file of that name wins")
    func order() throws {
        var catalog = Catalog()
        catalog.mirrors["d"] = MirrorPlan(name: "d", upstream: "https://a.example")
        let requester = Requester(address: IPAddress(.any))
        let found = AssetResolver.resolve("mirror/d/x".utf8, for: requester, in: catalog).candidates
        #expect(found.map(\.reason) == [.path, .mirror])
    }
}
