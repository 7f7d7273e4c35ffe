import Glibc

/// A file descriptor with one owner, closed when the owner goes.
package struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number; borrowed, never to be closed by the borrower.
    package let number: Int32

    /// - Parameter number: an open descriptor that nobody else closes.
    package init(_ number: Int32) {
        self.number = number
    }

    deinit {
        _ = Glibc.close(number)
    }

    /// Another number for the same open file, closed when a program is executed.
    package borrowing func duplicate() throws(SystemError) -> OwnedDescriptor {
        let number = number
        return OwnedDescriptor(try check("fcntl", "F_DUPFD_CLOEXEC") { fcntl(number, F_DUPFD_CLOEXEC, 0) })
    }

    /// Gives the number up to somebody who will close it (SwiftNIO, systemd).
    package consuming func release() -> Int32 {
        let released = number
        discard self
        return released
    }
}

/// A file descriptor that several hold, closed when the last of them lets go.
package final class SharedDescriptor: Sendable {
    package let descriptor: OwnedDescriptor

    package init(_ descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }
}
