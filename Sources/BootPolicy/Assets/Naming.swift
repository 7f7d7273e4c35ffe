/// How names become paths, as the operator set it.
package struct Naming: Equatable, Sendable {
    /// Whether a name that is not there means the one that differs in small and capital letters only.
    package var ignoresCase = false
    /// Whether machines may have directories of their own.
    package var hasMachineDirectories = false
    package var rewrites = RewriteBook()

    package init() {}
}

/// Small and capital letters taken for the same.
package enum CaseFolding {
    /// A form that all spellings of a name share.
    package static func fold(_ name: some StringProtocol) -> String {
        name.lowercased()
    }

    package static func areSame(_ one: some StringProtocol, _ other: some StringProtocol) -> Bool {
        fold(one) == fold(other)
    }
}
