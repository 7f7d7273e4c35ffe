import BootPolicy

extension SettingFormat where Value == DayHours? {
    /// Two times of day, or an empty list for no limit.
    static let dayHours: Self = {
        let times = SettingFormat<[TimeOfDay]>.list(
            of: "times of day", .list, { text throws(Problem) in try Check.timeOfDay(text) }, write: \.description)
        return SettingFormat(
            allowed: "two times of day, such as [\"22:00\", \"05:00\"], or [] for all day",
            read: { node, faults in
                guard let found = times.read(node, &faults) else { return nil }
                if found.isEmpty { return .some(nil) }
                guard found.count == 2, let hours = DayHours(from: found[0], to: found[1]) else {
                    faults.append(
                        SettingFault(
                            place: node.place, message: "write two times of day, from and to, or [] for all day"))
                    return nil
                }
                return hours
            },
            write: { times.write($0.map { [$0.from, $0.to] } ?? []) })
    }()
}

extension Check {
    static func timeOfDay(_ text: String) throws(Problem) -> TimeOfDay {
        guard let time = TimeOfDay(text) else {
            throw Problem("\"\(shown(text))\" is no time of day; write hours and minutes, 00:00 to 23:59")
        }
        return time
    }
}
