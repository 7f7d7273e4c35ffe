import Glibc

/// One line on the terminal that says how far something is; nothing anywhere else.
struct ProgressBar {
    private let isShown: Bool
    private let hasColor: Bool
    private var isDrawn = false

    private static let width = 40

    /// - Parameter isShown: false to stay silent even on a terminal.
    init(isShown: Bool) {
        self.isShown = isShown && isatty(STDERR_FILENO) != 0
        // https://no-color.org: set to anything but nothing.
        hasColor = getenv("NO_COLOR").map { $0.pointee == 0 } ?? true
    }

    mutating func show(_ done: Int64, of all: Int64?) {
        guard isShown else { return }
        let amount = "\((Double(done) / 1_048_576).digits(1)) MiB"
        var line = amount
        if let all, all > 0 {
            let part = min(Double(done) / Double(all), 1)
            let filled = Int(part * Double(Self.width))
            let full = String(repeating: "#", count: filled)
            let rest = String(repeating: ".", count: Self.width - filled)
            let bar = hasColor ? "\u{1B}[32m\(full)\u{1B}[0m\(rest)" : full + rest
            line = "[\(bar)] \((part * 100).digits(0)) %  \(amount)"
        }
        write("\r\(line)\u{1B}[K")
        isDrawn = true
    }

    /// Takes the line away again.
    mutating func clear() {
        guard isDrawn else { return }
        write("\r\u{1B}[K")
        isDrawn = false
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
