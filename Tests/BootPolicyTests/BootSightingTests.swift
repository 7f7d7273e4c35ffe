import BootPolicy
import Testing
import Wire

/// Which messages of a card are one boot, and what of it is known.
@Suite("boots as their messages show them")
struct BootSightingTests {
    private static let first = MachineUUID(high: 1, low: 1)
    private static let second = MachineUUID(high: 2, low: 2)

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Seconds, and the UUID of each message.
        let messages: [(Int64, MachineUUID?)]
        let since: Int64
        let last: Int64
        let machine: MachineUUID?
    }

    static let rows: [Row] = [
        Row(testDescription: "one message", messages: [(5, first)], since: 5, last: 5, machine: first),
        Row(
            testDescription: "a ROM that repeats itself", messages: [(0, first), (4, first), (12, first), (60, first)],
            since: 0, last: 60, machine: first),
        Row(
            testDescription: "a message without a UUID between", messages: [(0, first), (4, nil)], since: 0, last: 4,
            machine: first),
        Row(
            testDescription: "a UUID after a message without one", messages: [(0, nil), (4, first)], since: 0, last: 4,
            machine: first),
        Row(
            testDescription: "the next boot", messages: [(0, first), (61, first)], since: 61, last: 61, machine: first),
        Row(
            testDescription: "the next boot shows none: it has none", messages: [(0, first), (61, nil)], since: 61,
            last: 61, machine: nil),
        Row(
            testDescription: "another machine at once", messages: [(0, first), (4, second)], since: 4, last: 4,
            machine: second),
        Row(
            testDescription: "the clock was set back", messages: [(100, first), (40, first)], since: 40, last: 40,
            machine: first),
    ]

    @Test(arguments: rows) func messagesAreOneBootOrSeveral(_ row: Row) throws {
        let messages = row.messages.map { BootSighting(machine: $0.1, since: $0.0 * 1000, last: $0.0 * 1000) }
        let boot = try #require(messages.dropFirst().reduce(messages.first) { $0?.followed(by: $1) })
        #expect(boot == BootSighting(machine: row.machine, since: row.since * 1000, last: row.last * 1000))
    }
}
