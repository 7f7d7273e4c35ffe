import Assets
import BootPolicy
import ControlPlane
import Exchange
import Foundation
import Glibc
import LinuxIO
import Testing

@Suite("T136 what the operator hears of the root's directory")
struct RootKeeperTests {
    @Test("each change once, and nothing while all is well")
    func told() throws {
        let path = NSTemporaryDirectory() + "/pilotfish-keeper-" + UUID().uuidString
        try #require(mkdir(path, 0o755) == 0)
        defer {
            rmdir(path)
            rmdir(path + "-aside")
        }
        let ring = EventRing(clock: { 0 }, wake: {})
        var keeper = RootKeeper(root: ServedRoot(try RootDirectory(path: path)), events: ring)
        func heard() -> [Notice.Level] {
            for _ in 0..<3 { keeper.look() }
            return ring.drain().events.compactMap {
                if case .notice(let notice) = $0.event { notice.level } else { nil }
            }
        }
        #expect(heard() == [])
        try #require(rename(path, path + "-aside") == 0)
        #expect(heard() == [.warning])
        try #require(mkdir(path, 0o755) == 0)
        #expect(heard() == [.info])
        #expect(heard() == [])
        try #require(rmdir(path) == 0 && rename(path + "-aside", path) == 0)
        #expect(heard() == [.info])
    }
}
