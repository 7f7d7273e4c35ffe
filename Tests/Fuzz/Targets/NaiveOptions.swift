/// Options read in the plainest way from RFC 2132, RFC 3396 and RFC 2131 §4.1, to compare with.
struct NaiveOptions {
    /// The pieces of every option, in the order in which RFC 3396 §5 joins them.
    private var pieces: [(code: UInt8, value: [UInt8])] = []
    /// Those of the options field alone.
    private let own: [(code: UInt8, value: [UInt8])]

    /// - Parameter message: at least 240 octets.
    init(message: [UInt8]) {
        let own = Self.walk(Array(message.dropFirst(240)))
        self.own = own
        pieces = own
        let overload = own.filter { $0.code == 52 }.flatMap(\.value)
        guard overload.count == 1 else { return }
        if [1, 3].contains(overload[0]) { pieces += Self.walk(Array(message[108..<236])) }
        if [2, 3].contains(overload[0]) { pieces += Self.walk(Array(message[44..<108])) }
    }

    /// {code, length, value}, 0 alone is padding, 255 ends.
    static func walk(_ field: [UInt8]) -> [(code: UInt8, value: [UInt8])] {
        var found: [(code: UInt8, value: [UInt8])] = []
        var at = 0
        while at < field.count, field[at] != 255 {
            if field[at] == 0 {
                at += 1
                continue
            }
            guard at + 1 < field.count, at + 2 + Int(field[at + 1]) <= field.count else { break }
            found.append((field[at], Array(field[at + 2..<at + 2 + Int(field[at + 1])])))
            at += 2 + Int(field[at + 1])
        }
        return found
    }

    var codes: Set<UInt8> { Set(pieces.map(\.code)) }

    /// All pieces of an option joined; nil when there is none.
    subscript(code: UInt8) -> [UInt8]? {
        let mine = pieces.filter { $0.code == code }
        return mine.isEmpty ? nil : mine.flatMap(\.value)
    }

    /// The first piece of an option in the options field.
    func first(_ code: UInt8) -> [UInt8]? { own.first { $0.code == code }?.value }
}
