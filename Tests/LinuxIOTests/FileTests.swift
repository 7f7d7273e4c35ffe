import Glibc
import LinuxIO
import Synchronization
import Testing

/// A directory of its own for one test, with files, links and other things in it.
final class ScratchDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/pilotfish-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        entries.append(name)
        let file = try #require(fopen(path + "/" + name, "w"))
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    deinit {
        for name in entries.reversed() {
            if unlink(path + "/" + name) != 0 { rmdir(path + "/" + name) }
        }
        rmdir(path)
    }

    /// What is to be removed again, directories before what is in them.
    var entries: [String] = []
}

@Suite("Root directory")
struct RootDirectoryTests {
    private static func make() throws -> (ScratchDirectory, RootDirectory) {
        let scratch = try ScratchDirectory()
        scratch.entries = [
            "root", "root/sub", "root/inside", "root/outside", "root/absolute", "root/loop", "root/fifo",
        ]
        try #require(mkdir(scratch.path + "/root", 0o755) == 0)
        try #require(mkdir(scratch.path + "/root/sub", 0o755) == 0)
        try scratch.write("secret", [1])
        try scratch.write("root/file", [1, 2, 3])
        try scratch.write("root/sub/file", [4])
        symlink("sub/file", scratch.path + "/root/inside")
        symlink("../secret", scratch.path + "/root/outside")
        symlink("/etc/passwd", scratch.path + "/root/absolute")
        symlink("loop", scratch.path + "/root/loop")
        mkfifo(scratch.path + "/root/fifo", 0o644)
        return (scratch, try RootDirectory(path: scratch.path + "/root"))
    }

    @Test(
        "opens regular files beneath it", arguments: [("file", 3), ("sub/file", 1), ("inside", 1), ("sub/../file", 3)])
    func opens(path: String, size: Int64) throws {
        let (scratch, root) = try Self.make()
        let file = try root.open(path)
        #expect(file.size == size)
        withExtendedLifetime(scratch) {}
    }

    @Test("a name that goes up and stays beneath is opened, whatever others rename meanwhile")
    func renaming() throws {
        let (scratch, root) = try Self.make()
        let (one, other) = (scratch.path + "/secret", scratch.path + "/another")
        let isOver = Atomic(false)
        let renaming = try EngineThread(name: "renaming") {
            while !isOver.load(ordering: .acquiring) {
                rename(one, other)
                rename(other, one)
            }
        }
        defer {
            isOver.store(true, ordering: .releasing)
            renaming.join()
        }
        for _ in 0..<20_000 { _ = try root.open("sub/../file") }
    }

    @Test(
        "refuses what leads out, and says so",
        arguments: ["../secret", "sub/../../secret", "outside", "absolute", "/etc/passwd", "loop"])
    func refuses(path: String) throws {
        let (scratch, root) = try Self.make()
        let error = Self.failure(root, path)
        #expect(error?.leavesRoot == true)
        withExtendedLifetime(scratch) {}
    }

    @Test("a directory tells its names, as many as were asked for, and a state that changes with them")
    func names() throws {
        let (scratch, root) = try Self.make()
        let open = try root.openDirectory("")
        let before = open.state
        let all = try open.names(limit: 100)
        #expect(all.names.sorted() == ["absolute", "fifo", "file", "inside", "loop", "outside", "sub"])
        #expect(all.isComplete && all.read == 9)
        let some = try root.openDirectory("").names(limit: 4)
        #expect(!some.isComplete && some.read == 4 && some.names.count <= 4)
        #expect(try root.openDirectory("sub").names(limit: 100).names == ["file"])
        try #require(unlink(scratch.path + "/root/fifo") == 0)
        let after = try root.openDirectory(".").state
        #expect(after.identity == before.identity && after != before)
    }

    @Test(
        "no directory outside is opened, and no file as one",
        arguments: ["..", "sub/../..", "outside", "file", "/etc", "loop"])
    func noDirectories(path: String) throws {
        let (scratch, root) = try Self.make()
        #expect(throws: SystemError.self) { _ = try root.openDirectory(path).state }
        withExtendedLifetime(scratch) {}
    }

    @Test("directories, FIFOs and missing files are no files, and none of them stops the thread")
    func noFiles() throws {
        let (scratch, root) = try Self.make()
        #expect(Self.failure(root, "sub")?.isNoRegularFile == true)
        #expect(Self.failure(root, "fifo")?.isNoRegularFile == true)
        #expect(Self.failure(root, "nothing")?.isMissing == true)
        #expect(Self.failure(root, "file/below")?.isMissing == true)
        withExtendedLifetime(scratch) {}
    }

    private static func failure(_ root: RootDirectory, _ path: String) -> SystemError? {
        do throws(SystemError) {
            _ = try root.open(path)
            return nil
        } catch {
            return error
        }
    }
}
