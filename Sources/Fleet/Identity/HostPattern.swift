/// A pattern over names: letters stand for themselves in either case, `*` for any letters, `?` for one, `[1-8]` for a
/// number of that range and `[1-3,7]` for one of several.
///
/// A range whose first number has zeros in front counts with so many digits, as in lists of nodes: `[08-12]` is 08, 09,
/// 10, 11, 12, and never 8.
struct HostPattern: Hashable, Sendable {
    enum Element: Hashable, Sendable {
        case letter(UInt8)
        case one
        case any
        case number([Numbers])
    }

    /// Numbers from `range`, with zeros in front up to `width` digits.
    struct Numbers: Hashable, Sendable {
        let range: ClosedRange<Int>
        let width: Int

        func contains(_ digits: ArraySlice<UInt8>) -> Bool {
            let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            return range.contains(value) && digits.count == max(width, String(value).utf8.count)
        }
    }

    /// The most digits of a number in a range.
    static let digitLimit = 9

    let elements: [Element]

    /// The time it takes is bounded by the lengths of pattern and name multiplied, whatever they are.
    func matches(_ name: String) -> Bool {
        let octets = name.utf8.map(Self.lowered)
        var places: Set = [0]
        for element in elements {
            places = Self.after(element, places, octets)
            if places.isEmpty { return false }
        }
        return places.contains(octets.count)
    }

    static func lowered(_ octet: UInt8) -> UInt8 { (0x41...0x5A).contains(octet) ? octet + 0x20 : octet }

    /// Where the name may go on after the element, if it may begin at any of the places.
    private static func after(_ element: Element, _ places: Set<Int>, _ octets: [UInt8]) -> Set<Int> {
        switch element {
        case .letter(let letter): Set(places.filter { $0 < octets.count && octets[$0] == letter }.map { $0 + 1 })
        case .one: Set(places.filter { $0 < octets.count }.map { $0 + 1 })
        case .any: places.min().map { Set($0...octets.count) } ?? []
        case .number(let numbers):
            Set(
                places.flatMap { place in
                    let digits = octets[place...].prefix(digitLimit).prefix { (0x30...0x39).contains($0) }
                    return digits.indices.map { $0 + 1 }.filter { end in
                        numbers.contains { $0.contains(octets[place..<end]) }
                    }
                })
        }
    }
}
