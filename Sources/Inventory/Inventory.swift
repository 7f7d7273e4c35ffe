package import BootPolicy
import Foundation
import GRDB
package import Wire

/// The machines seen and what happened, in one SQLite file.
///
/// What `record` has returned from survives `kill -9` and, as far as the disk is honest, loss of power. Every call may
/// wait for the disk, so none belongs on an engine's thread.
package final class Inventory: Sendable {
    /// How much is kept before the oldest goes.
    package struct Limits: Sendable {
        package var events: Int
        /// Against somebody who invents hardware addresses.
        package var machines: Int
        /// How old an event gets, in milliseconds; nil for any age.
        package var age: Int64?

        /// - Parameter days: 0 for any age.
        package init(events: Int = 100_000, machines: Int = 100_000, days: Int = 0) {
            self.events = max(events, 1)
            self.machines = max(machines, 1)
            age = days > 0 ? Int64(days) * 86_400_000 : nil
        }
    }

    let database: any DatabaseWriter
    private let path: String
    private let limits: Limits

    /// Opens the file at `path`, or makes it; its directory must exist.
    ///
    /// - Throws: `InventoryError`, also for a file that is damaged or another program's; such a file is not touched.
    package init(path: String, limits: Limits = Limits()) throws(InventoryError) {
        self.path = path
        self.limits = limits
        do {
            var configuration = Self.configuration
            do {
                database = try Self.open(path, configuration) {
                    try DatabasePool(path: path, configuration: $0)
                }
            } catch let error as DatabaseError where Self.isOfDisk(error) {
                // A connection that is alone needs no index to share with others, for which a full disk has no room: what is
                // known can be read, and written as soon as there is some.
                configuration.prepareDatabase { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
                database = try Self.open(path, configuration) {
                    try DatabaseQueue(path: path, configuration: $0)
                }
            }
        } catch {
            throw InventoryError(error, path: path)
        }
    }

    /// Opens the file at `path` on a disk that takes nothing: all that it says can be read, and what would change it fails.
    ///
    /// - Throws: `InventoryError`, also where there is no such file, or one of an earlier version.
    package init(readingOnly path: String) throws(InventoryError) {
        self.path = path
        limits = Limits()
        do {
            var configuration = Self.configuration
            configuration.readonly = true
            configuration.prepareDatabase { try Schema.checkOwner($0, path: path) }
            let queue: DatabaseQueue
            do {
                queue = try DatabaseQueue(path: path, configuration: configuration)
            } catch let error as DatabaseError where Self.isOfMissingLog(error) {
                // Its log was put away with it in order, and cannot be made anew: then the file alone says all.
                guard Self.isComplete(path), let file = Self.unchanging(path) else { throw error }
                queue = try DatabaseQueue(path: file, configuration: configuration)
            }
            try queue.read { try Self.check($0, path: path) }
            database = queue
        } catch {
            throw InventoryError(error, path: path)
        }
    }

    /// Nothing can be written as long as it is open.
    package var isReadOnly: Bool { database.configuration.readonly }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.foreignKeysEnabled = true
        configuration.label = "inventory"
        // What is sorted stays in memory: the service can make no file in the host's directories for temporary ones.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA temp_store = MEMORY") }
        return configuration
    }

    private static func isOfMissingLog(_ error: DatabaseError) -> Bool {
        error.resultCode == .SQLITE_CANTOPEN || error.resultCode == .SQLITE_READONLY
    }

    /// Whether a file is there, and no log beside it that says more.
    private static func isComplete(_ path: String) -> Bool {
        let files = FileManager.default
        return files.fileExists(atPath: path) && !files.fileExists(atPath: path + "-wal")
    }

    /// A file as SQLite knows it that nobody changes (https://sqlite.org/uri.html).
    private static func unchanging(_ path: String) -> String? {
        path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed).map { "file:\($0)?immutable=1" }
    }

    /// Looks at a file that nothing can be put right in.
    private static func check(_ database: Database, path: String) throws {
        guard try !Schema.migrations.hasBeenSuperseded(database) else {
            throw InventoryError(cause: .tooNew, path: path, detail: "")
        }
        guard try Schema.migrations.hasCompletedMigrations(database) else {
            let detail = "an earlier version wrote it, and on this disk it cannot be brought up to date"
            throw InventoryError(cause: .inaccessible, path: path, detail: detail)
        }
        try Schema.checkPages(database, path: path)
    }

    private static func open<Writer: DatabaseWriter>(
        _ path: String, _ configuration: Configuration, _ connect: (Configuration) throws -> Writer
    ) throws -> Writer {
        var configuration = configuration
        configuration.prepareDatabase { try Schema.checkOwner($0, path: path) }
        let writer = try connect(configuration)
        // GRDB sets NORMAL with WAL, which forgets the last commits when the power goes.
        try writer.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        try prepare(writer, path: path)
        return writer
    }

    private static func isOfDisk(_ error: DatabaseError) -> Bool {
        error.resultCode == .SQLITE_IOERR || error.resultCode == .SQLITE_FULL
    }

    /// An inventory that is gone with the process.
    package init(limits: Limits = Limits()) throws(InventoryError) {
        path = ":memory:"
        self.limits = limits
        do {
            let queue = try DatabaseQueue()
            try Self.prepare(queue, path: path)
            database = queue
        } catch {
            throw InventoryError(error, path: path)
        }
    }

    private static func prepare(_ database: some DatabaseWriter, path: String) throws {
        let migrations = Schema.migrations
        try database.read { database in
            guard try !migrations.hasBeenSuperseded(database) else {
                throw InventoryError(cause: .tooNew, path: path, detail: "")
            }
            try Schema.checkPages(database, path: path)
        }
        try migrations.migrate(database)
    }

    /// Writes events down, all or none, and what they tell about machines.
    ///
    /// - Parameters:
    ///   - events: in the order in which they happened; times in milliseconds since 1970.
    ///   - isGreeting: whether somebody wants to hear of newcomers.
    /// - Returns: the machines that nothing was known of before and that belong to no host.
    @discardableResult
    package func record(
        _ events: [(time: Int64, event: BootEvent)], isGreeting: Bool = false
    ) throws(InventoryError) -> [Newcomer] {
        guard !events.isEmpty else { return [] }
        return try perform {
            try database.write { database in
                let recorder = Recorder(database: database)
                let new = isGreeting ? try recorder.newCards(of: events.map(\.event)) : []
                for (time, event) in events { try recorder.record(event, at: time) }
                try recorder.prune(limits, now: events[events.count - 1].time, written: events.count)
                return try new.compactMap { try Newcomer($0, database) }
            }
        }
    }

    /// All machines, the last seen first.
    package func machines() throws(InventoryError) -> [Machine] {
        try perform {
            try database.read { database in
                try Row.fetchAll(database, sql: Machine.all + " ORDER BY last_seen DESC, id DESC").map(Machine.init)
            }
        }
    }

    /// The machine with that hardware address, in the text of `ClientHardware`.
    package func machine(mac: String) throws(InventoryError) -> Machine? {
        try perform {
            try database.read { database in
                try Row.fetchOne(database, sql: Machine.all + " WHERE mac = ?", arguments: [mac]).map(Machine.init)
            }
        }
    }

    /// For how long a machine's last address counts, in milliseconds.
    private static let addressLife: Int64 = 24 * 3_600_000
    /// For how long we may have heard nothing, in milliseconds: after more an address may well be another machine's.
    private static let longestDeafness: Int64 = 10 * 60_000

    /// Which Ethernet machine had which address when we last listened, and what its latest boot showed if that was a UUID;
    /// those seen longest ago first, none when that was long ago.
    ///
    /// - Parameter now: milliseconds since 1970.
    package func lastAddresses(
        now: Int64
    ) throws(InventoryError) -> [(address: IPv4Address, hardware: MACAddress, boot: BootSighting?)] {
        try perform {
            try database.read { database in
                // Beside max(), SQLite takes the other columns from the row that has it.
                let sql = """
                    SELECT last_address, mac, architecture, last_stage, sighting.uuid, since, max(last)
                    FROM machine LEFT JOIN sighting ON machine_id = machine.id
                    WHERE last_address IS NOT NULL AND last_seen >= :old
                        AND EXISTS (SELECT 1 FROM machine WHERE last_seen >= :deaf)
                    GROUP BY machine.id ORDER BY last_seen, machine.id
                    """
                return try Row.fetchAll(
                    database, sql: sql, arguments: ["old": now - Self.addressLife, "deaf": now - Self.longestDeafness]
                ).compactMap { row in
                    guard let address = IPv4Address(row[0] as String), let hardware = MACAddress(row[1] as String)
                    else { return nil }
                    return (address, hardware, BootSighting(row))
                }
            }
        }
    }

    /// The newest events, newest first.
    ///
    /// - Parameter machine: the `id` of the machine that they shall be about; nil for all.
    package func recentEvents(limit: Int, machine: Int64? = nil) throws(InventoryError) -> [EventRow] {
        try perform {
            try database.read { database in
                let condition = machine == nil ? "" : " WHERE machine_id = ?"
                let arguments: StatementArguments = machine.map { [$0, limit] } ?? [limit]
                return try Row.fetchAll(
                    database, sql: EventRow.all + condition + " ORDER BY event.id DESC LIMIT ?", arguments: arguments
                ).map(EventRow.init)
            }
        }
    }

    func perform<Value>(_ body: () throws -> Value) throws(InventoryError) -> Value {
        do {
            return try body()
        } catch {
            throw InventoryError(error, path: path)
        }
    }
}
