import Foundation
import LinuxIO
import Testing

@Suite("the way to the journal")
struct JournalSocketTests {
    /// A journal that does not read what it is sent.
    private final class Journal {
        let path = FileManager.default.temporaryDirectory.appending(path: "pilotfish-\(UUID().uuidString)").path
        private let number: Int32

        init() throws {
            number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(result == 0)
        }

        func read() -> [UInt8] {
            var octets = [UInt8](repeating: 0, count: 65_536)
            let count = recv(number, &octets, octets.count, Int32(MSG_DONTWAIT))
            return Array(octets.prefix(max(count, 0)))
        }

        func close() {
            Glibc.close(number)
            unlink(path)
        }
    }

    @Test("messages come whole; one that reads nothing makes nobody wait; one that is gone refuses")
    func sends() throws {
        let journal = try Journal()
        let socket = try JournalSocket(path: journal.path)
        #expect(socket.send([1, 2, 3]) == .sent)
        #expect(journal.read() == [1, 2, 3])
        let message = [UInt8](repeating: 7, count: 20_000)
        var outcomes: [JournalSocket.Outcome] = []
        for _ in 1...1000 where outcomes.last != .crowded { outcomes.append(socket.send(message)) }
        #expect(outcomes.last == .crowded)
        #expect(journal.read() == message)
        #expect(socket.send(message) == .sent)
        journal.close()
        #expect(socket.send([1]) == .refused)
    }

    @Test("a restarted journal is found again")
    func finds() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "pilotfish-\(UUID().uuidString)").path
        let socket = try JournalSocket(path: path)
        #expect(socket.send([1]) == .refused)
        #expect(JournalSocket.behindStandardError == nil)
    }
}
