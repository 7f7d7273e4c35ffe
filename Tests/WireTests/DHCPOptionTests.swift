import Support
import Testing
import Wire

@Suite("option cursor")
struct DHCPOptionTests {
    struct Walk: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let field: [UInt8]
        let codes: [UInt8]
        let lengths: [Int]
        let isBroken: Bool

        init(_ name: String, _ field: [UInt8], _ options: [(UInt8, Int)], broken: Bool = false) {
            testDescription = name
            self.field = field
            codes = options.map(\.0)
            lengths = options.map(\.1)
            isBroken = broken
        }
    }

    static let walks = [
        Walk("nothing", [], []),
        Walk("padding only", [0, 0, 0], []),
        Walk("end at once", [255, 53, 1, 1], []),
        Walk("one", [53, 1, 1, 255], [(53, 1)]),
        Walk("padding between", [0, 53, 1, 1, 0, 0, 60, 2, 65, 66, 255], [(53, 1), (60, 2)]),
        Walk("no end mark", [53, 1, 1, 60, 0], [(53, 1), (60, 0)]),
        Walk("behind the end", [53, 1, 1, 255, 60, 1, 1], [(53, 1)]),
        Walk("zero length", [60, 0, 53, 1, 1, 255], [(60, 0), (53, 1)]),
        Walk("code without length", [53, 1, 1, 60], [(53, 1)], broken: true),
        Walk("length past the end", [53, 1, 1, 60, 3, 65, 66], [(53, 1)], broken: true),
        Walk("255 octets", [43, 255] + [UInt8](repeating: 7, count: 255) + [255], [(43, 255)]),
        Walk("254 octets of 255", [43, 255] + [UInt8](repeating: 7, count: 254), [], broken: true),
    ]

    @Test("walks in wire order and stops where it must", arguments: walks)
    func walk(walk: Walk) {
        var cursor = OptionCursor(walk.field.span.bytes)
        var codes: [UInt8] = []
        var lengths: [Int] = []
        while let option = cursor.next() {
            codes.append(option.code.rawValue)
            lengths.append(option.value.byteCount)
        }
        #expect(codes == walk.codes)
        #expect(lengths == walk.lengths)
        let isBroken = cursor.isBroken
        #expect(isBroken == walk.isBroken)
    }
}
