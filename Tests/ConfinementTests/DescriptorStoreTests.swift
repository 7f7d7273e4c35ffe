import Glibc
import LinuxIO
import Synchronization
import Testing

@testable import Confinement

/// What systemd is told to keep (sd_pid_notify_with_fds(3)), heard by a stand-in.
@Suite("the descriptors that systemd keeps")
struct DescriptorStoreTests {
    /// A socket that hears as systemd does, and closes what came with a barrier when it has come to that.
    final class StandIn: Sendable {
        let path: String
        let heard = Mutex<[(text: String, file: UInt64?)]>([])
        private let socket: HandOver<ChannelSocket>
        private let stop = Atomic(false)

        init() throws {
            path = "/tmp/notify-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
            let number = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
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

        /// Hears whatever comes until it was told to stop.
        func hear() {
            let socket = socket.take()
            while !stop.load(ordering: .acquiring) {
                var end = pollfd(fd: socket.descriptor.number, events: Int16(POLLIN), revents: 0)
                guard poll(&end, 1, 10) == 1, let came = try? socket.receive() else { continue }
                let text = String(decoding: came.message, as: UTF8.self)
                heard.withLock { $0.append((text, came.file.flatMap { Self.inode($0.descriptor.number) })) }
            }
        }

        static func inode(_ file: Int32) -> UInt64? {
            var status = stat()
            return fstat(file, &status) == 0 ? UInt64(status.st_ino) : nil
        }

        func end() { stop.store(true, ordering: .releasing) }
    }

    @Test("what is kept goes with its name, and all was heard when it has settled")
    func keeps() throws {
        let systemd = try StandIn()
        let thread = try EngineThread(name: "systemd") { systemd.hear() }
        defer {
            systemd.end()
            thread.join()
        }
        let notifier = SystemdNotifier({ ["NOTIFY_SOCKET": systemd.path][$0] }, process: 1)
        let opened = try DescriptorStore(notifier)
        guard let store = opened else {
            Issue.record("nobody is heard")
            return
        }
        let file = OwnedDescriptor(open("/dev/null", O_RDONLY))
        try store.forget("tftp")
        try store.keep(file, as: "tftp")
        try store.settle(within: 20)
        let heard = systemd.heard.withLock { $0 }
        #expect(heard.map(\.text) == ["FDSTOREREMOVE=1\nFDNAME=tftp", "FDSTORE=1\nFDNAME=tftp\nFDPOLL=0", "BARRIER=1"])
        #expect(heard.count == 3 && heard[0].file == nil && heard[1].file == StandIn.inode(file.number))
        #expect(heard.last?.file != nil)
    }

    @Test("without systemd there is none, and one that does not answer is an error")
    func nobody() throws {
        let without = try DescriptorStore(SystemdNotifier({ _ in nil }, process: 1))
        switch consume without {
        case .none: break
        case .some: Issue.record("somebody was heard")
        }
        #expect(throws: SystemError.self) {
            let gone = SystemdNotifier({ _ in "/tmp/nobody-listens-here" }, process: 1)
            _ = try DescriptorStore(gone)
        }
        let deaf = try StandIn()
        let store = try DescriptorStore(SystemdNotifier({ _ in deaf.path }, process: 1))
        guard let store else { return }
        #expect(throws: SystemError.self) { try store.settle(within: 0) }
    }
}
