import BootPolicy
import Testing

@Suite("when installs may begin")
struct InstallTermsTests {
    @Test(
        "a time of day", arguments: [("00:00", 0), ("22:00", 1320), ("23:59", 1439), ("05:07", 307)])
    func times(text: String, minutes: Int) throws {
        let time = try #require(TimeOfDay(text))
        #expect(time.minutes == minutes && time.description == text)
        #expect(TimeOfDay(minutes: minutes) == time)
    }

    @Test(
        "what is none",
        arguments: ["", "22", "22:0", "2:00", "24:00", "12:60", "22.00", "22:00:00", " 2:00", "-1:00", "２２:00"])
    func noTimes(text: String) {
        #expect(TimeOfDay(text) == nil)
    }

    @Test(
        "hours of the day, across midnight too",
        arguments: [
            ("22:00", "05:00", "21:59", false), ("22:00", "05:00", "22:00", true), ("22:00", "05:00", "00:00", true),
            ("22:00", "05:00", "04:59", true), ("22:00", "05:00", "05:00", false), ("08:00", "17:00", "07:59", false),
            ("08:00", "17:00", "08:00", true), ("08:00", "17:00", "16:59", true), ("08:00", "17:00", "17:00", false),
            ("18:00", "00:00", "23:59", true), ("18:00", "00:00", "00:00", false), ("00:00", "06:00", "00:00", true),
        ])
    func hours(from: String, to: String, time: String, isIn: Bool) throws {
        var terms = InstallTerms()
        let moment = try #require(TimeOfDay(time))
        #expect(terms.freeze(at: moment) == nil)
        let (from, to) = (try #require(TimeOfDay(from)), try #require(TimeOfDay(to)))
        terms.hours = DayHours(from: from, to: to)
        #expect(terms.freeze(at: moment) == (isIn ? nil : "machines begin between \(from) and \(to)"))
        #expect(DayHours(from: from, to: from) == nil)
    }
}
