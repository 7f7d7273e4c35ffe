import Glibc
import LinuxIO
import Synchronization

/// Hears as systemd does what a service tells it and has it keep (sd_pid_notify_with_fds(3)); what it was handed is
/// closed as soon as it was looked at.
package final class SystemdStandIn: Sendable {
    package struct Heard: Equatable, Sendable {
        package let text: String
        /// Which file came with it, by its inode.
        package let file: UInt64?
    }

    /// Where it is told (NOTIFY_SOCKET).
    package let path: String
    private let socket: HandOver<ChannelSocket>
    private let heard = Mutex<[Heard]>([])
    private let stop = Atomic(false)

    package init() throws {
        path = "/tmp/notify-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
        let number = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        socket = HandOver(ChannelSocket(OwnedDescriptor(number)))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw SystemError(call: "bind", subject: path) }
    }

    deinit { unlink(path) }

    /// What it hears while `body` runs; once only.
    package func hearing(_ body: () throws -> Void) throws -> [Heard] {
        let thread = try EngineThread(name: "systemd") { self.hear() }
        do {
            defer {
                stop.store(true, ordering: .releasing)
                thread.join()
            }
            try body()
        }
        return heard.withLock { $0 }
    }

    private func hear() {
        let socket = socket.take()
        while !stop.load(ordering: .acquiring) {
            var end = pollfd(fd: socket.descriptor.number, events: Int16(POLLIN), revents: 0)
            guard poll(&end, 1, 10) == 1, let came = try? socket.receive() else { continue }
            let text = String(decoding: came.message, as: UTF8.self)
            let file = came.file.flatMap { Self.inode($0.descriptor.number) }
            heard.withLock { $0.append(Heard(text: text, file: file)) }
        }
    }

    package static func inode(_ file: Int32) -> UInt64? {
        var status = stat()
        return fstat(file, &status) == 0 ? UInt64(status.st_ino) : nil
    }
}
