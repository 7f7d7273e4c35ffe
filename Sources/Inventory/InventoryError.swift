import GRDB

/// Why the inventory cannot be used: what, where, and what to do.
package struct InventoryError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Cause: Equatable, Sendable {
        /// Not a SQLite file, or one whose pages do not fit together.
        case damaged
        /// A database of some other program.
        case foreign
        /// Written by a newer version of Pilotfish.
        case tooNew
        /// The file, or the directory around it, cannot be opened or written.
        case inaccessible
        case full
        /// Another process holds it.
        case busy
        case other
    }

    package let cause: Cause
    /// The file, or `:memory:`.
    package let path: String
    /// What SQLite said.
    package let detail: String

    package var description: String {
        let what =
            switch cause {
            case .damaged:
                "is damaged; move it away and restart (machines are found again as they boot), or restore a copy"
            case .foreign: "belongs to another program; name another directory as state in the settings"
            case .tooNew: "was written by a newer version of Pilotfish; install that version, or move the file away"
            case .inaccessible: "cannot be opened; does its directory exist, and may the service's user write there?"
            case .full: "cannot grow, for the disk is full; make room"
            case .busy: "is held by another process; is a second Pilotfish running with the same state directory?"
            case .other: "failed"
            }
        return "inventory \(path) \(what)" + (detail.isEmpty ? "" : " (\(detail))")
    }
}

extension InventoryError {
    init(_ error: any Error, path: String) {
        if let error = error as? InventoryError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(cause: .other, path: path, detail: "\(error)")
            return
        }
        self.init(cause: Self.cause(of: error.resultCode), path: path, detail: error.message ?? "")
    }

    private static func cause(of code: ResultCode) -> Cause {
        switch code {
        case .SQLITE_NOTADB, .SQLITE_CORRUPT: .damaged
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: .inaccessible
        case .SQLITE_FULL: .full
        case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
        default: .other
        }
    }
}
