import CLinuxNet

/// Tells the processor what memory will be needed soon, so that it need not be waited for then.
package enum Prefetch {
    private static let line = 64

    /// - Parameter address: where it begins; nothing happens if that is no memory at all.
    package static func octets(_ count: Int, at address: UnsafeRawPointer) {
        for offset in stride(from: 0, to: count, by: line) { pilotfish_prefetch(address + offset) }
    }
}
