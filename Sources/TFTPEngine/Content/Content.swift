import LinuxIO
import Transfers
import Wire

/// An open file, shared by the worker that sends it and the loader that brings it into memory.
final class SharedFile: Sendable {
    let file: OpenFile
    /// Our own copy, of a small file: a mapping costs more than its octets do.
    let copy: StableMemory?
    /// Nil for a file that was copied.
    let mapping: MappedFile?

    /// Files up to this many octets are copied.
    static let largestCopy: Int64 = 65_536

    /// A file from which nothing was read yet; what the kernel does not have in memory is left to the loader.
    init(_ file: consuming OpenFile) throws(SystemError) {
        copy = Self.isSmall(file.size) ? file.contentsInCache() : nil
        mapping = copy == nil ? try MappedFile(file) : nil
        self.file = file
    }

    /// The same by a thread that may wait: a small file is read, whatever it takes.
    init(waitingFor file: consuming OpenFile) throws(SystemError) {
        copy = Self.isSmall(file.size) ? StableMemory(try file.contents(limit: Int(Self.largestCopy))) : nil
        mapping = copy == nil ? try MappedFile(file) : nil
        self.file = file
    }

    private static func isSmall(_ size: Int64) -> Bool { size > 0 && size <= largestCopy }
}

/// Octets to send, shared by all transfers of one worker that send them; the address never changes while it lives.
final class Content {
    let size: Int64
    let start: UnsafeRawPointer?
    /// The file behind it; nil for octets made for one transfer.
    let file: SharedFile?
    /// Octets that we made.
    private let made: StableMemory?
    /// What of it is in memory; a worker sends nothing else, for it would wait for the disk. A copy always is.
    var residency: Residency
    /// The images made so far, and the block sizes that somebody asked for, with how often.
    var images: [FramedImage] = []
    var demand: [Int: Int] = [:]

    /// A file's octets. What is mapped is read by the kernel only.
    init(_ file: SharedFile) {
        self.file = file
        size = file.file.size
        start = file.copy.map { UnsafeRawPointer($0.start) } ?? file.mapping?.start
        made = nil
        residency = Residency(size: file.copy == nil ? size : 0)
    }

    /// Octets of our own making, copied once.
    init(_ bytes: [UInt8]) {
        let memory = StableMemory(bytes)
        made = memory
        size = Int64(bytes.count)
        start = UnsafeRawPointer(memory.start)
        file = nil
        residency = Residency(size: 0)
    }

    /// The image for a block size, if one was made.
    func image(blockSize: Int) -> FramedImage? {
        images.first { $0.blockSize == blockSize }
    }

    /// The image that a transfer may be sent from; its numbers go on with 0 after 65,535.
    func image(for negotiated: Negotiated) -> FramedImage? {
        negotiated.rollover == .toZero ? image(blockSize: negotiated.blockSize) : nil
    }

    /// The highest block, from `next` on, that can be sent without waiting for a disk; `next` - 1 for none.
    func lastReadyBlock(from next: Int64, blockSize: Int) -> Int64 {
        if residency.isWhole { return .max }
        let position = (next - 1) * Int64(blockSize)
        guard position < size else { return .max }
        let end = residency.end(from: position)
        return end == size ? .max : max(end / Int64(blockSize), next - 1)
    }
}
