import CLinuxNet
import Glibc

/// Memory of our own at an address that never changes.
package final class StableMemory: @unchecked Sendable {
    // Safe to send: address and size never change. Whoever makes it fills it before anybody else sees it.

    package let start: UnsafeMutableRawPointer
    package let count: Int
    private let isMapped: Bool

    /// A few octets, of any value.
    package init(count: Int) {
        start = .allocate(byteCount: max(count, 1), alignment: 16)
        self.count = count
        isMapped = false
    }

    /// Many octets, all zero, in huge pages where the kernel has some; given back to the system at once when let go.
    ///
    /// - Throws: `SystemError` when the system has no memory left.
    package init(pages count: Int) throws(SystemError) {
        let address = mmap(nil, max(count, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let address, address != MAP_FAILED else { throw SystemError(call: "mmap") }
        start = address
        self.count = count
        isMapped = true
        // A hint; a kernel without huge pages says no, and all is well.
        _ = madvise(address, count, MADV_HUGEPAGE)
    }

    deinit {
        if isMapped { munmap(start, max(count, 1)) } else { start.deallocate() }
    }
}

extension StableMemory {
    /// A copy of a few octets at an address that never changes.
    package convenience init(_ octets: [UInt8]) {
        self.init(count: octets.count)
        start.copyMemory(from: octets, byteCount: octets.count)
    }

    /// The octets, copied, to be changed.
    package var octets: [UInt8] {
        Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
