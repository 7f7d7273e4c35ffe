import Testing

@testable import Exchange

@Suite("numbers for keys")
struct AssignmentTests {
    @Test("each its own as long as there are some, and always the same") func own() {
        let assignment = Assignment<Int>(count: 3)
        #expect([70, 50, 70, 60].map(assignment.number) == [0, 1, 0, 2])
        #expect([80, 90, 60, 50].map(assignment.number) == [0, 1, 2, 1])
    }

    @Test("without end it remembers nobody") func bounded() {
        let assignment = Assignment<Int>(count: 3)
        #expect((0..<5000).allSatisfy { (0..<3).contains(assignment.number(of: $0)) })
    }
}
