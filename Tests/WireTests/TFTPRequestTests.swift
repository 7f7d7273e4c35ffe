import Support
import Testing
import Wire

/// Builds datagrams to port 69: strings are ended by NUL.
private func request(_ opcode: UInt8 = 1, _ strings: String..., tail: [UInt8] = []) -> [UInt8] {
    [0, opcode] + terminated(strings) + tail
}

private func terminated(_ strings: [String]) -> [UInt8] {
    strings.reduce(into: []) { octets, text in
        octets += Array(text.utf8)
        octets.append(0)
    }
}

private func read(_ datagram: [UInt8]) throws(TFTPRequestError) -> ReadRequest {
    try ReadRequest(datagram.span.bytes)
}

private func options(_ strings: String...) throws -> TransferOptions {
    try read(request(1, "f", "octet", tail: terminated(strings))).options
}

@Suite struct TFTPRequestTests {
    @Test("T1 a plain request") func plain() throws {
        let parsed = try read(request(1, "pxelinux.0", "octet"))
        #expect(parsed.name == Array("pxelinux.0".utf8))
        #expect(parsed.mode == .octet)
        #expect(parsed.options.isEmpty)
    }

    @Test("T2 modes in any case", arguments: ["octet", "OCTET", "oCtEt"]) func modes(_ mode: String) throws {
        #expect(try read(request(1, "f", mode)).mode == .octet)
    }

    @Test("R03 netascii is a mode") func netascii() throws {
        #expect(try read(request(1, "f", "NetASCII")).mode == .netascii)
    }

    @Test("T3, T4 mail, unknown and missing modes", arguments: ["mail", "foo", "octe", "octets", ""])
    func unknownModes(_ mode: String) {
        #expect(throws: TFTPRequestError.unknownMode) { try read(request(1, "f", mode)) }
        #expect(TFTPRequestError.unknownMode.answer == .illegalOperation)
    }

    @Test("T4 a name without mode, and one without end") func noMode() {
        #expect(throws: TFTPRequestError.unknownMode) { try read(request(1, "file")) }
        #expect(throws: TFTPRequestError.malformed) { try read(request(1, tail: Array("file".utf8))) }
    }

    @Test("R15 a mode without its NUL") func openMode() throws {
        let parsed = try read(request(1, "f", tail: Array("octet".utf8)))
        #expect(parsed.mode == .octet)
        #expect(parsed.options.isEmpty)
    }

    @Test("T5 option names in any case", arguments: ["blksize", "BLKSIZE", "Blksize"]) func names(_ name: String) throws
    {
        #expect(try options(name, "1428").blockSize == 1428)
    }

    @Test("T6 options in any order") func order() throws {
        let both = TransferOptions(blockSize: 1428, transferSize: 0)
        #expect(try options("tsize", "0", "blksize", "1428") == both)
        #expect(try options("blksize", "1428", "tsize", "0") == both)
    }

