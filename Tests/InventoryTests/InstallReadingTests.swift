import BootPolicy
import Fleet
import Foundation
import Glibc
import Inventory
import Testing
import Wire

@Suite("installs on a disk that takes nothing")
struct InstallReadingTests {
    @Test("opened for reading: what is known is answered, nothing is changed, and the file is as it was")
    func reading() throws {
        try inDirectory { directory in
            let path = directory.appending(path: "a place%3f/inventory.sqlite")
            try FileManager.default.createDirectory(
                at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            let tokens = try Self.prepare(path.path)
            let before = try Data(contentsOf: path)
            do { try Self.look(InstallBench(inventory: try Inventory(readingOnly: path.path)), tokens) }
            #expect(try Data(contentsOf: path) == before)
        }
    }

    @Test("the same where SQLite cannot make the files that it has beside its own")
    func readingWithoutLog() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "pilotfish \(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer {
            chmod(directory.path, 0o755)
            try? FileManager.default.removeItem(at: directory)
        }
        let path = directory.appending(path: "inventory.sqlite").path
        _ = try Self.prepare(path)
        chmod(directory.path, 0o555)
        await #expect(processExitsWith: .success) { [path = path as String] in
            // Nobody who is root is kept from writing.
            if getuid() == 0 { setuid(65534) }
            let inventory = try Inventory(readingOnly: path)
            let states = try inventory.leases(of: 1).map(\.lease.state)
            exit(states == [.done, .armed] && inventory.isReadOnly ? 0 : 1)
        }
    }

    @Test("the same when the service was killed, and the last that it wrote is in the log beside the file")
    func readingLog() throws {
        try inDirectory { directory in
            let path = directory.appending(path: "inventory.sqlite").path
            let copy = directory.appending(path: "copy.sqlite").path
            let writer = InstallBench(inventory: try Inventory(path: path))
            let tokens = try Self.fill(writer)
            for end in ["", "-wal", "-shm"] { try FileManager.default.copyItem(atPath: path + end, toPath: copy + end) }
            try Self.look(InstallBench(inventory: try Inventory(readingOnly: copy)), tokens)
            try FileManager.default.removeItem(atPath: copy)
            #expect(throws: InventoryError.self) { _ = try Inventory(readingOnly: copy) }
        }
    }

    private static func prepare(_ path: String) throws -> [String: InstallToken] {
        try fill(InstallBench(inventory: try Inventory(path: path)))
    }

    /// One is done, one waits.
    private static func fill(_ bench: InstallBench) throws -> [String: InstallToken] {
        try bench.begin(2, Rollout(target: "debian", width: 2))
        let tokens = try bench.tokens()
        _ = try bench.take(.ask(.ipxe), tokens["node1"])
        _ = try bench.take(.begin(attempt: 1, .ipxe), tokens["node1"])
        _ = try bench.take(.done, tokens["node1"])
        return tokens
    }

    private static func look(_ bench: InstallBench, _ tokens: [String: InstallToken]) throws {
        #expect(try bench.tokens() == tokens)
        #expect(try bench.states() == [.done, .armed])
        #expect(throws: InventoryError.self) { _ = try bench.take(.ask(.ipxe), tokens["node2"]) }
        #expect(throws: InventoryError.self) { try bench.inventory.record([(1, notice("x"))]) }
        let token = try #require(tokens["node1"])
        #expect(try bench.inventory.lease(of: token)?.lease.state == .done)
    }
}
