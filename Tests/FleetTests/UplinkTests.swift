import Fleet
import Testing
import Wire

@Suite("what machines get of the uplink")
struct UplinkTests {
    private typealias Meter = Uplink<String>.Meter

    /// Machines by their names: octets at the first look and at the second, ten seconds later; nil where it is not there.
    struct Row: Sendable, CustomTestStringConvertible {
        let what: String
        var machines: [String: (first: Int64?, second: Int64?)] = [:]
        /// Those that are sent nothing at the second look.
        var idle: Set<String> = []
        var share: Int64?
        var places = 4
        var testDescription: String { what }
    }

    static let rows = [
        Row(what: "nobody fetches"),
        Row(what: "one that is new is measured first", machines: ["a": (nil, 5_000_000)], places: 0),
        Row(
            what: "some have their turn and come", machines: ["a": (nil, 0), "b": (0, 0)], idle: ["a", "b"], places: 2),
        Row(
            what: "those that come take places", machines: ["a": (0, 20_000_000), "b": (nil, 0)], idle: ["b"],
            share: 2_000_000, places: 3),
        Row(what: "two get a million each", machines: ["a": (0, 10_000_000), "b": (5, 10_000_005)], share: 1_000_000),
        Row(what: "two get less", machines: ["a": (0, 10_000_000), "b": (0, 9_000_000)], share: 950_000, places: 0),
        Row(
            what: "one that stands still counts", machines: ["a": (0, 15_000_000), "b": (7, 7)], share: 750_000,
            places: 0),
        Row(
            what: "one that unpacks does not", machines: ["a": (0, 15_000_000), "b": (7, 7)], idle: ["b"],
            share: 1_500_000),
        Row(what: "one that began anew counts from nothing", machines: ["a": (9, 2)], share: 0, places: 0),
        Row(
            what: "as many may join as there are",
            machines: Dictionary(uniqueKeysWithValues: (0..<9).map { ("\($0)", (0, 20_000_000)) }), share: 2_000_000,
            places: 9),
    ]

    @Test("who fetches shall get enough before others join, as far as that was measured", arguments: rows)
    func look(row: Row) {
        var uplink = Uplink<String>()
        let first = row.machines.compactMapValues(\.first).mapValues { Meter(octets: $0, isFetching: true) }
        _ = uplink.look(first, after: .zero, least: 1_000_000)
        var second: [String: Meter] = [:]
        for (name, machine) in row.machines {
            guard let octets = machine.second else { continue }
            second[name] = Meter(octets: octets, isFetching: !row.idle.contains(name))
        }
        let reading = uplink.look(second, after: .seconds(10), least: 1_000_000)
        #expect(reading.share == row.share && reading.places == row.places)
    }
}
