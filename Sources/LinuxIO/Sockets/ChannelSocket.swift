import CLinuxNet
import Glibc

/// One end of a pair of sockets between two processes of ours, which keeps messages apart (SOCK_SEQPACKET, unix(7)) and
/// carries open files.
package struct ChannelSocket: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor

    /// Octets of the longest message: less than the kernel takes by default (net.core.wmem_default).
    package static let longestMessage = 128 << 10

    /// - Parameter descriptor: one end of a pair, inherited.
    package init(_ descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }

    /// Two ends, to be taken once each. Both are closed when a program is executed.
    package static func pair() throws(SystemError) -> (HandOver<ChannelSocket>, HandOver<ChannelSocket>) {
        var ends: [Int32] = [-1, -1]
        try check("socketpair") { pilotfish_channel_pair(&ends) }
        return (
            HandOver(ChannelSocket(OwnedDescriptor(ends[0]))), HandOver(ChannelSocket(OwnedDescriptor(ends[1])))
        )
    }

    /// Sends a message, and an open file beside it if `file` is not negative; that stays open here too.
    ///
    /// - Parameter waits: whether to wait for room; else EAGAIN says that there is none.
    /// - Throws: `SystemError`; EPIPE when the other end is closed.
    package borrowing func send(_ message: [UInt8], file: Int32 = -1, waits: Bool) throws(SystemError) {
        while pilotfish_channel_send(descriptor.number, message, message.count, file, waits) < 0 {
            guard errno == EINTR else { throw SystemError(call: "sendmsg", subject: "channel") }
        }
    }

    /// A message, and the open file that came with it.
    package struct Received: Sendable {
        package let message: [UInt8]
        package let file: SharedDescriptor?
    }

    /// The next message; an empty one when the other end is closed. Never waits.
    ///
    /// - Throws: `SystemError`; EAGAIN when nothing is there, EMSGSIZE for a message longer than any of ours.
    package borrowing func receive() throws(SystemError) -> Received {
        var file: Int32 = -1
        var failure: SystemError?
        let number = descriptor.number
        let message = [UInt8](unsafeUninitializedCapacity: Self.longestMessage) { buffer, count in
            let received = pilotfish_channel_receive(number, buffer.baseAddress, buffer.count, &file)
            if received < 0 { failure = SystemError(call: "recvmsg", subject: "channel") }
            count = max(received, 0)
        }
        if let failure { throw failure }
        return Received(message: message, file: file >= 0 ? SharedDescriptor(OwnedDescriptor(file)) : nil)
    }

    /// The next message, however long it takes to come; an empty one when the other end is closed.
    package borrowing func awaitNext() throws(SystemError) -> Received {
        let epoll = try Epoll()
        try epoll.add(descriptor, token: 0)
        while true {
            do throws(SystemError) {
                return try receive()
            } catch {
                guard error.isWouldBlock else { throw error }
                _ = try epoll.wait(nil)
            }
        }
    }
}
