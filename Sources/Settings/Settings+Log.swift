extension Settings.Log {
    /// A part of the service that may be logged in more or less detail than the others.
    package enum Subsystem: String, Sendable, CaseIterable {
        case dhcp
        case tftp
        case http
        case mirror
        case install
        case hook
        case webhook
        case survey
        case service
    }

    /// The least that is logged of a subsystem.
    package func level(of subsystem: Subsystem) -> Level { levels[subsystem] ?? level }
}

extension Settings.Log.Level: Comparable {
    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }
}
