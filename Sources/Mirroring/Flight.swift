import Assets
import BootPolicy
import Fetching
import LinuxIO
import Synchronization

/// One file under way.
final class Flight: Sendable {
    let key: MirrorTable.Key
    let number: Int
    let url: String
    let path: RequestPath
    let mirror: MirrorPlan
    /// What we had of it when it began, to be confirmed.
    let previous: CachedFile?
    let growing: GrowingFile
    let began = Clock.now
    /// Its number with the process that fetches; and whether nothing is heard of it any more.
    private let request = Mutex<(number: UInt64?, isOver: Bool)>((nil, false))

    init(_ key: MirrorTable.Key, number: Int, _ path: RequestPath, _ mirror: MirrorPlan, previous: CachedFile?) {
        self.key = key
        self.number = number
        self.path = path
        self.mirror = mirror
        self.previous = previous
        url = mirror.url(of: path)
        growing = GrowingFile(name: url)
    }

    var checksum: String? { mirror.checksums[path.text] }

    var isOver: Bool { request.withLock(\.isOver) }

    /// - Returns: the number to cancel, if it was over before its number was known.
    func started(as number: UInt64) -> UInt64? {
        request.withLock { request in
            request.number = number
            return request.isOver ? number : nil
        }
    }

    /// - Returns: the number to cancel, if it is known.
    func giveUp() -> UInt64? {
        request.withLock { request in
            request.isOver = true
            return request.number
        }
    }
}
