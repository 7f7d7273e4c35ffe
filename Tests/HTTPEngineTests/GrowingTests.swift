import Assets
import BootPolicy
import Exchange
import Glibc
import Testing

@Suite("files that another server is being asked for", .timeLimit(.minutes(1)))
struct GrowingTests {
    /// A mirror whose one file is under way.
    private final class Mirror: MirrorSource {
        let file = GrowingFile(name: "a")

        func open(_ path: RequestPath, of mirror: MirrorPlan) throws(AssetProblem) -> OpenedAsset { .growing(file) }

        /// Until so many wait for news of it.
        func wait(for count: Int) {
            while file.waitingCount != count { usleep(1000) }
        }
    }

    private static func run(_ body: (Stand, Mirror) throws -> Void) throws {
        let mirror = Mirror()
        try Stand.run(mirrors: mirror) { stand in
            var catalog = stand.context.catalog.current
            catalog.mirrors["d"] = MirrorPlan(name: "d", upstream: "http://up")
            stand.context.catalog.publish(catalog)
            try body(stand, mirror)
        }
    }

    @Test("a client that comes and goes while nothing comes leaves nobody waiting")
    func gone() throws {
        try Self.run { stand, mirror in
            for _ in 0..<20 {
                do {
                    let client = try stand.connect()
                    client.request("GET", "/mirror/d/a")
                    mirror.wait(for: 1)
                }
                mirror.wait(for: 0)
            }
        }
    }

    @Test("why it cannot be had is told to whoever waits")
    func failed() throws {
        try Self.run { stand, mirror in
            let client = try stand.connect()
            client.request("GET", "/mirror/d/a")
            mirror.wait(for: 1)
            mirror.file.update { $0.outcome = .failed(.upstream(UpstreamFailure("no room"))) }
            let response = try client.read()
            #expect(response.status == 502)
            #expect(String(decoding: response.body, as: UTF8.self).contains("no room"))
        }
    }
}
