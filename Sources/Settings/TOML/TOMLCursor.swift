/// A text, read scalar by scalar, that knows its line and column.
struct TOMLCursor {
    private let scalars: [Unicode.Scalar]
    private(set) var offset = 0
    private(set) var place = Place(line: 1, column: 1)

    init(_ text: String) {
        var scalars = Array(text.unicodeScalars)
        // A byte order mark is no part of the first line.
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        self.scalars = scalars
    }

    /// The scalar under the cursor; nil at the end.
    var next: Unicode.Scalar? {
        offset < scalars.count ? scalars[offset] : nil
    }

    /// All that has been passed.
    var textBefore: String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[..<offset])
        return String(text)
    }

    func starts(with other: [Unicode.Scalar]) -> Bool {
        scalars[offset...].starts(with: other)
    }

    mutating func advance(_ count: Int = 1) {
        for _ in 0..<count {
            guard let next else { return }
            offset += 1
            if next == "\n" {
                place = Place(line: place.line + 1, column: 1)
            } else {
                place.column += 1
            }
        }
    }

    /// Goes on while `condition` holds, and answers what was passed.
    @discardableResult
    mutating func skip(while condition: (Unicode.Scalar) -> Bool) -> String {
        var passed = String.UnicodeScalarView()
        while let next, condition(next) {
            passed.append(next)
            advance()
        }
        return String(passed)
    }

    mutating func skipBlanks() {
        skip { $0 == " " || $0 == "\t" }
    }

    /// Goes on over white space, comments and `separator`.
    mutating func skipToToken(over separator: Unicode.Scalar = " ") {
        while let next {
            if next == "#" {
                skip { $0 != "\n" }
            } else if next == " " || next == "\t" || next == "\n" || next == "\r" || next == separator {
                advance()
            } else {
                return
            }
        }
    }
}
