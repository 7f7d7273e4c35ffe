import Foundation
import Testing

/// The table of promises in `pilotfish-security(7)`: below each promise stand the tests that try to break it.
@Suite("the promises of pilotfish-security(7)")
struct PromiseTests {
    private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)) ?? ""
    }

    /// What stands below each bullet of the section.
    private static let promises: [String] = {
        let page = text("Packaging/man/pilotfish-security.7")
        guard let section = page.components(separatedBy: "\n.Sh PROMISES\n").dropFirst().first else { return [] }
        return section.components(separatedBy: "\n.It\n").dropFirst().map { $0.components(separatedBy: "\n.El")[0] }
    }()

    /// The tests of a promise: `FILE: WORDS` of it, or `layer NAME`.
    private static func tests(of promise: String) -> [String] {
        promise.split(separator: "\n").filter { $0.hasPrefix(".D1 \"") }.map { line in
            String(line.dropFirst(5).dropLast().replacing("\"\"", with: "\""))
        }
    }

    /// The layers that the help of the test run lists.
    private static let layers: Set<String> = Set(
        text("Packaging/test").split(separator: "\n").compactMap { line in
            line.firstMatch(of: #/^  ([a-z]+) +\S/#).map { String($0.1) }
        })

    @Test("each has a test")
    func each() {
        #expect(Self.promises.count >= 40)
        for promise in Self.promises { #expect(!Self.tests(of: promise).isEmpty, "\(promise.prefix(70))") }
    }

    @Test("each test is there")
    func tests() {
        #expect(Self.layers.contains("hostile"))
        for test in Self.promises.flatMap(Self.tests(of:)) {
            if let layer = test.firstMatch(of: #/^layer ([a-z]+)$/#) {
                #expect(Self.layers.contains(String(layer.1)), "\(test)")
                continue
            }
            let parts = test.firstRange(of: ": ").map { (test[..<$0.lowerBound], test[$0.upperBound...]) }
            #expect(parts.map { Self.text(String($0.0)).contains($0.1) } == true, "\(test)")
        }
    }
}