    @Test("T7, T8, T20, T21 unknown options are left out") func unknown() throws {
        #expect(try options("blksize", "1428", "foo", "7") == TransferOptions(blockSize: 1428))
        #expect(try options("foo", "7").isEmpty)
        #expect(try options("multicast", "").isEmpty)
        // tftp-hpa's own, which we do not have (R25, R27).
        #expect(try options("blksize2", "1024", "blksize", "1428") == TransferOptions(blockSize: 1428))
        #expect(try options("utimeout", "50000").isEmpty)
        #expect(
            try options("msftwindow", "31416", "windowsize", "4", "blksize", "1456", "tsize", "0")
                == TransferOptions(blockSize: 1456, transferSize: 0, windowSize: 4))
    }

    @Test(
        "T9, T15, T16 values that mean nothing are left out",
        arguments: [
            ("blksize", "7"), ("blksize", "0"), ("blksize", "-1"), ("blksize", "abc"), ("blksize", "99999999999"),
            ("blksize", "65465"), ("blksize", ""), ("blksize", "512x"), ("blksize", "99999999999999999999999"),
            ("timeout", "0"), ("timeout", "256"), ("timeout", "x"),
            ("windowsize", "0"), ("windowsize", "65536"), ("windowsize", "x"), ("rollover", "2"), ("rollover", "-1"),
            ("rollover", ""), ("rollover", "x"), ("tsize", "x"), ("tsize", "-1"),
        ])
    func nonsense(_ name: String, _ value: String) throws {
        #expect(try options(name, value).isEmpty)
    }

    @Test("T11, T14, T17, T18 the ends of each range") func ranges() throws {
        #expect(try options("blksize", "8").blockSize == 8)
        #expect(try options("blksize", "65464").blockSize == 65_464)
        #expect(try options("timeout", "1").timeout == 1)
        #expect(try options("timeout", "255").timeout == 255)
        #expect(try options("windowsize", "1").windowSize == 1)
        #expect(try options("windowsize", "65535").windowSize == 65_535)
        #expect(try options("rollover", "0").rollover == .toZero)
        #expect(try options("ROLLOVER", "1", "rollover", "0").rollover == .toOne)
    }

    @Test("T13 tsize with a number; R30 blanks and zeros") func decimals() throws {
        #expect(try options("tsize", "5").transferSize == 5)
        #expect(try options("blksize", " 0001428").blockSize == 1428)
        #expect(try options("blksize", "1428 ").isEmpty)
        #expect(try options("blksize", " ").isEmpty)
    }

    @Test("T19 the first of two equal options counts, even if it is useless") func duplicates() throws {
        #expect(try options("blksize", "512", "BLKSIZE", "1024").blockSize == 512)
        #expect(try options("blksize", "7", "blksize", "1024").isEmpty)
    }

    @Test("T25 PA-RISC padding") func padding() throws {
        var random = SeededRandom(seed: 25)
        for _ in 0..<200 {
            let garbage = (0..<400).map { _ in UInt8.random(in: 0...255, using: &random) }
            let parsed = try read(request(1, "/boot/lifimage", "octet", tail: garbage))
            #expect(parsed.name == Array("/boot/lifimage".utf8))
            #expect(parsed.options.isEmpty)
        }
    }

    @Test("T26, T27 what forms no pair is ignored") func halfPairs() throws {
        let open = request(1, "f", "octet", "tsize", "0", "blksize", tail: Array("1428".utf8))
        #expect(try read(open).options == TransferOptions(transferSize: 0))
        #expect(try options("tsize", "0", "blksize") == TransferOptions(transferSize: 0))
    }

    @Test("T28 long requests", arguments: [512, 513, 1400]) func long(_ length: Int) throws {
        let name = String(repeating: "n", count: length - 9)
        let datagram = request(1, name, "octet")
        #expect(datagram.count == length)
        #expect(try read(datagram).name.count == length - 9)
    }

    @Test("T130 a name that fills the datagram and more is a file that is not there", arguments: [512, 513, 2048])
    func endless(_ length: Int) {
        let datagram = request(1, tail: [UInt8](repeating: 0x6E, count: length - 2))
        let error: TFTPRequestError = length > 512 ? .endlessName : .malformed
        #expect(throws: error) { try read(datagram) }
        #expect(error.answer == (length > 512 ? .fileNotFound : .illegalOperation))
    }

    @Test("T29 a hundred options") func many() throws {
        let tail = terminated((0..<100).flatMap { _ in ["blksize", "1024"] })
        let parsed = try read(request(1, "f", "octet", tail: tail))
        var writer = ByteWriter()
        TFTPReplyWriter.optionAcknowledge(parsed.options, into: &writer)
        #expect(writer.bytes == [0, 6] + Array("blksize\u{0}1024\u{0}".utf8))
    }

    @Test("T30 fragments of a header get silence", arguments: 0...3) func short(_ length: Int) {
        let datagram: [UInt8] = Array([0, 1, 0x66].prefix(length))
        #expect(throws: TFTPRequestError.silence) { try read(datagram) }
        #expect(TFTPRequestError.silence.answer == nil)
    }

    @Test("T31, T33 opcodes that get silence", arguments: [0, 5, 6, 7, 255, 256, 257] as [UInt16])
    func silence(_ opcode: UInt16) {
        let datagram = [UInt8(opcode >> 8), UInt8(opcode & 0xFF)] + Array("f\u{0}octet\u{0}".utf8)
        #expect(throws: TFTPRequestError.silence) { try read(datagram) }
    }

    @Test("T32, T34 other packets to port 69") func others() {
        #expect(throws: TFTPRequestError.strayPacket) { try read([0, 4, 0, 1]) }
        #expect(throws: TFTPRequestError.strayPacket) { try read([0, 3, 0, 1]) }
        #expect(throws: TFTPRequestError.writeRefused) { try read(request(2, "f", "octet")) }
        #expect(TFTPRequestError.writeRefused.answer == .accessViolation)
        #expect(TFTPRequestError.strayPacket.answer == .illegalOperation)
    }

    @Test("T37, T38, T129 names are kept as they came") func rawNames() throws {
        let odd: [UInt8] = Array("\\Boot\\BCD".utf8) + [0xFF]
        #expect(try read([0, 1] + odd + [0] + Array("octet\u{0}".utf8)).name == odd)
        #expect(try read(request(1, "", "octet")).name.isEmpty)
        #expect(try read(request(1, "%n\u{1B}[2J", "octet")).name == Array("%n\u{1B}[2J".utf8))
    }
}
