import Testing

@testable import Confinement

/// What the environment says of system calls that are on no list.
@Suite("a choice for system calls that are on no list")
struct UnlistedCallTests {
    @Test(
        "the process ends, unless the environment says otherwise",
        arguments: [(nil, .end), ("end", .end), ("refuse", .refuse)] as [(String?, UnlistedCalls)])
    func chosen(value: String?, unlisted: UnlistedCalls) throws {
        #expect(try UnlistedCalls.read(value) == unlisted)
    }

    @Test("any other value ends the start", arguments: ["", "off", "no", "Refuse", "refuse "])
    func unknown(value: String) {
        #expect(throws: UnlistedCalls.Unknown(value: value)) { try UnlistedCalls.read(value) }
        let text = "\(UnlistedCalls.Unknown(value: value))"
        #expect(text.hasPrefix("PILOTFISH_CONFINEMENT=\(value) in the environment means nothing: write \"refuse\", "))
    }

    @Test("only what is not as usual is told")
    func remarks() {
        #expect(UnlistedCalls.end.remark == nil)
        #expect(UnlistedCalls.refuse.remark?.hasPrefix("PILOTFISH_CONFINEMENT=refuse: a system call ") == true)
    }
}
