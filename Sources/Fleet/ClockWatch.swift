/// Sees when the wall clock is set: it compares it with one that nobody sets.
package struct ClockWatch: Hashable, Sendable {
    /// What is less is not worth a word: clocks drift, and are set right by seconds.
    private static let least: Moment = 60_000

    /// By how much the wall clock was ahead of the other one at the last look.
    private var lead: Moment?

    package init() {}

    /// Looks at both clocks.
    ///
    /// - Parameters:
    ///   - wall: milliseconds since 1970.
    ///   - steady: milliseconds of a clock that only runs, whenever it began.
    /// - Returns: by how much the wall clock was set since the last look, back when negative; zero for less than a minute.
    package mutating func jump(wall: Moment, steady: Moment) -> Moment {
        let now = wall - steady
        let jump = now - (lead ?? now)
        lead = now
        return abs(jump) < Self.least ? 0 : jump
    }
}
