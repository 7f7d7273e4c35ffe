import CLinuxNet
import Glibc

extension MappedFile {
    /// Brings a part of the file into memory and into our page table, and waits for the disk meanwhile.
    ///
    /// - Throws: `SystemError`; EFAULT when the file got shorter, EINVAL on kernels before 5.14.
    package func populate(_ part: Range<Int64>) throws(SystemError) {
        guard let start, !part.isEmpty else { return }
        // From the page on that the part begins in; a part of a file begins anywhere in its first page.
        let first = (Int(part.lowerBound) + inset) / Self.page * Self.page - inset
        let address = UnsafeMutableRawPointer(mutating: start.advanced(by: first))
        try check("madvise") { madvise(address, Int(part.upperBound) - first, pilotfish_populate_read) }
    }
}

extension OpenFile {
    /// The whole file, if all of it is in the page cache: never waits for a disk.
    ///
    /// - Returns: nil when something is missing there, or the file system cannot tell.
    package borrowing func contentsInCache() -> StableMemory? {
        let memory = StableMemory(count: Int(size))
        let got = pilotfish_read_cached(descriptor.number, memory.start, memory.count, offset)
        return got == memory.count ? memory : nil
    }

    /// Reads the blocks of the file to places that lie `stride` octets apart.
    ///
    /// - Parameters:
    ///   - place: where the first block goes.
    ///   - blockSize: octets of every block but the last.
    /// - Throws: `SystemError`; EIO when the file got shorter.
    package borrowing func readBlocks(
        to place: UnsafeMutableRawPointer, blockSize: Int, stride: Int
    ) throws(SystemError) {
        let most = 512
        var vectors = [iovec](repeating: iovec(), count: most)
        var done = 0
        while done < Int(size) {
            var count = 0
            var wanted = 0
            while count < most, done + wanted < Int(size) {
                let length = min(blockSize, Int(size) - done - wanted)
                let block = (done + wanted) / blockSize
                vectors[count] = iovec(iov_base: place.advanced(by: block * stride), iov_len: length)
                wanted += length
                count += 1
            }
            let got = preadv(descriptor.number, vectors, Int32(count), off_t(offset) + off_t(done))
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw SystemError(call: "preadv") }
            // A short read is what a file cut short gives; on a sound one the kernel fills all that was asked for.
            guard got == wanted else { throw SystemError(EIO, call: "preadv") }
            done += wanted
        }
    }
}
