import Settings

/// The last lines of the log, in memory; the oldest make room.
struct LogBook {
    private var lines: [LogLine] = []
    /// Where those begin that still count; the others are cleared away now and then.
    private var first = 0
    private var weight = 0
    private(set) var lastNumber: Int64
    private let mostLines: Int
    private let mostOctets: Int

    /// - Parameter now: milliseconds since 1970; the first line's number, so that a reader who goes on behind a line finds his
    ///   place after a restart, too.
    init(now: Int64, mostLines: Int = 4096, mostOctets: Int = 4 << 20) {
        lastNumber = now
        self.mostLines = max(mostLines, 1)
        self.mostOctets = mostOctets
    }

    var count: Int { lines.count - first }

    mutating func add(_ line: LogLine) {
        var line = line
        lastNumber += 1
        line.number = lastNumber
        lines.append(line)
        weight += line.weight
        // The last line stays, whatever it weighs.
        while count > mostLines || weight > mostOctets && count > 1 {
            weight -= lines[first].weight
            first += 1
        }
        if first >= 256 {
            lines.removeFirst(first)
            first = 0
        }
    }

    /// The lines behind one that was read before, the oldest first.
    ///
    /// - Parameter number: 0 for all; one that is not kept any more means all that are.
    func lines(after number: Int64) -> ArraySlice<LogLine> {
        let missing = Int(clamping: lastNumber - max(number, 0))
        return lines[max(first, lines.count - max(missing, 0))...]
    }
}
