import Testing
import Transfers
import Wire

/// Reference 5.1 from the request's octets to those of the first answer: what is read, weighed and written.
@Suite struct OptionExchangeTests {
    /// A file of 1000 octets, and the options of a request for it.
    struct Question: CustomStringConvertible {
        let asked: [String]
        /// The OACK behind its opcode, one text for each string; nil when the answer is DATA 1.
        let answer: [String]?
        var blockSize = 512
        var windowSize = 1

        var description: String { asked.joined(separator: " ") }
    }

    private static func terminated(_ strings: [String]) -> [UInt8] {
        strings.flatMap { Array($0.utf8) + [0] }
    }

    /// - Returns: the OACK's octets, and what was agreed on.
    private func exchange(
        _ options: [UInt8], size: Int64 = 1000, limits: TransferLimits = TransferLimits()
    ) throws -> (octets: [UInt8]?, negotiated: Negotiated) {
        let datagram = [0, 1] + Self.terminated(["f", "octet"]) + options
        let request = try ReadRequest(datagram.span.bytes)
        let negotiated = Negotiated(request.options, limits: limits, size: size)
        guard let answer = negotiated.optionAck(size: size) else { return (nil, negotiated) }
        var writer = ByteWriter()
        TFTPReplyWriter.optionAcknowledge(answer, into: &writer)
        return (writer.bytes, negotiated)
    }

    private static let questions: [(statement: String, Question)] = [
        ("T5", Question(asked: ["BLKSIZE", "1428"], answer: ["blksize", "1428"], blockSize: 1428)),
        ("T5", Question(asked: ["Blksize", "1428"], answer: ["blksize", "1428"], blockSize: 1428)),
        (
            "T6",
            Question(
                asked: ["tsize", "0", "blksize", "1428"], answer: ["blksize", "1428", "tsize", "1000"], blockSize: 1428)
        ),
        (
            "T6",
            Question(
                asked: ["blksize", "1428", "tsize", "0"], answer: ["blksize", "1428", "tsize", "1000"], blockSize: 1428)
        ),
        ("T7", Question(asked: ["blksize", "1428", "foo", "7"], answer: ["blksize", "1428"], blockSize: 1428)),
        (
            "T7, R25, R27",
            Question(
                asked: ["utimeout", "50000", "blksize2", "1024", "tsize", "0"], answer: ["tsize", "1000"])
        ),
        ("T8", Question(asked: ["foo", "7"], answer: nil)),
        ("T9", Question(asked: ["blksize", "7"], answer: nil)),
        ("T9", Question(asked: ["blksize", "99999999999", "tsize", "0"], answer: ["tsize", "1000"])),
        ("T11", Question(asked: ["blksize", "8"], answer: ["blksize", "8"], blockSize: 8)),
        ("T12", Question(asked: ["tsize", "0"], answer: ["tsize", "1000"])),
        ("T13", Question(asked: ["tsize", "5"], answer: ["tsize", "1000"])),
        ("T14", Question(asked: ["timeout", "1"], answer: ["timeout", "1"])),
        ("T14", Question(asked: ["timeout", "255"], answer: ["timeout", "255"])),
        ("T15", Question(asked: ["timeout", "256", "tsize", "0"], answer: ["tsize", "1000"])),
        ("T16", Question(asked: ["windowsize", "0", "tsize", "0"], answer: ["tsize", "1000"])),
        ("T16", Question(asked: ["windowsize", "65536"], answer: nil)),
        ("T17", Question(asked: ["windowsize", "65535"], answer: ["windowsize", "64"], windowSize: 64)),
        ("T18", Question(asked: ["windowsize", "1"], answer: ["windowsize", "1"])),
        ("T19", Question(asked: ["blksize", "512", "blksize", "1024"], answer: ["blksize", "512"])),
        ("T20", Question(asked: ["multicast", "", "tsize", "0"], answer: ["tsize", "1000"])),
        (
            "T21",
            Question(
                asked: ["msftwindow", "31416", "windowsize", "4", "blksize", "1456", "tsize", "0"],
                answer: ["blksize", "1456", "tsize", "1000", "windowsize", "4"], blockSize: 1456, windowSize: 4)
        ),
        ("T22", Question(asked: ["blksize", "x", "timeout", "0", "multicast", ""], answer: nil)),
        ("T69", Question(asked: ["rollover", "1"], answer: ["rollover", "1"])),
        (
            "T69",
            Question(
                asked: ["rollover", "0", "blksize", "8"], answer: ["blksize", "8", "rollover", "0"], blockSize: 8)
        ),
        ("T69", Question(asked: ["rollover", "2"], answer: nil)),
    ]

    @Test(
        "T5, T6, T7, T8, T9, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24 request and OACK, octet by octet",
        arguments: questions)
    func answers(_ statement: String, _ question: Question) throws {
        let (octets, negotiated) = try exchange(Self.terminated(question.asked))
        #expect(octets == question.answer.map { [0, 6] + Self.terminated($0) }, "\(statement)")
        #expect(negotiated.blockSize == question.blockSize, "\(statement)")
        #expect(negotiated.windowSize == question.windowSize, "\(statement)")
    }

    @Test("T12 tsize of an empty file, and of one beyond 4 GiB", arguments: [0, 4_294_967_297] as [Int64])
    func sizes(_ size: Int64) throws {
        let (octets, _) = try exchange(Self.terminated(["tsize", "0"]), size: size)
        #expect(octets == [0, 6] + Self.terminated(["tsize", "\(size)"]))
    }

    @Test("T25, T26, T27 garbage, an open end and half a pair bring no option into the OACK") func tails() throws {
        let garbage = (0..<400).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 0x81) }
        #expect(try exchange(garbage).octets == nil)
        let open = Self.terminated(["tsize", "0", "blksize"]) + Array("1428".utf8)
        #expect(try exchange(open).octets == [0, 6] + Self.terminated(["tsize", "1000"]))
        #expect(try exchange(Self.terminated(["blksize"])).octets == nil)
    }

    @Test("T29 a hundred options, each another one: an OACK of 512 octets at most, with what we know") func many()
        throws
    {
        let known = ["blksize", "1024", "tsize", "0", "timeout", "5", "windowsize", "8", "rollover", "0"]
        let strange = (0..<95).flatMap { ["option-\($0)", "\($0)"] }
        let octets = try #require(try exchange(Self.terminated(strange + known)).octets)
        #expect(octets.count <= 512)
        #expect(
            octets == [0, 6]
                + Self.terminated([
                    "blksize", "1024", "tsize", "1000", "timeout", "5", "windowsize", "8", "rollover", "0",
                ]))
    }
}
