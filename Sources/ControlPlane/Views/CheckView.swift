package import Settings

/// What `pilotfish check` finds, for programs; people read the same, line by line, on standard error.
package enum CheckView {
    /// An object on one line.
    ///
    /// - Parameters:
    ///   - warnings: of settings that are right.
    ///   - failure: why the settings are not; nil when they are.
    package static func json(warnings: [SettingsWarning], failure: SettingsSource.Failure?) -> String {
        var errors: [JSONText] = []
        switch failure {
        case .wrong(let wrong): errors = wrong.errors.map(json)
        case .unreadable, .outOfReach, .outOfFetchersReach:
            errors = failure.map { [json(SettingsError(file: "", place: nil, key: "", message: "\($0)"))] } ?? []
        case nil: break
        }
        return JSONText.object([
            ("valid", .truth(failure == nil)),
            (
                "warnings",
                .list(warnings.map { .object([("place", .text($0.place)), ("message", .text($0.message))]) })
            ),
            ("errors", .list(errors)),
        ]).line
    }

    private static func json(_ error: SettingsError) -> JSONText {
        .object([
            ("file", .text(error.file)), ("line", error.place.map { .number($0.line) } ?? .null),
            ("column", error.place.map { .number($0.column) } ?? .null), ("key", .text(error.key)),
            ("message", .text(error.message)),
        ])
    }
}

extension Conversion {
    /// What `pilotfish convert` says and makes, for programs: an object on one line.
    package var json: String {
        let counts = Verdict.allCases.map { ($0.fieldName, JSONText.number(self.counts[$0] ?? 0)) }
        let remarks = remarks.map { remark in
            JSONText.object([
                ("file", .text(remark.file)), ("line", .number(remark.line)), ("what", .text(remark.what)),
                ("verdict", .text(remark.verdict.fieldName)), ("why", .text(remark.why)),
            ])
        }
        return JSONText.object([
            ("counts", .object(counts)), ("remarks", .list(remarks)), ("settings", .text(text)),
        ]).line
    }
}

extension Conversion.Verdict {
    fileprivate var fieldName: String { rawValue.replacing(" ", with: "_") }
}
