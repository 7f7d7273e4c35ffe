import Foundation

/// A file of `Sources`, and the few things that the rules of the house ask of its text.
struct SourceFile: Sendable, CustomStringConvertible {
    /// The path beneath `Sources`; its first part is the room.
    let path: String
    let lines: [String]
    /// The lines without comments and without what stands between quotes, so that what is left is code.
    let code: [String]

    init(path: String, lines: [String]) {
        self.path = path
        self.lines = lines
        code = Self.code(of: lines)
    }

    var room: String { String(path.prefix { $0 != "/" }) }
    var description: String { path }

    private static func code(of lines: [String]) -> [String] {
        var isInText = false
        return lines.map { line in
            if isInText {
                isInText = !line.contains("\"\"\"")
                return ""
            }
            let pieces = line.components(separatedBy: "\"\"\"")
            if pieces.count == 2 {
                isInText = true
                return pieces[0]
            }
            // Regular expressions are slow here: only where there is something to find.
            guard line.contains("\"") || line.contains("//") else { return line }
            return line.replacing(#/"(\\.|[^"\\])*"/#, with: "\"\"").replacing(#/\/\/.*$/#, with: "")
        }
    }

    /// The modules imported.
    var imports: Set<String> {
        Set(
            code.filter { $0.contains("import") }.compactMap {
                $0.firstMatch(of: #/^\s*(?:@\w+\s+|\w+\s+)?import\s+(?:\w+\s+)?(\w+)/#).map { String($0.1) }
            })
    }

    /// Where functions, initialisers, subscripts and computed properties begin, and how many lines each takes.
    ///
    /// Trusts the layout of swift-format: a body ends where its first line's indentation comes back with a brace.
    var functions: [(line: Int, length: Int)] {
        code.indices.compactMap { start in
            let line = code[start]
            let words = ["func", "init", "deinit", "subscript", "var"]
            guard words.contains(where: { line.contains($0) }),
                line.contains(#/^\s*(?:@\S+\s+|\w+\s+)*(?:func\s|init[?(<]|deinit\b|subscript[(<])/#)
                    || line.contains(#/^\s*(?:@\S+\s+|\w+\s+)*var\s.*[^=]\s\{$/#)
            else { return nil }
            let indentation = line.prefix { $0 == " " }
            guard let opening = code[start...].firstIndex(where: { $0.contains("{") || $0.isEmpty }),
                code[opening].hasSuffix("{"),
                let end = code[opening...].dropFirst().firstIndex(where: { $0.hasPrefix(indentation + "}") })
            else { return nil }
            return (start + 1, end - start + 1)
        }
    }
}

extension SourceFile {
    private static let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    /// The Swift files of every room.
    static let all: [SourceFile] = read { $0.hasSuffix(".swift") }

    /// The rooms written in Swift, and those in C.
    static let rooms: Set<String> = Set(read { $0.hasSuffix(".swift") || $0.hasSuffix(".h") }.map(\.room))

    private static func read(_ wanted: (String) -> Bool) -> [SourceFile] {
        let sources = URL(filePath: "/\(root)/Sources").resolvingSymlinksInPath().path()
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: sources)) ?? []
        return paths.filter(wanted).sorted().map { path in
            let text = (try? String(contentsOfFile: "\(sources)/\(path)", encoding: .utf8)) ?? ""
            return SourceFile(path: path, lines: text.components(separatedBy: "\n"))
        }
    }
}
