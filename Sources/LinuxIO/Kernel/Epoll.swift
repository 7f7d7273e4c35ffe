import CLinuxNet
import Glibc
package import Wire

/// Waits for many descriptors at once (epoll(7)), level-triggered.
package struct Epoll: ~Copyable {
    /// What stirred: the token given with `add`, and how.
    package struct Event: Sendable {
        package let token: UInt64
        package let isReadable: Bool
        package let isWritable: Bool
        /// Something waits on the socket's error queue.
        package let hasError: Bool
    }

    private let descriptor: OwnedDescriptor
    private let events: UnsafeMutablePointer<epoll_event>
    private static let capacity = 64

    package init() throws(SystemError) {
        descriptor = OwnedDescriptor(try check("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
        events = .allocate(capacity: Self.capacity)
        events.initialize(repeating: epoll_event(), count: Self.capacity)
    }

    deinit {
        events.deallocate()
    }

    /// Watches a descriptor for input.
    package func add(_ watched: borrowing OwnedDescriptor, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_ADD, watched.number, token, EPOLLIN.rawValue)
    }

    /// Watches all that another one watches, as if it were one descriptor (epoll(7)).
    package func add(_ watched: borrowing Epoll, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_ADD, watched.descriptor.number, token, EPOLLIN.rawValue)
    }

    /// Watches a descriptor for input, and for room to send when `output` is set.
    ///
    /// - Parameter input: whether input matters; errors always do.
    package func modify(
        _ watched: borrowing OwnedDescriptor, token: UInt64, input: Bool = true, output: Bool
    ) throws(SystemError) {
        let flags = (input ? EPOLLIN.rawValue : 0) | (output ? EPOLLOUT.rawValue : 0)
        try control(EPOLL_CTL_MOD, watched.number, token, flags)
    }

    /// Watches a descriptor no longer, which was watched.
    package func remove(_ watched: borrowing OwnedDescriptor) {
        _ = epoll_ctl(descriptor.number, EPOLL_CTL_DEL, watched.number, nil)
    }

    /// Waits until something stirs or `limit` has passed; nil waits for ever, zero not at all.
    ///
    /// - Returns: how many events `self[...]` holds.
    package func wait(_ limit: TimeSpan?) throws(SystemError) -> Int {
        let nanoseconds = limit.map { max(0, $0.nanoseconds) } ?? -1
        let count = pilotfish_epoll_pwait2(descriptor.number, events, Int32(Self.capacity), nanoseconds)
        if count >= 0 { return Int(count) }
        if errno == EINTR { return 0 }
        throw SystemError(call: "epoll_pwait2")
    }

    package subscript(index: Int) -> Event {
        let flags = events[index].events
        return Event(
            token: events[index].data.u64,
            isReadable: flags & EPOLLIN.rawValue != 0,
            isWritable: flags & EPOLLOUT.rawValue != 0,
            hasError: flags & EPOLLERR.rawValue != 0)
    }

    private func control(_ operation: Int32, _ number: Int32, _ token: UInt64, _ flags: UInt32) throws(SystemError) {
        var event = epoll_event()
        event.events = flags
        event.data.u64 = token
        try check("epoll_ctl") { epoll_ctl(descriptor.number, operation, number, &event) }
    }
}
