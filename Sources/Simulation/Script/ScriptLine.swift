/// One line of an iPXE script, taken apart (iPXE: src/core/exec.c).
struct ScriptLine {
    /// A command, and what the one before it must have come to for this one to run.
    struct Part: Equatable {
        enum Condition: Equatable {
            case always
            /// `&&`
            case success
            /// `||`
            case failure
        }

        var words: [String] = []
        var condition = Condition.always

        func isDue(after status: Int) -> Bool {
            switch condition {
            case .always: true
            case .success: status == 0
            case .failure: status != 0
            }
        }
    }

    /// The commands of a line, left to right; none of a label, a comment or an empty line. Nothing is expanded yet: iPXE
    /// parts the words first, so no setting can bring in a command of its own.
    static func parts(of line: String) -> [Part] {
        let words = line.split { $0 == " " || $0 == "\t" }
        guard let first = words.first, !first.hasPrefix(":") else { return [] }
        var parts = [Part()]
        for word in words {
            if word.hasPrefix("#") { break }
            switch word {
            case "||": parts.append(Part(condition: .failure))
            case "&&": parts.append(Part(condition: .success))
            default: parts[parts.count - 1].words.append(String(word))
            }
        }
        return parts
    }

    /// The label that a line is, without its colon.
    static func label(of line: String) -> Substring? {
        let text = line.trimmingBlanks
        return text.hasPrefix(":") ? text.dropFirst() : nil
    }

    /// The lines of a script; nil for an image that is none (iPXE: src/image/script.c).
    static func lines(of text: String) -> [String]? {
        guard text.hasPrefix("#!ipxe") else { return nil }
        return text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    }
}

extension String {
    fileprivate var trimmingBlanks: Substring {
        var text = drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
