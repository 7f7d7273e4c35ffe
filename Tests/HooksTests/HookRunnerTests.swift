import Glibc
import LinuxIO
import Testing
import Wire

@testable import Hooks

/// Real commands, run by the runner on a thread of this process; the test is the service.
@Suite("the process that runs commands", .timeLimit(.minutes(1)))
struct HookRunnerTests {
    /// The service's end of the channel.
    private final class Bench {
        private var channel: ChannelSocket?
        private let thread: EngineThread
        private var number: UInt64 = 0

        init() throws {
            let (ours, theirs) = try ChannelSocket.pair()
            channel = ours.take()
            thread = try EngineThread(name: "hooks") { try? HookRunner.serve(theirs.take()) }
        }

        /// Closes the channel, and waits for the end of the runner.
        func stop() {
            channel = nil
            thread.join()
        }

        func order(_ words: [String], seconds: Double = 20, input: String = "") throws {
            number += 1
            let order = HookOrder(
                number: number, words: words, timeout: .milliseconds(Int64(seconds * 1000)), input: Array(input.utf8))
            try send(order.encoded)
        }

        private func send(_ message: [UInt8]) throws {
            switch channel {
            case .some(let channel): try channel.send(message, waits: true)
            case .none: break
            }
        }

        func report() throws -> HookReport {
            while true {
                if let message = try received() { return try HookReport(message) }
                Clock.nap(.milliseconds(2))
            }
        }

        private func received() throws -> [UInt8]? {
            switch channel {
            case .some(let channel):
                do {
                    return try channel.receive().message
                } catch {
                    guard error.isWouldBlock else { throw error }
                    return nil
                }
            case .none: return nil
            }
        }
    }

    private static func run(_ words: [String], seconds: Double = 20, input: String = "") throws -> HookReport {
        let bench = try Bench()
        defer { bench.stop() }
        try bench.order(words, seconds: seconds, input: input)
        return try bench.report()
    }

    private static func shell(_ script: String) -> [String] { ["/bin/sh", "-c", script] }

