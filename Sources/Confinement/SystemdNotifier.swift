import Glibc
import LinuxIO

/// Tells systemd how the service is (sd_notify(3)); does nothing when nobody asked.
package struct SystemdNotifier: Sendable {
    private let path: String?
    /// Microseconds after which the service is killed that has not said `alive`; nil when nobody watches
    /// (sd_watchdog_enabled(3)).
    package let watchdog: Int64?

    private static let variables = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]

    /// Reads from the environment where to, and takes that out of it: no program that is started from here speaks for us. To
    /// be called while there is one thread.
    package static func take() -> SystemdNotifier {
        defer { for name in variables { unsetenv(name) } }
        return SystemdNotifier({ name in getenv(name).map { String(cString: $0) } }, process: getpid())
    }

    /// - Parameters:
    ///   - variable: the value of a variable of the environment, by its name.
    ///   - process: our process id; another may be the one that is watched.
    init(_ variable: (String) -> String?, process: Int32) {
        path = variable("NOTIFY_SOCKET")
        let limit = variable("WATCHDOG_USEC").flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil }
        let isForUs = variable("WATCHDOG_PID").map { Int32($0) == process } ?? true
        watchdog = path != nil && isForUs ? limit : nil
    }

    /// Whether anybody hears what is said here.
    package var isHeard: Bool { path != nil }

    /// Whether that is by a socket without a path (unix(7)).
    var isAbstract: Bool { path?.hasPrefix("@") == true }

    /// Everything is open, nothing is privileged any more, packets are read.
    package func ready(_ status: String) {
        notify("READY=1\nSTATUS=\(status)")
    }

    package func status(_ text: String) {
        notify("STATUS=\(text)")
    }

    /// All threads get on.
    package func alive() {
        notify("WATCHDOG=1")
    }

    package func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        notify("RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1000)")
    }

    package func stopping() {
        notify("STOPPING=1")
    }

    /// A socket that reaches systemd; nil when nobody listens.
    ///
    /// - Throws: `SystemError`
    func connected() throws(SystemError) -> OwnedDescriptor? {
        guard path != nil else { return nil }
        let number = Self.open()
        guard number >= 0 else { throw SystemError(call: "socket", subject: "systemd") }
        let socket = OwnedDescriptor(number)
        guard withAddress({ connect(number, $0, $1) }) == 0 else {
            throw SystemError(call: "connect", subject: "systemd")
        }
        return socket
    }

    private func notify(_ message: String) {
        guard path != nil else { return }
        let number = Self.open()
        guard number >= 0 else { return }
        defer { close(number) }
        _ = withAddress { sendto(number, message, message.utf8.count, 0, $0, $1) }
    }

    private static func open() -> Int32 {
        socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    /// - Returns: nil when there is no such address.
    private func withAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result? {
        guard let path, path.hasPrefix("/") || path.hasPrefix("@") else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        // A leading @ stands for the NUL of the abstract namespace (unix(7)).
        if bytes[0] == 0x40 { bytes[0] = 0 }
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path).map { $0 + bytes.count } ?? 0)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
