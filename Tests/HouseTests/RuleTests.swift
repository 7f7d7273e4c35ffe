import Testing

@Suite("the rules of the house")
struct RuleTests {
    /// Texts and options in rows, where a longer function is no harder to read.
    private static let tables: Set = [
        "BootPolicy/ProxyDHCP/RefusalText.swift", "BootPolicy/Survey/PredictionText.swift",
    ]

    @Test("files stop at 500 lines, functions at 70", arguments: SourceFile.all)
    func lengths(file: SourceFile) {
        #expect(file.lines.count <= 500)
        for function in file.functions where !Self.tables.contains(file.path) {
            #expect(function.length <= 70, "\(file):\(function.line)")
        }
    }

    @Test("nothing is forced", arguments: SourceFile.all)
    func nothingForced(file: SourceFile) {
        for (index, line) in file.code.enumerated() where line.contains("!") {
            #expect(!line.contains(#/\b(?:try|as)!/#), "\(file):\(index + 1)")
            // A value, a call, an element or an optional chain with an exclamation mark behind it.
            #expect(!line.contains(#/[\w)\]}?]!(?!=)/#), "\(file):\(index + 1)")
        }
    }

    @Test("`@unchecked Sendable` is rare, and each has its proof in the comment above")
    func unchecked() {
        var count = 0
        for file in SourceFile.all {
            for (index, line) in file.code.enumerated() where line.contains("@unchecked Sendable") {
                count += 1
                let above = index > 0 ? file.lines[index - 1] : ""
                #expect(above.contains(#/^\s*\/\/\/ \S/#), "\(file):\(index + 1)")
            }
        }
        #expect((1...6).contains(count))
    }

    /// Compares with a `StaticString`, whose octets can be had in no other way.
    private static let unsafeElsewhere: Set = ["Wire/TFTP/TerminatedStrings.swift"]

    @Test("unsafe memory is handled in Wire/Bytes and LinuxIO, marked where it stands")
    func unsafeMemory() {
        for file in SourceFile.all where ["Wire", "BootPolicy", "Transfers", "Media"].contains(file.room) {
            guard !file.path.hasPrefix("Wire/Bytes/"), !Self.unsafeElsewhere.contains(file.path) else { continue }
            #expect(!file.code.contains { $0.contains("unsafe") || $0.contains("Unsafe") }, "\(file)")
        }
    }

    @Test("a reply has no place for an address of the client's: yiaddr is one zero in the writer")
    func noYourAddress() throws {
        let reply = try #require(SourceFile.all.first { $0.path == "Wire/DHCP/DHCPReply.swift" })
        let fields = reply.code.compactMap { $0.firstMatch(of: #/\bvar\s+(\w+)/#).map { String($0.1) } }
        #expect(fields.contains("nextServer"))
        #expect(!fields.contains { $0.lowercased().contains("your") || $0.lowercased().contains("yiaddr") })

        let writer = try #require(SourceFile.all.first { $0.path == "Wire/DHCP/DHCPReplyWriter.swift" })
        let mentions = writer.lines.filter { $0.contains("yiaddr") }
        #expect(mentions.count == 1)
        #expect(mentions.first.map { $0.contains(#/^\s*writer\.u32\(0\)\s+\/\//#) } == true)

        let users = SourceFile.all.filter { file in file.code.contains { $0.contains("yourAddress") } }
        #expect(users.map(\.path) == ["BootPolicy/Survey/ObservedOffer.swift", "Wire/DHCP/DHCPMessage.swift"])
    }

    /// They play a client: the probe and the simulated machines, and the client that the operator asks about.
    private static let clients = ["BootPolicy/Survey/ClientRequest.swift", "ControlPlane/Explain/ClientSketch.swift"]

    @Test("a reply's options are written in one place, replies decided in one, paths cleaned in one")
    func onePlace() {
        let writers = SourceFile.all.filter { file in file.code.contains { $0.contains("DHCPMessage.magicCookie") } }
        #expect(writers.map(\.path) == Self.clients + ["Wire/DHCP/DHCPReplyWriter.swift"])
        let deciders = SourceFile.all.filter { file in file.code.contains { $0.contains(" DHCPReply(") } }
        #expect(deciders.map(\.path) == ["BootPolicy/ProxyDHCP/ProxyDHCP.swift"])
        let resolvers = SourceFile.all.filter { file in file.code.contains { $0.contains(".rootFile(path)") } }
        #expect(resolvers.map(\.path) == ["BootPolicy/Assets/AssetResolver.swift"])
    }
}

/// The scanner's own tests: a rule that sees nothing would always hold.
@Suite("the scanner of the house")
struct SourceFileTests {
    private static func file(_ lines: [String]) -> SourceFile {
        SourceFile(path: "Room/File.swift", lines: lines)
    }

    @Test(
        "finds imports in every spelling",
        arguments: [
            "import Wire", "package import Wire", "@testable import Wire", "@preconcurrency import Wire",
            "import struct Wire.X",
            "internal import Wire  // why",
        ])
    func imports(line: String) {
        #expect(Self.file([line]).imports == ["Wire"])
    }

    @Test("comments and texts are no code")
    func code() {
        let lines = [
            "let a = \"x! // y\" // b!", "/// import Foundation", "\"\"\"", "import Foundation", "\"\"\"", "done",
        ]
        #expect(Self.file(lines).code == ["let a = \"\" ", "", "", "", "", "done"])
        #expect(Self.file(lines).imports == [])
    }

    @Test("measures functions, initialisers and computed properties")
    func functions() {
        let lines = [
            "    package static func short() -> Int { 1 }", "    func long(", "        a: Int", "    ) throws -> Int {",
            "        1", "    }",
            "", "    init?(_ a: Int) {", "    }", "    var b: Int {", "        2", "    }", "    var c = 1",
            "    func required()", "",
        ]
        let found = Self.file(lines).functions
        #expect(found.map(\.line) == [2, 8, 10])
        #expect(found.map(\.length) == [5, 2, 3])
    }

    @Test("there are functions in the house, and long ones are seen")
    func notBlind() {
        let lengths = SourceFile.all.flatMap { $0.functions.map(\.length) }
        #expect(lengths.count > 300)
        #expect(lengths.contains { $0 > 25 })
    }
}
