/// The targets that need whole rooms, and packages with them, which libFuzzer does not build. Every test run makes variations
/// of their seeds instead.
enum WholeFuzz {
    static func run(_ target: FuzzTarget, _ octets: [UInt8], _ complaints: inout Complaints) {
        switch target {
        case .replay: ReplayFuzz.run(octets, &complaints)
        case .loader: LoaderFuzz.run(octets, &complaints)
        case .settings: SettingsFuzz.run(settings: octets, &complaints)
        case .hosts: SettingsFuzz.run(hosts: octets, &complaints)
        case .conversion: SettingsFuzz.run(conversion: octets, &complaints)
        default: complaints.add(["\(target.rawValue) needs no whole room"])
        }
    }
}