    static let commands: [(words: [String], ending: HookReport.Ending, said: String)] = [
        (["/bin/true"], .exited(0), ""),
        (["/bin/false"], .exited(1), ""),
        (shell("exit 42"), .exited(42), ""),
        (shell("echo out; echo first >&2; echo second >&2"), .exited(0), "first"),
        (shell("echo out; echo more"), .exited(0), "out"),
        (shell("kill -SEGV $$"), .killed(signal: 11), ""),
        (["/bin/echo", "a b", "*", "$HOME", ";", "a b"], .exited(0), "a b * $HOME ; a b"),
        (shell("printf 'no end'"), .exited(0), "no end"),
        (shell("echo $0 $#"), .exited(0), "/bin/sh 0"),
        // All of its environment, its directory, and who leads its group.
        (["/usr/bin/env"], .exited(0), "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        (shell("env | grep -vc ^PWD="), .exited(0), "3"),
        (shell("[ $(ps -o pgid= $$) = $$ ] && echo leads"), .exited(0), "leads"),
        // Signals are those of any program, whatever is ignored or blocked here.
        (["/bin/grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"], .exited(0), "SigBlk:\t0000000000000000"),
    ]

    @Test("how a command ended, and what it said", arguments: commands)
    func ends(_ command: (words: [String], ending: HookReport.Ending, said: String)) throws {
        let report = try Self.run(command.words)
        #expect(report.ending == command.ending)
        #expect(report.said == command.said)
        #expect(report.number == 1)
    }

    @Test("a command that is not there is no failure of the runner")
    func missing() throws {
        let bench = try Bench()
        defer { bench.stop() }
        try bench.order(["/nowhere/at/all"])
        try bench.order([])
        try bench.order(["/bin/true"])
        guard case .failed(let why) = try bench.report().ending else {
            Issue.record("it ran")
            return
        }
        #expect(why.contains("/nowhere/at/all: No such file or directory"))
        guard case .failed = try bench.report().ending else {
            Issue.record("it ran")
            return
        }
        #expect(try bench.report().ending == .exited(0))
    }

    @Test("it reads the event, as often as it likes, also a long one", arguments: [0, 20, 100_000])
    func input(octets: Int) throws {
        let text = String(repeating: "x", count: octets)
        let report = try Self.run(Self.shell("wc -c; cat /dev/stdin | wc -c >&2"), input: text)
        #expect(report.said == "\(octets)")
    }

    @Test("at the timeout all of the group is killed, and nothing else waits for it")
    func timeout() throws {
        let bench = try Bench()
        defer { bench.stop() }
        let begun = Clock.now
        // A child that would go on, and ignores whom it can.
        try bench.order(Self.shell("trap '' TERM; sleep \(Self.own(98)) & echo started; wait"), seconds: 5)
        try bench.order(["/bin/true"])
        #expect(try bench.report().ending == .exited(0))
        #expect(Clock.now - begun < .seconds(4))
        let report = try bench.report()
        #expect(report.ending == .timedOut)
        #expect(report.said == "started")
        #expect(report.duration >= .seconds(5) && report.duration < .seconds(20))
        #expect(Self.nobody(sleeps: Self.own(98)))
    }

    @Test("what a command leaves behind ends with it, and does not keep its end from us")
    func leftBehind() throws {
        let report = try Self.run(Self.shell("sleep \(Self.own(97)) & exit 3"))
        #expect(report.ending == .exited(3))
        #expect(report.duration < .seconds(5))
        #expect(Self.nobody(sleeps: Self.own(97)))
    }

    @Test("one who floods us is read and forgotten, to its end")
    func flood() throws {
        let script = "echo first >&2; head -c 20000000 /dev/zero; head -c 20000000 /dev/zero >&2"
        let report = try Self.run(Self.shell(script))
        #expect(report.ending == .exited(0))
        #expect(report.said == "first")
        let endless = try Self.run(["/usr/bin/yes", String(repeating: "y", count: 3000)], seconds: 0.3)
        #expect(endless.ending == .timedOut)
        #expect(endless.said == String(repeating: "y", count: 300))
    }

    @Test("when the channel closes, the runner ends with all that it runs")
    func stops() throws {
        let bench = try Bench()
        for _ in 0..<3 { try bench.order(["/bin/sleep", Self.own(96)]) }
        while Self.processes(sleeping: Self.own(96)) < 3 { Clock.nap(.milliseconds(5)) }
        let begun = Clock.now
        bench.stop()
        #expect(Clock.now - begun < .seconds(5))
        #expect(Self.nobody(sleeps: Self.own(96)))
    }

    @Test("many at once are refused, not lost")
    func crowd() throws {
        let bench = try Bench()
        defer { bench.stop() }
        for _ in 0..<80 { try bench.order(["/bin/sleep", "1"]) }
        var endings: [HookReport.Ending] = []
        for _ in 0..<80 { endings.append(try bench.report().ending) }
        #expect(endings.count { $0 == .exited(0) } == 64)
        #expect(endings.count { $0 == .failed("too many commands run already") } == 16)
    }

    /// How long a command sleeps that is to be told from those of another run.
    private static func own(_ seconds: Int) -> String { "\(seconds).\(getpid())" }

    /// Whether nobody sleeps for that time: who was killed is seen until the kernel has had the time to take it down.
    private static func nobody(sleeps seconds: String) -> Bool {
        let limit = Clock.now + .seconds(10)
        while processes(sleeping: seconds) != 0 {
            guard Clock.now < limit else { return false }
            Clock.nap(.milliseconds(5))
        }
        return true
    }

    /// Processes that sleep for a time that is this test's alone, and are not only to be buried.
    private static func processes(sleeping seconds: String) -> Int {
        guard let directory = opendir("/proc") else { return -1 }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard Int(name) != nil, let file = fopen("/proc/\(name)/cmdline", "r") else { continue }
            defer { fclose(file) }
            var buffer = [UInt8](repeating: 0, count: 256)
            let length = fread(&buffer, 1, buffer.count, file)
            let words = buffer.prefix(length).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            if words.last == seconds, words.dropLast().last?.hasSuffix("sleep") == true { count += 1 }
        }
        return count
    }
}
