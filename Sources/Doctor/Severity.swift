/// How bad it is what was found.
package enum Severity: String, Sendable, CaseIterable {
    /// Machines do not boot until it is mended.
    case error
    /// Some machines do not boot, or it will come to that.
    case warning
    /// Worth knowing.
    case note
}
