/// The four octets in front of every block, for all 65,536 block numbers, made once: no header is ever built for a
/// packet (RFC 1350 §5: opcode 3, then the block number).
final class BlockHeaders: @unchecked Sendable {
    // Safe to send: written in init only, and never freed.

    static let shared = BlockHeaders()
    static let size = 4

    private let table: UnsafeMutablePointer<UInt32>

    private init() {
        table = .allocate(capacity: 65_536)
        for number in 0..<65_536 {
            table.advanced(by: number).initialize(to: (UInt32(3) << 16 | UInt32(number)).bigEndian)
        }
    }

    /// The header of the block with this number, counted from 1 without end; it wraps to 0 after 65,535.
    func header(of block: Int64) -> UnsafeRawPointer {
        UnsafeRawPointer(table.advanced(by: Int(block & 0xFFFF)))
    }
}
