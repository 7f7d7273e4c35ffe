/// What one socket has handed to the kernel, to tell whether a message has left this host.
///
/// A host's own queue may hold half a second, and what waits in it is not lost, however long its client is silent. The
/// kernel says how many octets of a socket are still here; what was sent first leaves first.
struct HomeQueue {
    private var octets = 0

    /// Counts a message that the kernel has taken.
    ///
    /// - Returns: its end, as octets since the beginning.
    mutating func append(_ count: Int) -> Int {
        octets += count
        return octets
    }

    /// Whether a message is still here, in part at least.
    ///
    /// - Parameters:
    ///   - end: where it ends; see `append`.
    ///   - unsent: octets of this socket that are still here.
    func holds(messageEndingAt end: Int, unsent: Int) -> Bool {
        unsent > octets - end
    }
}
