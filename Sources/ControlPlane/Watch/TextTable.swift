/// Cells in columns.
enum TextTable {
    /// Columns as wide as they have to be; numbers stand at their right edges, the last column ends where it ends.
    ///
    /// - Parameters:
    ///   - rows: of one length.
    ///   - left: the columns of words, which stand at their left edges.
    static func aligned(_ rows: [[String]], left: Set<Int>) -> [String] {
        guard let first = rows.first else { return [] }
        let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.indices.dropLast().map { column in
                let room = String(repeating: " ", count: widths[column] - row[column].count)
                return left.contains(column) ? row[column] + room : room + row[column]
            }
            return cells.joined(separator: "  ") + (row[row.count - 1].isEmpty ? "" : "  " + row[row.count - 1])
        }
    }
}
