import Wire

/// When the blocks under way were last sent: a few runs of consecutive blocks, each with its time.
///
/// When more runs are needed than fit, the two oldest become one with the younger's time: a block then looks younger
/// than it is, and a loss is believed a little later, never an echo too early.
struct FlightStamps {
    private struct Run {
        var first: Int64
        var time: Instant
    }

    private var runs = InlineArray<4, Run>(repeating: Run(first: 0, time: .never))
    private var held: UInt8 = 0

    private var count: Int {
        get { Int(held) }
        set { held = UInt8(newValue) }
    }

    /// Forgets all: the next run begins a new flight.
    mutating func removeAll() {
        count = 0
    }

    /// Notes that blocks from `first` on, behind all noted before, were sent.
    mutating func append(first: Int64, at time: Instant) {
        if count > 0, runs[count - 1].time == time { return }
        if count == runs.count {
            runs[1].first = runs[0].first
            for index in 1..<count { runs[index - 1] = runs[index] }
            count -= 1
        }
        runs[count] = Run(first: first, time: time)
        count += 1
    }

    /// Forgets the runs that begin at `first` or later: those sends never happened.
    mutating func remove(from first: Int64) {
        while count > 0, runs[count - 1].first >= first { count -= 1 }
    }

    /// Forgets the runs that end before `block`.
    mutating func remove(before block: Int64) {
        while count > 1, runs[1].first <= block {
            for index in 1..<count { runs[index - 1] = runs[index] }
            count -= 1
        }
    }

    /// When `block`, which was sent, was sent last; nil when nothing is noted.
    func time(of block: Int64) -> Instant? {
        var index = count - 1
        while index >= 0 {
            if runs[index].first <= block { return runs[index].time }
            index -= 1
        }
        return nil
    }
}
