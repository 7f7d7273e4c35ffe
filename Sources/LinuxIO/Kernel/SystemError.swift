import Glibc

/// A system call that failed: which, on what, and why.
package struct SystemError: Error, Hashable, Sendable {
    /// The errno.
    package let code: Int32
    /// The call's name, as in its manual page.
    package let call: String
    /// What it was done to: a path, an interface, an address; may be empty.
    package let subject: String

    package init(_ code: Int32 = errno, call: String, subject: String = "") {
        self.code = code
        self.call = call
        self.subject = subject
    }

    package var isWouldBlock: Bool { code == EAGAIN }
    /// The other end of a channel is closed.
    package var isBrokenPipe: Bool { code == EPIPE || code == ECONNRESET }
    package var isAddressInUse: Bool { code == EADDRINUSE }
    package var isPermission: Bool { code == EPERM || code == EACCES }
    package var isMissing: Bool { code == ENOENT || code == ENOTDIR }
}

extension SystemError: CustomStringConvertible {
    package var description: String {
        let what = subject.isEmpty ? call : "\(call) \(subject)"
        return "\(what): \(String(cString: strerror(code)))"
    }
}

/// Runs a system call again while a signal interrupts it.
///
/// - Throws: `SystemError` when the call answers -1.
@discardableResult
func check(_ call: String, _ subject: @autoclosure () -> String = "", _ body: () -> Int32) throws(SystemError) -> Int32
{
    while true {
        let result = body()
        if result >= 0 { return result }
        let code = errno
        if code != EINTR { throw SystemError(code, call: call, subject: subject()) }
    }
}

extension SystemError {
    /// What is asked for is not in memory, and whoever asked may not wait.
    package static func wouldWait(_ call: String, _ subject: String) -> SystemError {
        SystemError(EAGAIN, call: call, subject: subject)
    }

    /// Another file took the place of the one that was meant.
    package static func stale(_ call: String, _ subject: String) -> SystemError {
        SystemError(ESTALE, call: call, subject: subject)
    }

    package var isStale: Bool { code == ESTALE }

    /// Our own rule, not the kernel's.
    package static func notPermitted(_ call: String, _ subject: String) -> SystemError {
        SystemError(EACCES, call: call, subject: subject)
    }

    /// What was to be made is there already.
    package static func taken(_ subject: String) -> SystemError {
        SystemError(EEXIST, call: "create", subject: subject)
    }

    package var isTaken: Bool { code == EEXIST }

    /// More than is taken.
    package static func tooLarge(_ call: String, _ subject: String) -> SystemError {
        SystemError(EFBIG, call: call, subject: subject)
    }

    /// A file of ours that holds something else.
    package static func malformed(_ call: String, _ subject: String) -> SystemError {
        SystemError(EBADMSG, call: call, subject: subject)
    }

    /// openat2(2) would have had to leave the root.
    package var leavesRoot: Bool { code == EXDEV || code == ELOOP }

    /// A directory, FIFO, socket or device where a file was expected; or a name too long to be one.
    package var isNoRegularFile: Bool { [EISDIR, ENXIO, ENODEV, ENAMETOOLONG].contains(code) }
}

extension SystemError {
    /// The errno of a port where nobody listens.
    package static var connectionRefused: Int32 { ECONNREFUSED }

    /// What an ICMP message of the network, true or forged, becomes on a socket (icmp_err_convert in the kernel).
    package var isOfNetwork: Bool {
        [
            ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENONET, EMSGSIZE, EPROTO, ENOPROTOOPT, EOPNOTSUPP,
            EACCES,
        ].contains(code)
    }

    /// What a kernel or a driver says that cannot segment at all (EIO: no checksum offload on the way out).
    package var refusesOffload: Bool { [EIO, EOPNOTSUPP, ENOPROTOOPT].contains(code) }

    /// A queue of this host is full, be it the interface's (with IP_RECVERR, udp(7)) or the kernel's memory.
    package var isQueueFull: Bool { code == ENOBUFS || code == ENOMEM }

    /// What the kernel says of a super-packet whose datagrams do not fit the way to this one client.
    package var refusesSegmentSize: Bool { [EMSGSIZE, EINVAL].contains(code) }

    /// What a kernel says that does not speak a version of IP, or was told not to.
    package var isOfMissingFamily: Bool { [EAFNOSUPPORT, EADDRNOTAVAIL].contains(code) }

    /// What is said to who may not have a kind of socket: by the kernel without the capability, and by a service manager's
    /// filter that knows no such family (RestrictAddressFamilies= of systemd.exec(5)).
    package var refusesSocket: Bool { isPermission || code == EAFNOSUPPORT }

    /// The address to bind is none of this host's.
    package var isForeignAddress: Bool { code == EADDRNOTAVAIL }

    /// All ports that a socket might have had are taken.
    package static func noPortLeft(_ ports: String) -> SystemError {
        SystemError(EADDRINUSE, call: "bind UDP", subject: ports)
    }

    /// Memory that is not there: a mapped file that got shorter.
    package var isBadMemory: Bool { code == EFAULT }
}
