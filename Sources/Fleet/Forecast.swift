/// When machines of a rollout will be done, made of what others of it have needed. All times are in milliseconds.
package struct Forecast: Hashable, Sendable {
    /// The median of the times from a machine's turn to its end; nil while nobody is done, and so is all that is made of it.
    package let usual: Moment?

    /// - Parameter needed: what the machines that are done needed, in any order.
    package init(needed: [Moment]) {
        let sorted = needed.sorted()
        usual = sorted.isEmpty ? nil : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// How long it takes until a machine is done that has had its turn for so long. 0 for one that takes longer than usual.
    package func left(after time: Moment) -> Moment? {
        usual.map { min(max($0 - time, 0), $0) }
    }

    /// How long it takes until all are done.
    ///
    /// - Parameters:
    ///   - active: for how long each of those has had its turn that have it.
    ///   - waiting: how many have not had it yet.
    ///   - width: how many may have it at a time.
    package func left(active: [Moment], waiting: Int, width: Int) -> Moment? {
        guard !active.isEmpty || waiting > 0 else { return 0 }
        guard let usual else { return nil }
        let ends = active.map { left(after: $0) ?? 0 }.sorted()
        guard waiting > 0 else { return ends.last }
        // When each place comes free. More may be active than have a place, where the operator has made the rollout narrower;
        // and of more places than machines nobody hears.
        let width = min(max(width, 1), ends.count + waiting)
        let places = Array(repeating: 0, count: max(width - ends.count, 0)) + ends.suffix(width)
        // The places take turns, for nobody needs longer than any other: the last to come is the last to be done.
        let (round, place) = (waiting - 1).quotientAndRemainder(dividingBy: places.count)
        return places[place] + Moment(round + 1) * usual
    }
}
