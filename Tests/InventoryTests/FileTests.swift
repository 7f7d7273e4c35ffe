import BootPolicy
import Foundation
import GRDB
import Glibc
import Inventory
import Testing
import Wire

/// The inventory as a file: opened again, killed, damaged, not ours.
@Suite struct FileTests {
    @Test func fileIsReadAgain() throws {
        try inDirectory { directory in
            let path = directory.appending(path: "inventory.sqlite").path
            do {
                let inventory = try Inventory(path: path)
                try inventory.record([(1, answered(try client(firstMAC))), (2, notice("two"))])
            }
            let again = try Inventory(path: path)
            #expect(try again.machines().map(\.mac) == [firstMAC])
            #expect(try again.recentEvents(limit: 9).map(\.kind) == ["notice", "answered"])
            try again.record([(3, notice("three"))])
            #expect(try again.recentEvents(limit: 1).map(\.id) == [3])
        }
    }

    @Test func nothingRecordedIsLostByKill() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "pilotfish-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "inventory.sqlite").path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let inventory = try Inventory(path: path)
            for number in 1...50 { try inventory.record([(Int64(number), notice("\(number)"))]) }
            kill(getpid(), SIGKILL)
        }
        let inventory = try Inventory(path: path)
        #expect(try inventory.recentEvents(limit: 100).map(\.summary) == (1...50).reversed().map { "\($0)" })
    }

    @Test func headerSaysWhoseFileItIsAndHowItIsWritten() throws {
        try inDirectory { directory in
            let header = try rewritten(directory.appending(path: "inventory.sqlite").path) { _ in }
            #expect(Array(header[68..<72]) == Array("PFsh".utf8))
            // SQLite file format §1.3.3: 2 means write-ahead log, for writers and readers.
            #expect(Array(header[18..<20]) == [2, 2])
        }
    }

    @Test func twoReadersAndAWriterShareTheFile() throws {
        try inDirectory { directory in
            let path = directory.appending(path: "inventory.sqlite").path
            let writer = try Inventory(path: path)
            let reader = try Inventory(path: path)
            try writer.record([(1, notice("x"))])
            #expect(try reader.recentEvents(limit: 1).map(\.summary) == ["x"])
            try reader.record([(2, notice("y"))])
            #expect(try writer.recentEvents(limit: 1).map(\.summary) == ["y"])
        }
    }

    /// The error of opening `path`.
    private func refusal(_ path: String) throws -> InventoryError {
        try #require(throws: InventoryError.self) { _ = try Inventory(path: path) }
    }

    @Test func textFileIsDamage() throws {
        try inDirectory { directory in
            let path = directory.appending(path: "inventory.sqlite").path
            let text = Data(String(repeating: "this is no database\n", count: 500).utf8)
            try text.write(to: URL(filePath: path))
            let error = try refusal(path)
            #expect(error.cause == .damaged)
            #expect(error.description.hasPrefix("inventory \(path) is damaged; move it away"))
            #expect(try Data(contentsOf: URL(filePath: path)) == text)
        }
    }

    @Test(arguments: [100, 4096, 8192, 12288])
    func overwrittenPagesAreDamage(offset: Int) throws {
        try inDirectory { directory in
            let path = directory.appending(path: "inventory.sqlite").path
            do {
                let inventory = try Inventory(path: path)
                try inventory.record((1...500).map { (Int64($0), notice("number \($0)")) })
            }
            var bytes = try Data(contentsOf: URL(filePath: path))
            try #require(bytes.count > offset + 600)
            bytes.replaceSubrange(offset..<offset + 600, with: [UInt8](repeating: 0xA5, count: 600))
            try bytes.write(to: URL(filePath: path))
            try? FileManager.default.removeItem(atPath: path + "-wal")
            #expect(try refusal(path).cause == .damaged)
        }
    }

    @Test func foreignDatabaseIsLeftAlone() throws {
        try inDirectory { directory in
            let path = directory.appending(path: "inventory.sqlite").path
            // The application's number in the file's header: 0, as most programs leave it, and another program's.
            for number: [UInt8] in [[0, 0, 0, 0], [1, 2, 3, 4]] {
                try? FileManager.default.removeItem(atPath: path)
                let before = try rewritten(path) { $0.replaceSubrange(68..<72, with: number) }
                let error = try refusal(path)
                #expect(error.cause == .foreign)
                #expect(error.description.contains("belongs to another program"))
                #expect(try Data(contentsOf: URL(filePath: path)) == before)
            }
        }
    }

    /// Killed in its first start, between the list of migrations and the first of them.
    @Test func halfMadeFileIsMadeWhole() throws {
        try inDirectory { directory in
            let path = directory.appending(path: "inventory.sqlite").path
            do {
                let started = try DatabaseQueue(path: path)
                let sql = "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)"
                try started.write { try $0.execute(sql: sql) }
            }
            let inventory = try Inventory(path: path)
            try inventory.record([(1, notice("x"))])
            #expect(try inventory.recentEvents(limit: 1).map(\.summary) == ["x"])
        }
    }

    @Test func newerVersionIsLeftAlone() throws {
        try inDirectory { directory in
            let path = directory.appending(path: "inventory.sqlite").path
            _ = try rewritten(path) { bytes in
                let name = Data("1: machines".utf8)
                while let range = bytes.range(of: name) { bytes[range.lowerBound] = UInt8(ascii: "9") }
            }
            #expect(try refusal(path).cause == .tooNew)
        }
    }

    /// A fresh inventory's file, changed octet by octet.
    private func rewritten(_ path: String, _ change: (inout Data) -> Void) throws -> Data {
        do { _ = try Inventory(path: path) }
        var bytes = try Data(contentsOf: URL(filePath: path))
        change(&bytes)
        try bytes.write(to: URL(filePath: path))
        return bytes
    }

    @Test func missingDirectoryIsSaid() throws {
        let error = try refusal("/nonexistent/pilotfish/inventory.sqlite")
        #expect(error.cause == .inaccessible)
        #expect(
            error.description.contains("/nonexistent/pilotfish/inventory.sqlite cannot be opened; does its directory"))
    }
}
