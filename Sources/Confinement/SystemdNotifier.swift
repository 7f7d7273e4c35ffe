import Glibc

/// Tells systemd how the service is (sd_notify(3)); does nothing when nobody asked.
package struct SystemdNotifier: Sendable {
    private let path: String?

    /// Reads where to, from the environment.
    package init() {
        path = Self.place
    }

    private static var place: String? { getenv("NOTIFY_SOCKET").map { String(cString: $0) } }

    /// Whether systemd listens at a socket without a path (unix(7)).
    static var isAbstract: Bool { place?.hasPrefix("@") == true }

    /// Everything is open, nothing is privileged any more, packets are read.
    package func ready(_ status: String) {
        notify("READY=1\nSTATUS=\(status)")
    }

    package func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        notify("RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1000)")
    }

    package func stopping() {
        notify("STOPPING=1")
    }

    private func notify(_ message: String) {
        guard let path, path.hasPrefix("/") || path.hasPrefix("@") else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        // A leading @ stands for the NUL of the abstract namespace (unix(7)).
        if bytes[0] == 0x40 { bytes[0] = 0 }
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path).map { $0 + bytes.count } ?? 0)
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return }
        defer { close(number) }
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(number, message, message.utf8.count, 0, $0, length)
            }
        }
    }
}
