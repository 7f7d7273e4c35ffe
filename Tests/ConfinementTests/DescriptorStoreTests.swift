import Glibc
import LinuxIO
import StandIns
import Testing

@testable import Confinement

/// What systemd is told to keep (sd_pid_notify_with_fds(3)), heard by a stand-in.
@Suite("the descriptors that systemd keeps")
struct DescriptorStoreTests {
    @Test("what is kept goes with its name, and all was heard when it has settled")
    func keeps() throws {
        let systemd = try SystemdStandIn()
        let file = OwnedDescriptor(open("/dev/null", O_RDONLY))
        let heard = try systemd.hearing {
            let opened = try DescriptorStore(SystemdNotifier({ ["NOTIFY_SOCKET": systemd.path][$0] }, process: 1))
            guard let store = opened else {
                Issue.record("nobody is heard")
                return
            }
            try store.forget("tftp")
            try store.keep(file, as: "tftp")
            try store.settle(within: 20)
        }
        #expect(heard.map(\.text) == ["FDSTOREREMOVE=1\nFDNAME=tftp", "FDSTORE=1\nFDNAME=tftp\nFDPOLL=0", "BARRIER=1"])
        let kept = SystemdStandIn.inode(file.number)
        #expect(heard.count == 3 && heard[0].file == nil && heard[1].file == kept && kept != nil)
        #expect(heard.last?.file != nil)
    }

    @Test("without systemd there is none, and one that does not answer is an error")
    func nobody() throws {
        let without = try DescriptorStore(SystemdNotifier({ _ in nil }, process: 1))
        switch consume without {
        case .none: break
        case .some: Issue.record("somebody was heard")
        }
        #expect(throws: SystemError(ENOENT, call: "connect", subject: "systemd")) {
            let gone = SystemdNotifier({ _ in "/tmp/nobody-listens-here" }, process: 1)
            _ = try DescriptorStore(gone)
        }
        let deaf = try SystemdStandIn()
        let store = try DescriptorStore(SystemdNotifier({ _ in deaf.path }, process: 1))
        guard let store else {
            Issue.record("nobody is heard")
            return
        }
        #expect(throws: SystemError(ETIMEDOUT, call: "poll", subject: "systemd")) { try store.settle(within: 0) }
    }
}
