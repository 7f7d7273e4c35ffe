import Foundation

/// What a test run plays: the names of its unit tests, the checks of its scripts, its layers.
enum TestRun {
    /// The script that runs all of them.
    static let script = "Packaging/test"

    /// The layers of a run, as `layer NAME`; those that a usual run leaves out name the variable that plays them, as
    /// `layer NAME, by VARIABLE`.
    static func layers(of script: String) -> Set<String> {
        guard let list = script.components(separatedBy: "\nLAYERS=(\n").dropFirst().first else { return [] }
        let names = list.components(separatedBy: "\n)")[0].split { $0.isWhitespace || $0 == "'" }.map(String.init)
        let optional = script.matches(of: #/\(\(\$\{([A-Z_]+):-0\}\)\) \|\| all=\$\{all\/ ([a-z]+) \/ \}/#)
        let variables = Dictionary(
            optional.map { (String($0.2), String($0.1)) }, uniquingKeysWith: { first, _ in first })
        let played = names.filter { script.contains("\n\($0)() {") }
        return Set(played.map { name in variables[name].map { "layer \(name), by \($0)" } ?? "layer \(name)" })
    }

    /// The scripts that a run reads, by way of each other.
    ///
    /// - Parameter text: the text of a file of the repository.
    static func scripts(_ text: (String) -> String) -> Set<String> {
        let mark = "# shellcheck source="
        var found: Set<String> = []
        var waiting = [script]
        while let path = waiting.popLast() {
            guard found.insert(path).inserted else { continue }
            waiting += text(path).split(separator: "\n").filter { $0.hasPrefix(mark) }.map {
                String($0.dropFirst(mark.count))
            }
        }
        return found
    }

    /// Whether words stand in the name of a test or of a suite.
    static func isName(_ words: String, in source: String) -> Bool {
        let code = lines(of: source, comment: "//").joined(separator: "\n")
        return ["@Test(", "@Suite("].contains { mark in
            code.components(separatedBy: mark).dropFirst().contains { literal($0)?.contains(words) == true }
        }
    }

    /// Whether words stand on a line of a script that checks something, or are the name of a function that it calls.
    static func isCheck(_ words: String, in script: String) -> Bool {
        let code = lines(of: script, comment: "#")
        if code.contains(where: { $0.contains(words) && $0.contains(#/(?:^|[^a-z_])check_[a-z_]+(?: |$)/#) }) {
            return true
        }
        return code.contains { $0.hasPrefix("\(words)() ") }
            && code.contains { $0 == words || $0.hasPrefix("\(words) ") }
    }

    /// The lines without those that are comments, and without their margins.
    private static func lines(of text: String, comment: String) -> [Substring] {
        text.split(separator: "\n").map { $0.drop(while: \.isWhitespace) }.filter { !$0.hasPrefix(comment) }
    }

    /// The text that a piece of source begins with, raw, of several lines or plain, in one line; nil when there is none.
    private static func literal(_ source: String) -> String? {
        let start = source.drop(while: \.isWhitespace)
        let hashes = start.prefix { $0 == "#" }
        let opened = start.dropFirst(hashes.count)
        let mark = opened.hasPrefix("\"\"\"") ? "\"\"\"" : "\""
        guard opened.hasPrefix(mark) else { return nil }
        let end = mark + String(hashes)
        var text = ""
        for piece in opened.dropFirst(mark.count).components(separatedBy: end) {
            // Behind a backslash a mark is part of the text, if that is not raw.
            guard hashes.isEmpty, piece.hasSuffix("\\") else {
                text += piece
                break
            }
            text += String(piece.dropLast()) + mark
        }
        return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
