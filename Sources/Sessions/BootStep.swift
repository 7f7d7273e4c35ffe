/// How far one boot of one machine is, in the order in which boots go.
package enum BootStep: String, Sendable, CaseIterable {
    /// Its DISCOVER was heard.
    case asked
}
