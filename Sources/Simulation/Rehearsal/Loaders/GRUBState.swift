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
    /// Commands so far, and files inside files.
    var commands = 0
    var depth = 0

    init(_ variables: [String: String]) {
        self.variables = variables
    }

    /// The words of a command with what is filled in; what has no quotes and is empty then is none.
    func expanded(_ words: [GRUBWord]) -> [String] {
        words.compactMap { word in
            let text = word.pieces.map { $0.isVariable ? variables[$0.text] ?? "" : $0.text }.joined()
            return text.isEmpty && !word.isQuoted ? nil : text
        }
    }

    /// `[ … ]` and `test …`: `!`, `-a`, `-o`, comparisons, and whether a text is empty.
    ///
    /// - Parameter isThere: whether a file is.
    static func test(_ words: [String], isThere: (String) -> Bool) -> Bool {
        if let place = words.lastIndex(of: "-o") {
            return test(Array(words[..<place]), isThere: isThere)
                || test(Array(words[(place + 1)...]), isThere: isThere)
        }
        if let place = words.lastIndex(of: "-a") {
            return test(Array(words[..<place]), isThere: isThere)
                && test(Array(words[(place + 1)...]), isThere: isThere)
        }
        if words.first == "!" { return !test(Array(words.dropFirst()), isThere: isThere) }
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
