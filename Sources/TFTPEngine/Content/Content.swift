import LinuxIO
import Transfers
import Wire

/// An open file, shared by the worker that sends it and the loader that brings it into memory.
final class SharedFile: Sendable {
    let file: OpenFile
    /// Nil for a small file, which is sent from a copy.
    let mapping: MappedFile?

    init(_ file: consuming OpenFile, isMapped: Bool) throws(SystemError) {
        mapping = isMapped ? try MappedFile(file) : nil
        self.file = file
    }
}

/// Octets to send, shared by all transfers of one worker that send them; the address never changes while it lives.
final class Content {
    let size: Int64
    let start: UnsafeRawPointer?
    /// The file behind it; nil for octets made for one transfer.
    let file: SharedFile?
    /// Our own copy, of a small file or of octets that we made.
    private let copy: StableMemory?
    /// Octets from the first on that are in memory; a worker sends no others, for it would wait for the disk.
    var ready: Int64
    /// Octets that the loader was asked for.
    var asked: Int64
    /// The images made so far, and the block sizes that somebody asked for, with how often.
    var images: [FramedImage] = []
    var demand: [Int: Int] = [:]

    /// Files up to this many octets are copied: a mapping costs more than they do.
    static let largestCopy: Int64 = 65_536

    /// A file's octets. What is mapped is read by the kernel only.
    init(_ file: consuming OpenFile) throws(SystemError) {
        size = file.size
        copy = size > 0 && size <= Self.largestCopy ? file.contentsInCache() : nil
        let shared = try SharedFile(file, isMapped: copy == nil)
        self.file = shared
        start = copy.map { UnsafeRawPointer($0.start) } ?? shared.mapping?.start
        ready = copy == nil ? 0 : size
        asked = ready
    }

    /// Octets of our own making, copied once.
    init(_ bytes: [UInt8]) {
        let memory = StableMemory(count: bytes.count)
        memory.start.copyMemory(from: bytes, byteCount: bytes.count)
        copy = memory
        size = Int64(bytes.count)
        start = UnsafeRawPointer(memory.start)
        file = nil
        ready = size
        asked = size
    }

    /// The image for a block size, if one was made.
    func image(blockSize: Int) -> FramedImage? {
        images.first { $0.blockSize == blockSize }
    }

    /// The image that a transfer may be sent from; its numbers go on with 0 after 65,535.
    func image(for negotiated: Negotiated) -> FramedImage? {
        negotiated.rollover == .toZero ? image(blockSize: negotiated.blockSize) : nil
    }

    /// The highest block that can be sent without waiting for a disk.
    func lastReadyBlock(blockSize: Int) -> Int64 {
        ready == size ? .max : ready / Int64(blockSize)
    }
}
