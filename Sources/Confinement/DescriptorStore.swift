import Glibc
package import LinuxIO

/// What systemd keeps open for a service while that starts, and starts anew (sd_pid_notify_with_fds(3), FDSTORE=). What is kept
/// there is passed to the service's main process, like sockets of .socket units.
package struct DescriptorStore: ~Copyable {
    private let systemd: ChannelSocket

    /// - Returns: nil when no systemd hears us.
    /// - Throws: `SystemError` when it cannot be reached.
    package init?(_ notifier: SystemdNotifier) throws(SystemError) {
        guard let socket = try notifier.connected() else { return nil }
        systemd = ChannelSocket(socket)
    }

    /// Has it keep a copy, until it is forgotten or the service is stopped.
    ///
    /// - Parameter name: what for; the main process finds it in LISTEN_FDNAMES.
    /// - Throws: `SystemError`
    package borrowing func keep(_ descriptor: borrowing OwnedDescriptor, as name: String) throws(SystemError) {
        // Without FDPOLL=0 it would throw a socket out on which the network has reported an error.
        try tell("FDSTORE=1\nFDNAME=\(name)\nFDPOLL=0", descriptor.number)
    }

    /// Has it close all that it keeps under a name; none of that name is no error.
    ///
    /// - Throws: `SystemError`
    package borrowing func forget(_ name: String) throws(SystemError) {
        try tell("FDSTOREREMOVE=1\nFDNAME=\(name)")
    }

    /// Returns when it has heard all that it was told (sd_notify_barrier(3)). What it was to forget it may close a moment later.
    ///
    /// - Throws: `SystemError`; ETIMEDOUT when it does not get to that.
    package borrowing func settle(within seconds: Int32) throws(SystemError) {
        let (ours, theirs) = try ChannelSocket.pair()
        let own = ours.take()
        try barrier(theirs.take())
        // It closes its copy of the other end when it has come to that message.
        var end = pollfd(fd: own.descriptor.number, events: 0, revents: 0)
        guard poll(&end, 1, seconds * 1000) == 1 else {
            throw SystemError(ETIMEDOUT, call: "poll", subject: "systemd")
        }
    }

    private borrowing func barrier(_ end: consuming ChannelSocket) throws(SystemError) {
        try tell("BARRIER=1", end.descriptor.number)
    }

    private borrowing func tell(_ message: String, _ descriptor: Int32 = -1) throws(SystemError) {
        try systemd.send(Array(message.utf8), file: descriptor, waits: true)
    }
}
