import Glibc

/// The terminal that standard output goes to.
struct Terminal {
    let height: Int
    let width: Int

    /// Nil when it goes elsewhere.
    static var size: Terminal? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else {
            return nil
        }
        return Terminal(height: Int(size.ws_row), width: Int(size.ws_col))
    }

    /// Whether trouble may be red: on a terminal, and where NO_COLOR (no-color.org) does not say otherwise.
    static var hasColor: Bool {
        guard isatty(STDOUT_FILENO) == 1, getenv("TERM").map({ String(cString: $0) }) != "dumb" else { return false }
        return getenv("NO_COLOR").map { $0.pointee == 0 } ?? true
    }

    /// The same as a word of a question to the service.
    static var colorWord: String { hasColor ? " color" : "" }
}
