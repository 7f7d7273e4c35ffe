package import BootPolicy
import GRDB
import Wire

extension Inventory {
    /// Everything learned of firmware, the newest first; rows that this version cannot read are left out.
    package func lessons() throws(InventoryError) -> [Lesson] {
        try perform {
            try database.read { database in
                let sql = "SELECT fingerprint, style, loader, teacher FROM firmware ORDER BY since DESC, fingerprint"
                return try Row.fetchAll(database, sql: sql).compactMap(Lesson.init)
            }
        }
    }

    /// Forgets what was learned of one kind of firmware, or of all.
    package func forgetLessons(about fingerprint: Fingerprint?) throws(InventoryError) {
        try perform {
            try database.write { database in
                if let fingerprint {
                    try database.execute(
                        sql: "DELETE FROM firmware WHERE fingerprint = ?", arguments: [fingerprint.description])
                } else {
                    try database.execute(sql: "DELETE FROM firmware")
                }
            }
        }
    }

    /// A word of the operator that holds over restarts; nil when there is none.
    package func word(_ name: String) throws(InventoryError) -> String? {
        try perform {
            try database.read { database in
                try String.fetchOne(database, sql: "SELECT value FROM word WHERE name = ?", arguments: [name])
            }
        }
    }

    /// Keeps a word, or forgets it.
    package func keep(_ value: String?, as name: String) throws(InventoryError) {
        try perform {
            try database.write { database in
                if let value {
                    try database.execute(
                        sql: "INSERT OR REPLACE INTO word (name, value) VALUES (?, ?)", arguments: [name, value])
                } else {
                    try database.execute(sql: "DELETE FROM word WHERE name = ?", arguments: [name])
                }
            }
        }
    }
}

extension Recorder {
    /// Writes a lesson down, in the place of the last one about the same kind, and forgets what was forgotten for it.
    func learn(_ lesson: Lesson, at time: Int64) throws {
        if let forgotten = lesson.forgotten {
            try database.execute(
                sql: "DELETE FROM firmware WHERE fingerprint = ?", arguments: [forgotten.description])
        }
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO firmware (fingerprint, style, loader, teacher, since) VALUES (?, ?, ?, ?, ?)
                """,
            arguments: [
                lesson.fingerprint.description, lesson.style.description, lesson.loader, lesson.teacher.description,
                time,
            ])
    }
}

extension Lesson {
    fileprivate init?(_ row: Row) {
        guard let fingerprint = Fingerprint(row[0] as String), let style = OfferStyle(row[1] as String) else {
            return nil
        }
        let teacher = MACAddress(row[3] as String).map { ClientHardware($0) }
        self.init(
            fingerprint: fingerprint, style: style, loader: max(row[2], 0),
            teacher: teacher ?? ClientHardware(type: 0, length: 0, high: 0, low: 0))
    }
}
