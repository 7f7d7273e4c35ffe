/// `; did you mean "interfaces"?` for a name that is nearly one of `known`, else nothing.
func didYouMean(_ name: String, among known: some Sequence<String>) -> String {
    guard let nearest = nearest(to: name, among: known) else { return "" }
    return "; did you mean \"\(nearest)\"?"
}

/// The one of `known` that takes the fewest edits, if they are few for its length.
func nearest(to name: String, among known: some Sequence<String>) -> String? {
    let ranked = known.map { (name: $0, distance: editDistance($0, name)) }
    guard let best = ranked.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) else { return nil }
    return best.distance <= (best.name.count + 2) / 3 ? best.name : nil
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other (Damerau, restricted).
private func editDistance(_ left: String, _ right: String) -> Int {
    let (a, b) = (Array(left.lowercased()), Array(right.lowercased()))
    var rows = [Array(0...b.count)]
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            let change = rows[i][j] + (a[i] == b[j] ? 0 : 1)
            var best = min(change, row[j] + 1, rows[i][j + 1] + 1)
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
            row.append(best)
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}
