import CLinuxNet
import Glibc

/// Wakes a thread that waits in `Epoll` (eventfd(2)).
package final class WakeUp: Sendable {
    package let descriptor: OwnedDescriptor

    package init() throws(SystemError) {
        descriptor = OwnedDescriptor(
            try check("eventfd") { eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)) })
    }

    /// Makes the descriptor readable; cheap, never waits, from any thread.
    package func signal() {
        _ = eventfd_write(descriptor.number, 1)
    }

    /// Makes it unreadable again.
    package func clear() {
        var value: eventfd_t = 0
        _ = eventfd_read(descriptor.number, &value)
    }
}
