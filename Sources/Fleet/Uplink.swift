package import Wire

/// What the machines that are installed get of our uplink, as it is measured, and how many more may join them.
///
/// What those get that were let in since the last look was not measured yet, so no more are let in between two looks than there were.
package struct Uplink<Machine: Hashable & Sendable>: Sendable {
    /// What is known of one machine: the octets that it was sent since it had its turn, and whether it is being sent any.
    package struct Meter: Sendable {
        package var octets: Int64
        package var isFetching: Bool

        package init(octets: Int64, isFetching: Bool) {
            self.octets = octets
            self.isFetching = isFetching
        }
    }

    /// What a look found.
    package struct Reading: Hashable, Sendable {
        /// Octets in a second for each machine that fetches; nil while none does, or nobody knows yet.
        package var share: Int64?
        /// How many more may have their turn before the next look.
        package var places: Int
    }

    /// So many may begin where nothing can be measured.
    package static var first: Int { 4 }

    private var last: [Machine: Int64] = [:]

    package init() {}

    /// - Parameters:
    ///   - meters: of all machines that have their turn.
    ///   - time: since the last look.
    ///   - least: octets in a second that each of them shall get.
    package mutating func look(_ meters: [Machine: Meter], after time: TimeSpan, least: Int64) -> Reading {
        defer { last = meters.mapValues(\.octets) }
        let fetching = meters.count(where: \.value.isFetching)
        // They have their turn, and are about to ask for their first file.
        let coming = meters.count { !$0.value.isFetching && $0.value.octets == 0 }
        guard fetching > 0 else { return Reading(share: nil, places: max(Self.first - coming, 0)) }
        // One that was not there at the last look has fetched for an unknown part of the time.
        let known = meters.filter { last[$0.key] != nil && $0.value.isFetching }
        guard !known.isEmpty, time > .zero else { return Reading(share: nil, places: 0) }
        let octets = known.reduce(Int64(0)) { sum, meter in
            sum + max(meter.value.octets - (last[meter.key] ?? 0), 0)
        }
        let share = Int64(Double(octets) / time.seconds / Double(known.count))
        return Reading(share: share, places: share < least ? 0 : max(max(fetching, Self.first) - coming, 0))
    }
}
