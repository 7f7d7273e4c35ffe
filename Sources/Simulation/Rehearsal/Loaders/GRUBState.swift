/// What a GRUB knows while it runs: variables, functions, the menu that is being written down, and what is loaded.
struct GRUBState {
    struct Entry {
        var title: String
        /// `--id`, else the title.
        var id: String
        var isMenu: Bool
        var body: [GRUBNode]
    }

    struct Loaded: Equatable {
        var kernel: String
        var arguments: String
        var disks: [String] = []
        /// Another EFI program, by `chainloader`.
        var isProgram = false
    }

    var variables: [String: String]
    var functions: [String: [GRUBNode]] = [:]
    var entries: [Entry] = []
    var loaded: Loaded?
    /// Commands so far, files inside files, and lists of commands inside each other.
    var commands = 0
    var depth = 0
    var nesting = 0

    init(_ variables: [String: String]) {
        self.variables = variables
    }

    /// Octets of the longest word: variables that are filled into each other grow twofold with each line.
    static let longestWord = 64 << 10

    /// The words of a command with what is filled in; what has no quotes and is empty then is none.
    ///
    /// - Returns: nil if one of them is longer than any that boots a machine.
    func expanded(_ words: [GRUBWord]) -> [String]? {
        var all: [String] = []
        for word in words {
            var text = ""
            for piece in word.pieces {
                text += piece.isVariable ? variables[piece.text] ?? "" : piece.text
                guard text.utf8.count <= Self.longestWord else { return nil }
            }
            if !text.isEmpty || word.isQuoted { all.append(text) }
        }
        return all
    }

    /// `[ … ]` and `test …`: `!`, `-a`, `-o`, comparisons, and whether a text is empty.
    ///
    /// - Parameter isThere: whether a file is.
    static func test(_ words: [String], isThere: (String) -> Bool) -> Bool {
        words.split(separator: "-o", omittingEmptySubsequences: false).contains { words in
            words.split(separator: "-a", omittingEmptySubsequences: false).allSatisfy { words in
                let signs = words.prefix { $0 == "!" }.count
                return holds(Array(words.dropFirst(signs)), isThere) != (signs % 2 == 1)
            }
        }
    }

    /// One comparison.
    private static func holds(_ words: [String], _ isThere: (String) -> Bool) -> Bool {
        switch (words.count, words.first) {
        case (2, "-z"): return words[1].isEmpty
        case (2, "-n"): return !words[1].isEmpty
        case (2, "-e"), (2, "-f"), (2, "-s"): return isThere(words[1])
        case (1, _): return !words[0].isEmpty && words[0] != "-n"
        case (3, _): return compare(words[0], words[1], words[2])
        default: return words.first == "-z"
        }
    }

    private static func compare(_ left: String, _ sign: String, _ right: String) -> Bool {
        let numbers = (Int(left) ?? 0, Int(right) ?? 0)
        switch sign {
        case "=", "==": return left == right
        case "!=": return left != right
        case "-eq": return numbers.0 == numbers.1
        case "-ne": return numbers.0 != numbers.1
        case "-lt": return numbers.0 < numbers.1
        case "-gt": return numbers.0 > numbers.1
        default: return false
        }
    }
}
