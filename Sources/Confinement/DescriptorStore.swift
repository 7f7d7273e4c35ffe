import CLinuxNet
import Glibc
package import LinuxIO

/// What systemd keeps open for a service while that starts, and starts anew (sd_pid_notify_with_fds(3), FDSTORE=). What is kept
/// there is passed to the service's main process, like sockets of .socket units.
package struct DescriptorStore: ~Copyable {
    private let socket: OwnedDescriptor

    /// - Returns: nil when no systemd hears us.
    /// - Throws: `SystemError` when it cannot be reached.
    package init?(_ notifier: SystemdNotifier) throws(SystemError) {
        guard let socket = try notifier.connected() else { return nil }
        self.socket = socket
    }

    /// Has it keep a copy, until it is forgotten or the service is stopped.
    ///
    /// - Parameter name: what for; the main process finds it in LISTEN_FDNAMES.
    /// - Throws: `SystemError`
    package borrowing func keep(_ descriptor: borrowing OwnedDescriptor, as name: String) throws(SystemError) {
        // Sockets do not "hang up" as files of other kinds do, and FDPOLL=1 would throw them out for an error of the network's.
        try tell("FDSTORE=1\nFDNAME=\(name)\nFDPOLL=0", descriptor.number)
    }

    /// Has it close all that it keeps under a name; none of that name is no error.
    ///
    /// - Throws: `SystemError`
    package borrowing func forget(_ name: String) throws(SystemError) {
        try tell("FDSTOREREMOVE=1\nFDNAME=\(name)")
    }

    /// Returns when it has done all that it was told.
    ///
    /// - Throws: `SystemError`; ETIMEDOUT when it does not get to that.
    package borrowing func settle(within seconds: Int32) throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        guard pilotfish_pipe(&ends) == 0 else { throw SystemError(call: "pipe2") }
        let reading = OwnedDescriptor(ends[0])
        try tellLast(OwnedDescriptor(ends[1]))
        // It closes its copy of the other end when it has come to that message.
        var end = pollfd(fd: reading.number, events: 0, revents: 0)
        guard poll(&end, 1, seconds * 1000) == 1 else { throw SystemError(ETIMEDOUT, call: "poll", subject: "systemd") }
    }

    private borrowing func tellLast(_ end: consuming OwnedDescriptor) throws(SystemError) {
        try tell("BARRIER=1", end.number)
    }

    private borrowing func tell(_ message: String, _ descriptor: Int32 = -1) throws(SystemError) {
        let octets = Array(message.utf8)
        guard pilotfish_channel_send(socket.number, octets, octets.count, descriptor, true) == octets.count else {
            throw SystemError(call: "sendmsg", subject: "systemd")
        }
    }
}
