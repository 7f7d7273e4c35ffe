/// The date format of HTTP (RFC 9110 §5.6.7), written only: dates that clients send are compared as text with our own.
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// - Parameter seconds: since 1970-01-01, UTC; years 0 to 9999.
    static func text(seconds: Int64) -> String {
        let (day, second) = seconds.quotientAndModulus(86_400)
        let (year, month, dayOfMonth) = civil(day: day)
        let weekday = days[Int(day.quotientAndModulus(7).modulus)]
        let time = [second / 3600, second / 60 % 60, second % 60].map(twoDigits).joined(separator: ":")
        let century = twoDigits(year / 100) + twoDigits(year % 100)
        return "\(weekday), \(twoDigits(dayOfMonth)) \(months[month]) \(century) \(time) GMT"
    }

    /// Year, month (from 0) and day of month (from 1) of a day counted from 1970-01-01 in the Gregorian calendar.
    ///
    /// Years are made to begin in March, so that the leap day is the last; an era is 400 years, always 146,097 days.
    private static func civil(day: Int64) -> (year: Int64, month: Int, day: Int64) {
        let (era, dayOfEra) = (day + 719_468).quotientAndModulus(146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = (monthFromMarch + 2) % 12
        let year = yearOfEra + era * 400 + (month < 2 ? 1 : 0)
        return (year, Int(month), dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private static func twoDigits(_ number: Int64) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}

extension Int64 {
    /// Division that rounds down, also before 1970.
    fileprivate func quotientAndModulus(_ divisor: Int64) -> (quotient: Int64, modulus: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
