import LinuxIO
import Wire

/// The four octets in front of every block, for all 65,536 block numbers, made once: no header is ever built for a
/// packet (RFC 1350 §5: opcode 3, then the block number).
struct BlockHeaders: Sendable {
    static let size = 4

    static let shared = BlockHeaders()

    private let table = StableMemory(count: 65_536 * Self.size)

    private init() {
        for number in 0..<65_536 {
            table.start.storeBytes(of: Self.header(number), toByteOffset: number * Self.size, as: UInt32.self)
        }
    }

    /// The header of the block that travels under this number.
    func header(of block: BlockNumber) -> UnsafeRawPointer {
        UnsafeRawPointer(table.start.advanced(by: Int(block.rawValue) * Self.size))
    }

    /// The header as it travels.
    static func header(_ number: Int) -> UInt32 {
        (UInt32(3) << 16 | UInt32(number & 0xFFFF)).bigEndian
    }
}
