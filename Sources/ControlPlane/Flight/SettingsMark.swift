package import Settings
import Wire

extension Settings {
    /// By which settings machines are answered, in a word that says nothing of them: the beginning of the SHA-256 of their text.
    /// What flags of `serve` usually say does not count, so that a file has the same mark wherever it is read.
    package var mark: String {
        let usual = Settings()
        var plain = self
        plain.mode = usual.mode
        plain.interfaces = usual.interfaces
        plain.root = usual.root
        plain.state = usual.state
        plain.user = usual.user
        plain.engines = usual.engines
        plain.log = usual.log
        plain.history = usual.history
        var sum = SHA256()
        sum.update(Array(plain.text.utf8).span.bytes)
        return String(sum.digest.prefix(16))
    }
}
