import BootPolicy
import Testing
import Wire

@Suite("what memory is told, and how styles are written")
struct FileProgressTests {
    @Test(
        "what the engines tell of files",
        arguments: [
            ("/a.efi", 200, true, "a.efi"), ("//a/b", 206, false, "a/b"), ("a", 304, true, "a"), ("/x", 404, true, nil),
            ("/x", 503, true, nil),
        ] as [(String, Int, Bool, String?)])
    func downloads(path: String, status: Int, isComplete: Bool, file: String?) {
        let event = BootEvent.downloadEnded(
            DownloadFacts(
                client: IPEndpoint(address: IPAddress(Net.client), port: 9), path: path, status: status, bytes: 1,
                duration: .zero,
                isComplete: isComplete))
        let expected = file.map { FileProgress(address: Net.client, file: $0, isComplete: isComplete) }
        #expect(FileProgress(event) == expected)
        guard case .downloadEnded(var facts) = event else { return }
        // Who asks for the size only has nothing yet.
        facts.isHead = true
        let asked = file.map { FileProgress(address: Net.client, file: $0, isComplete: false) }
        #expect(FileProgress(.downloadEnded(facts)) == asked)
    }

    @Test("a TFTP transfer tells when it begins and when all of it was acknowledged, a size probe nothing more")
    func transfers() {
        let transfer = TransferFacts(
            client: IPEndpoint(address: IPAddress(Net.client), port: 9), name: "/a.efi", size: 1, blockSize: 512,
            windowSize: 1)
        func ended(_ outcome: TransferEnding.Outcome) -> FileProgress? {
            FileProgress(
                .transferEnded(transfer, TransferEnding(outcome: outcome, bytes: 1, duration: .zero, retransmitted: 0)))
        }
        let asked = FileProgress(address: Net.client, file: "a.efi", isComplete: false)
        #expect(FileProgress(.transferStarted(transfer)) == asked)
        #expect(ended(.completed) == FileProgress(address: Net.client, file: "a.efi", isComplete: true))
        for outcome in [TransferEnding.Outcome.sizeProbe, .timedOut, .refusedByClient(code: 8), .superseded] {
            #expect(ended(outcome) == nil)
        }
        #expect(FileProgress(.notice(Notice(.info, "x"))) == nil)
    }

    @Test("a transfer over IPv6 tells nothing: no lease says which machine that is")
    func transferOverIPv6() {
        let client = IPEndpoint(address: IPAddress(high: 0x2001_0DB8 << 32, low: 1), port: 9)
        let transfer = TransferFacts(client: client, name: "a.efi", size: 1, blockSize: 512, windowSize: 1)
        #expect(FileProgress(.transferStarted(transfer)) == nil)
    }

    @Test(
        "however firmware writes a loader's name, it is that loader",
        arguments: ["a/b.efi", "/a/b.efi", "\\a\\b.efi", "a//b.efi", "./a/./b.efi", "a/b.efi\u{FFFD}"])
    func spellings(name: String) {
        let transfer = TransferFacts(
            client: IPEndpoint(address: IPAddress(Net.client), port: 9), name: name, size: 1, blockSize: 512,
            windowSize: 1)
        let expected = FileProgress(address: Net.client, file: "a/b.efi", isComplete: false)
        #expect(FileProgress(.transferStarted(transfer)) == expected)
    }

    @Test(
        "a style as text comes back, and nothing else is one",
        arguments: [
            "direct", "binl", "menu", "binl+delay", "direct+delay", "http", "raspberry-pi", "", "binl+", "x",
            "binl+delay+delay", "+delay",
        ])
    func styles(text: String) {
        let style = OfferStyle(text)
        let isOne = ["direct", "binl", "menu", "binl+delay", "direct+delay"].contains(text)
        #expect(style?.description == (isOne ? text : nil))
    }
}
