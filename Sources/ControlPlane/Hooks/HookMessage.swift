import BootPolicy

/// What a hook is told: one JSON object, with the same members whatever happened.
enum HookMessage {
    /// - Parameter time: when it happened, in milliseconds since 1970.
    static func text(_ event: HookEvent, time: Int64) -> String {
        JSONText.object([
            ("event", .text(event.cause.rawValue)),
            ("time", .text(WallTime.rfc3339(milliseconds: time))),
            ("host", text(event.host)),
            ("cards", .list(event.cards.map { .text("\($0)") })),
            ("target", text(event.target)),
            ("rollout", event.rollout.map { .number(Int($0)) } ?? .null),
            ("from", text(event.from)),
            ("to", text(event.to)),
            ("attempt", event.attempt.map { .number($0) } ?? .null),
            ("reason", .text(event.reason)),
        ]).line
    }

    private static func text(_ text: String?) -> JSONText { text.map { .text($0) } ?? .null }
}
