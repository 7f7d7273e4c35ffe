import BootPolicy
import Exchange
import Glibc
import HTTPEngine
import LinuxIO
import Testing
import Wire

/// What is under way, as the engine says it to who asks.
@Suite("downloads under way")
struct ProgressTests {
    private func asked(_ stand: Stand) -> [DownloadProgress] {
        stand.context.downloads.ask()
        for _ in 0..<1000 {
            if let answers = stand.context.downloads.answers() { return answers }
            usleep(2000)
        }
        Issue.record("the engine does not answer")
        return []
    }

    @Test("a slow reader is seen half way, and is silent for longer and longer; who has read all is gone")
    func halfWay() throws {
        try Stand.run { stand in
            let size = 64 << 20
            stand.folder.setSize("vmlinuz", size)
            #expect(asked(stand).isEmpty)
            let client = try stand.connect(receiveBuffer: 65_536)
            client.request("GET", "/vmlinuz")
            #expect(client.receive(100_000) > 0)
            usleep(300_000)
            let first = try #require(asked(stand).first)
            #expect(first.path == "vmlinuz" || first.path == "/vmlinuz")
            #expect(first.size == size && first.bytes > 0 && first.bytes < size)
            #expect(first.client.address == IPAddress(IPv4Address(127, 0, 0, 1)) && first.install == nil)
            usleep(200_000)
            let second = try #require(asked(stand).first)
            #expect(second.bytes == first.bytes)
            #expect(second.silence - first.silence > .milliseconds(150) && second.age > first.age)
            #expect(client.read(exactly: size))
            #expect(stand.ended().first?.bytes == Int64(size))
            #expect(asked(stand).isEmpty)
        }
    }

    @Test("what the machine of an install fetches counts for it, from its turn to its end; its token is masked")
    func installs() throws {
        try Stand.run { stand in
            let (token, old) = (InstallToken(high: 5, low: 6), InstallToken(high: 7, low: 8))
            let entry = InstallBoard.Entry(
                Enrolment(token: token, target: "debian"), hardware: [MACAddress(0x52_54_00_00_00_01)], former: [old])
            stand.context.installs.replace([entry])
            stand.folder.setSize("initrd.img", 32 << 20)
            stand.folder.write("vmlinuz", pattern(1000))
            let client = try stand.connect()
            func fetched() -> Int64? { stand.context.installs.fetched[token]?.octets }
            #expect(try client.ask("GET", "/install/\(token.text)/vmlinuz").status == 200)
            _ = stand.ended()
            #expect(fetched() == 1000)
            stand.context.installs.beginCounting(token)
            #expect(fetched() == 0)
            #expect(try client.ask("GET", "/install/\(token.text)/vmlinuz").status == 200)
            #expect(try client.ask("GET", "/vmlinuz").status == 200)
            _ = stand.ended(2)
            #expect(fetched() == 1000)

            let slow = try stand.connect(receiveBuffer: 65_536)
            slow.request("GET", "/install/\(token.text)/initrd.img")
            #expect(slow.receive(1000) > 0)
            let progress = try #require(asked(stand).first)
            #expect(progress.install == token && !progress.path.contains(token.text))
            #expect(progress.path.hasSuffix("initrd.img"))

            stand.context.installs.endCounting(token)
            #expect(try client.ask("GET", "/install/\(token.text)/vmlinuz").status == 200)
            _ = stand.ended()
            #expect(fetched() == 1000)
            stand.context.installs.replace([])
            #expect(fetched() == nil)
        }
    }
}

extension Client {
    /// Whether a response with so long a body comes to its end.
    func read(exactly length: Int) -> Bool {
        guard (try? readHead()) != nil else { return false }
        var left = length
        while left > 0 {
            let count = discard()
            guard count > 0 else { return false }
            left -= count
        }
        return left == 0
    }
}
