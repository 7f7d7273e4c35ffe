import BootPolicy
import Foundation
import Glibc
import LinuxIO
import Testing
import Wire

@testable import Assets

@Suite("T136 the root's directory goes away and comes back")
struct ServedRootTests {
    @Test("a directory that takes the place of another is seen at the next look, and so is the first when it is back")
    func replaced() throws {
        let (old, new) = (try Tree(["old"]), try Tree(["new"]))
        let root = ServedRoot(old.root)
        #expect(try !root.follow())
        #expect((try? root.current.open("old").size) == 3)

        let aside = old.path + "-aside"
        try #require(rename(old.path, aside) == 0 && rename(new.path, old.path) == 0)
        // Nothing has looked yet.
        #expect((try? root.current.open("old").size) == 3)
        #expect(try root.follow())
        #expect(try !root.follow())
        #expect((try? root.current.open("new").size) == 3)
        #expect((try? root.current.open("old").size) == nil)

        try #require(rename(old.path, new.path) == 0 && rename(aside, old.path) == 0)
        #expect(try root.follow())
        #expect((try? root.current.open("old").size) == 3)
    }

    @Test("a path that leads nowhere changes nothing; what comes there next is seen")
    func missing() throws {
        let tree = try Tree(["f"])
        let root = ServedRoot(tree.root)
        let aside = tree.path + "-aside"
        try #require(rename(tree.path, aside) == 0)
        #expect(throws: SystemError.self) { try root.follow() }
        #expect((try? root.current.open("f").size) == 1)
        try #require(mkdir(tree.path, 0o755) == 0)
        #expect(try root.follow())
        #expect((try? root.current.open("f").size) == nil)
        try #require(rmdir(tree.path) == 0 && rename(aside, tree.path) == 0)
        #expect(try root.follow())
        #expect((try? root.current.open("f").size) == 1)
    }
}

@Suite("What is in memory, and what waits for a disk")
struct PromptOpeningTests {
    private static let client = Requester(address: IPAddress(IPv4Address(192, 0, 2, 9)))

    /// What is said at once; nil for what has to wait.
    private static func promptly(_ name: String, _ store: AssetStore, ignoringCase: Bool = false) -> String? {
        var catalog = Catalog()
        catalog.naming.ignoresCase = ignoringCase
        let resolution = AssetResolver.resolve(name.utf8, for: client, in: catalog)
        do throws(AssetProblem) {
            guard let asset = try store.openFromMemory(resolution, catalog: catalog, local: IPAddress(.any)) else {
                return nil
            }
            switch consume asset {
            case .generated: return "(made)"
            case .growing: return "(growing)"
            case .file(let file): return "\(file.size)"
            }
        } catch {
            return "\(error)"
        }
    }

    /// The same, again and again: while other tests rename and remove files beside it, the kernel does not know at once.
    private static func promptlyAtLast(_ name: String, _ store: AssetStore, ignoringCase: Bool = false) -> String? {
        for _ in 0..<100 {
            if let said = promptly(name, store, ignoringCase: ignoringCase) { return said }
            usleep(1000)
        }
        return nil
    }

    /// The same by who may wait.
    private static func patiently(_ name: String, _ store: AssetStore, ignoringCase: Bool = false) -> String {
        var catalog = Catalog()
        catalog.naming.ignoresCase = ignoringCase
        do throws(AssetProblem) {
            switch try store.open(name.utf8, for: client, catalog: catalog, local: IPAddress(.any)) {
            case .generated: return "(made)"
            case .growing: return "(growing)"
            case .file(let file): return "\(file.size)"
            }
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "both say the same, if both say something; what was looked for once is known",
        arguments: ["a", "dir/b", "missing", "dir", "dir/missing/x", "link", "outward", "../a", "boot.ipxe", "fifo"])
    func same(name: String) throws {
        let tree = try Tree(["a", "dir/b"])
        try tree.link("link", to: "dir/b")
        try tree.link("outward", to: "/etc/passwd")
        mkfifo(tree.path + "/fifo", 0o644)
        let store = AssetStore(root: ServedRoot(tree.root))
        for _ in 0..<2 {
            let prompt = Self.promptly(name, store)
            let patient = Self.patiently(name, store)
            #expect(prompt == nil || prompt == patient)
        }
        // Of what leads out nobody can say at once whether it leads out or onto another mount.
        #expect(name == "outward" || Self.promptlyAtLast(name, store) != nil)
    }

    @Test("a process or a server is never asked by who may not wait", arguments: ["version", "missing"])
    func foreign(name: String) throws {
        let store = AssetStore(root: ServedRoot(try RootDirectory(path: "/proc")))
        _ = Self.patiently(name, store)
        #expect(Self.promptly(name, store) == nil)
    }

    @Test("another mount beneath the root is never looked at by who may not wait")
    func mount() throws {
        let store = AssetStore(root: ServedRoot(try RootDirectory(path: "/")))
        #expect(Self.patiently("proc/version", store) == "0")
        #expect(Self.promptly("proc/version", store) == nil)
    }

    @Test("names in other letters: at once when the directories are remembered")
    func folded() throws {
        let tree = try Tree(["dir/b"])
        let store = AssetStore(root: ServedRoot(tree.root))
        #expect(Self.patiently("DIR/B", store, ignoringCase: true) == "5")
        #expect(Self.promptly("DIR/B", store, ignoringCase: true) == nil)
        // What has just changed is not remembered.
        usleep(1_200_000)
        #expect(Self.patiently("DIR/B", store, ignoringCase: true) == "5")
        #expect(Self.promptlyAtLast("DIR/B", store, ignoringCase: true) == "5")
        try tree.write("dir/c")
        #expect(Self.promptly("DIR/C", store, ignoringCase: true) == nil)
    }

    /// While other tests rename and remove files beside it, the kernel says of one in memory that it does not know at once.
    private static func eventually<Value>(_ body: () throws(SystemError) -> Value) throws(SystemError) -> Value {
        for _ in 0..<100 {
            do throws(SystemError) {
                return try body()
            } catch {
                guard error.isWouldBlock else { throw error }
                usleep(1000)
            }
        }
        return try body()
    }

    @Test("files of the host, whose links are followed")
    func host() throws {
        let tree = try Tree(["a"])
        try tree.link("link", to: tree.path + "/a")
        for _ in 0..<2 {
            for patience in [Patience.waits, .answersFromMemory] {
                let size = try Self.eventually { () throws(SystemError) in
                    try OpenFile(hostPath: tree.path + "/link", patience).size
                }
                #expect(size == 1)
            }
        }
        #expect(throws: SystemError.self) { _ = try OpenFile(hostPath: "/proc/version", .answersFromMemory) }
    }
}
