import Foundation
import LinuxIO
import Testing

@Suite("a directory for one process")
struct DirectoryLockTests {
    @Test("a second lock fails until the first is gone, and leaves nothing")
    func excludes() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "pilotfish-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let first = try DirectoryLock(directory.path)
        let error = try #require(throws: SystemError.self) { _ = try DirectoryLock(directory.path) }
        #expect(error.isWouldBlock)
        _ = consume first
        try Self.lockAtLast(directory.path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }

    /// A process that another test starts has a copy of the lock's descriptor until it is another program.
    private static func lockAtLast(_ path: String) throws {
        for _ in 0..<1000 {
            do throws(SystemError) {
                _ = try DirectoryLock(path)
                return
            } catch {
                guard error.isWouldBlock else { throw error }
                usleep(1000)
            }
        }
        _ = try DirectoryLock(path)
    }

    @Test("what is no directory is an error")
    func isMissing() throws {
        let error = try #require(throws: SystemError.self) { _ = try DirectoryLock("/nonexistent/pilotfish") }
        #expect(error.isMissing)
    }
}
