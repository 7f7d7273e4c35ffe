import Exchange
import LinuxIO

/// A file as its DATA packets travel: header, block, header, block, for one block size.
///
/// Whole windows of it are one piece of memory, so the kernel copies without picking up two pieces a block. One image
/// serves all clients of all workers that agreed on the block size, and outlives changes of the file on disk.
final class FramedImage: Sendable {
    let blockSize: Int
    private let memory: StableMemory
    private let budget: MemoryBudget

    private static let headerSize = BlockHeaders.size

    /// Octets that an image takes.
    static func octets(size: Int64, blockSize: Int) -> Int {
        Int(size) + (Int(size) / blockSize + 1) * headerSize
    }

    /// Reads the file and frames it; waits for the disk.
    ///
    /// - Returns: nil when the budget has no room, or the file is being changed.
    init?(_ file: borrowing OpenFile, blockSize: Int, budget: MemoryBudget) {
        let octets = Self.octets(size: file.size, blockSize: blockSize)
        guard budget.take(octets) else { return nil }
        do throws(SystemError) {
            let memory = try StableMemory(pages: octets)
            let stride = blockSize + Self.headerSize
            try file.readBlocks(
                to: memory.start.advanced(by: Self.headerSize), blockSize: blockSize, stride: stride)
            for block in 0...Int(file.size) / blockSize {
                memory.start.storeBytes(
                    of: BlockHeaders.header(block + 1), toByteOffset: block * stride, as: UInt32.self)
            }
            guard file.isUnchanged() else {
                budget.give(octets)
                return nil
            }
            self.memory = memory
        } catch {
            budget.give(octets)
            return nil
        }
        self.blockSize = blockSize
        self.budget = budget
    }

    deinit {
        budget.give(memory.count)
    }

    /// The packets of `count` blocks from `first` on, one behind the other.
    func packets(first: Int64, count: Int) -> UnsafeRawBufferPointer {
        let stride = blockSize + Self.headerSize
        let start = (Int(first) - 1) * stride
        let end = min(start + count * stride, memory.count)
        return UnsafeRawBufferPointer(start: memory.start.advanced(by: start), count: end - start)
    }
}
