import Testing
import Transfers
import Wire

private func negotiate(
    _ asked: TransferOptions, limits: TransferLimits = TransferLimits(), size: Int64? = 1000
) -> Negotiated {
    Negotiated(asked, limits: limits, size: size)
}

@Suite struct NegotiationTests {
    @Test(
        "T43 blocks fill a packet of IPv6, whose header is twice as long",
        arguments: [
            (1468, 1500, 1448), (1448, 1500, 1448), (1428, 1500, 1428), (65464, 65536, 65464), (9000, 9000, 8948),
        ])
    func blockSizeOverIPv6(asked: Int, mtu: Int, granted: Int) {
        let answer = negotiate(TransferOptions(blockSize: asked), limits: TransferLimits(pathMTU: mtu, family: .ipv6))
        #expect(answer.blockSize == granted)
    }

    @Test("T1, T8, T22 without usable options DATA 1 is the answer") func plain() {
        let plain = negotiate(TransferOptions())
        #expect(plain.optionAck(size: 1000) == nil)
        #expect(!plain.needsOptionAck)
        #expect(plain.blockSize == 512)
        #expect(plain.windowSize == 1)
        #expect(plain.timeout == nil)
    }

    @Test(
        "T11, R20 blocks never outgrow the path",
        arguments: [
            (65_464, 1500, 1468), (1428, 1500, 1428), (8, 1500, 8), (1468, 1400, 1368), (65_464, 65_536, 65_464),
        ])
    func blockSize(_ asked: Int, _ mtu: Int, _ granted: Int) {
        let answer = negotiate(TransferOptions(blockSize: asked), limits: TransferLimits(pathMTU: mtu))
        #expect(answer.blockSize == granted)
        #expect(answer.optionAck(size: 1000) == TransferOptions(blockSize: granted))
    }

    @Test("T12, T13 tsize is the file's size, whatever was asked", arguments: [0, 1000, 4_294_967_297] as [Int64])
    func transferSize(_ size: Int64) {
        for asked: Int64 in [0, 5] {
            let answer = negotiate(TransferOptions(transferSize: asked), size: size)
            #expect(answer.optionAck(size: size) == TransferOptions(transferSize: size))
        }
    }

    @Test("T14 timeout is answered as asked", arguments: [1, 5, 255]) func timeout(_ seconds: Int) {
        let answer = negotiate(TransferOptions(timeout: seconds))
        #expect(answer.timeout == seconds)
        #expect(answer.optionAck(size: 1) == TransferOptions(timeout: seconds))
    }

    @Test("T17, T18 windows", arguments: [(65_535, 64, 64), (4, 64, 4), (1, 64, 1), (64, 16, 16), (65_535, 9999, 256)])
    func window(_ asked: Int, _ cap: Int, _ granted: Int) {
        let answer = negotiate(TransferOptions(windowSize: asked), limits: TransferLimits(windowSize: cap))
        #expect(answer.windowSize == granted)
        #expect(answer.optionAck(size: 1) == TransferOptions(windowSize: granted))
    }

    @Test(
        "T69 rollover is answered as asked; what nobody asked for is not named", arguments: [Rollover.toZero, .toOne])
    func rollover(_ usual: Rollover) {
        let limits = TransferLimits(rollover: usual)
        for asked: Rollover in [.toZero, .toOne] {
            let answer = negotiate(TransferOptions(rollover: asked), limits: limits)
            #expect(answer.rollover == asked)
            #expect(answer.optionAck(size: 1) == TransferOptions(rollover: asked))
        }
        let plain = negotiate(TransferOptions(), limits: limits)
        #expect(plain.rollover == usual)
        #expect(!plain.needsOptionAck)
        #expect(plain.optionAck(size: 1) == nil)
        let other = negotiate(TransferOptions(blockSize: 1024), limits: limits)
        #expect(other.rollover == usual)
        #expect(other.optionAck(size: 1) == TransferOptions(blockSize: 1024))
    }

    @Test("T24 only what was asked is answered") func onlyAsked() {
        let asked = TransferOptions(blockSize: 1468, transferSize: 0, windowSize: 4)
        #expect(
            negotiate(asked).optionAck(size: 1000)
                == TransferOptions(blockSize: 1468, transferSize: 1000, windowSize: 4))
    }

    @Test("T87 netascii: tsize is left out when the size on the wire is unknown") func unknownSize() {
        #expect(negotiate(TransferOptions(transferSize: 0), size: nil).optionAck(size: 1) == nil)
        let both = TransferOptions(blockSize: 1024, transferSize: 0)
        #expect(negotiate(both, size: nil).optionAck(size: 1) == TransferOptions(blockSize: 1024))
    }

    @Test(
        "T86 netascii",
        arguments: [
            ("a\nb", "a\r\nb"), ("a\rb", "a\r\0b"), ("a\r\nb", "a\r\0\r\nb"), ("", ""), ("\n", "\r\n"), ("\0", "\0"),
        ])
    func netascii(_ file: String, _ wire: String) {
        #expect(Netascii.translate(Array(file.utf8)) == Array(wire.utf8))
    }
}
