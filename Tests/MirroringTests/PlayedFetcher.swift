import Fetching
import Glibc
import LinuxIO
import Synchronization

/// Takes requests and leaves it to the test what becomes of them.
final class PlayedFetcher: FetchTaker {
    struct Asked: Sendable {
        let request: FetchRequest
        let file: SharedDescriptor?
        let tell: @Sendable (FetchNews) -> Void
    }

    private let all = Mutex<[Asked]>([])

    private let given = Mutex<[UInt64]>([])

    var asked: [Asked] { all.withLock { $0 } }
    /// The numbers of those that nobody wants any more.
    var cancelled: [UInt64] { given.withLock { $0 } }

    func start(
        _ request: FetchRequest, into file: SharedDescriptor?, tell: @escaping @Sendable (FetchNews) -> Void
    ) -> UInt64 {
        all.withLock { all in
            all.append(Asked(request: request, file: file, tell: tell))
            return UInt64(all.count)
        }
    }

    func cancel(_ number: UInt64) { given.withLock { $0.append(number) } }
}

extension PlayedFetcher.Asked {
    /// Writes octets, as the process that fetches does.
    func write(_ text: String) {
        let octets = Array(text.utf8)
        if let file { _ = Glibc.write(file.descriptor.number, octets, octets.count) }
    }

    /// A file that large, of which nothing takes room.
    func setSize(_ octets: Int64) {
        if let file { _ = ftruncate(file.descriptor.number, Int(octets)) }
    }

    /// All of a file at once.
    func answer(_ text: String, entityTag: String = "") {
        let head = FetchHead(status: 200, size: Int64(text.utf8.count), entityTag: entityTag)
        tell(.began(head))
        write(text)
        tell(.finished(head, body: [], octets: Int64(text.utf8.count)))
    }

    func answer(status: Int) { tell(.finished(FetchHead(status: status), body: [], octets: 0)) }

    func fail(_ kind: FetchFailure.Kind = .unreachable) { tell(.failed(FetchFailure(kind, "no route"))) }
}
