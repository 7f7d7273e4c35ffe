import Testing

@testable import ControlPlane

@Suite("when a rollout may begin")
struct StartTimeTests {
    @Test(
        "moments that are the same for everybody",
        arguments: [
            ("1700000000", 1_700_000_000), ("0", 0), ("1970-01-01T00:00:00Z", 0),
            ("2026-11-22T22:00:00Z", 1_795_384_800), ("2026-11-22t22:00:00.75z", 1_795_384_800),
            ("2026-11-22T22:00:00+01:30", 1_795_379_400), ("2026-11-22T22:00:00-08:00", 1_795_413_600),
            ("2028-02-29T00:00:00Z", 1_835_395_200),
        ] as [(String, Int64)])
    func moments(text: String, seconds: Int64) throws {
        #expect(try StartTime.moment(text, now: 0) == seconds * 1000)
    }

    @Test("a time of day is the next one that this host's clock shows, less than a day and an hour away")
    func timeOfDay() throws {
        for now in [1_700_000_000_000, 1_720_000_000_123] as [Int64] {
            for hour in 10..<24 {
                let moment = try StartTime.moment("\(hour):07", now: now)
                #expect(WallTime(milliseconds: moment).clock == "\(hour):07:00.000")
                #expect(WallTime(milliseconds: moment).minutes == hour * 60 + 7)
                #expect((1...90_000_000).contains(moment - now))
                #expect(StartTime.text(moment).contains(" \(hour):07:00 "))
            }
        }
    }

    @Test(
        "what is no time",
        arguments: [
            "", "tonight", "25:00", "7:00", "-5", "32503680000", "9999999999999999999", "2026-11-22",
            "2026-11-22T22:00:00", "2026-02-30T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T22:00:60Z",
            "2026-11-22T22:00:00+25:00", "1960-01-01T00:00:00Z",
        ])
    func nonsense(text: String) {
        #expect(throws: CommandFailure.self) { try StartTime.moment(text, now: 1_700_000_000_000) }
    }
}
