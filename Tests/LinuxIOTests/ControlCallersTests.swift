import Glibc
import Testing
import Wire

@testable import LinuxIO

@Suite("Control socket", .serialized)
struct ControlSocketTests {
    private static func path(_ name: String) -> String { "/tmp/pilotfish-test-\(getpid())-\(name).sock" }

    private static func callers(_ name: String) throws -> (path: String, callers: ControlCallers) {
        (path(name), try ControlCallers(try ControlListener(path: path(name))))
    }

    /// An answer that no socket takes at once.
    private static let long = String(repeating: "y", count: 3 << 20) + "\n"

    /// What a caller is told, to the end, while it takes what comes.
    private static func told(_ caller: borrowing ControlCall, by callers: ControlCallers) -> [UInt8] {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        let end = Clock.now + .seconds(20)
        while Clock.now < end {
            callers.serve { _ in long }
            let count = recv(caller.descriptor.number, &piece, piece.count, Int32(MSG_DONTWAIT))
            if count == 0 { break }
            all += piece.prefix(max(count, 0))
        }
        return all
    }

    /// So many callers who ask, one after the other, and do not take their answers.
    private static func lazy(
        _ count: Int, at path: String, _ callers: ControlCallers, _ answer: String, _ served: () -> Void = {}
    ) throws -> [HandOver<ControlCall>] {
        try (0..<count).map { _ in
            let caller = try ControlCall(to: path)
            caller.say("list\n")
            callers.serve { _ in answer }
            served()
            return HandOver(caller)
        }
    }

    @Test(
        "what is asked arrives whole, with what is too long for a line; what is cut short or goes on does not arrive",
        arguments: [
            ("mode\n", "mode", ""), ("import +3\nabc", "import", "abc"), ("import +0\n", "import", ""),
            ("set a -1\n", "set a -1", ""), ("import +3\nabcd", nil, ""), ("mode\nmore", nil, ""),
            ("import +99999999999\nabc", nil, ""), ("import +-1\n", nil, ""), ("list +x\n", "list +x", ""),
            (String(repeating: "x", count: 70_000) + "\n", nil, ""),
        ] as [(String, String?, String)])
    func questions(said: String, line: String?, attachment: String) throws {
        let (path, callers) = try Self.callers("asked")
        let caller = try ControlCall(to: path)
        caller.say(said)
        var questions: [ControlQuestion] = []
        for _ in 0..<3 {
            callers.serve { question in
                questions.append(question)
                return "ok\n"
            }
        }
        #expect(questions == (line.map { [ControlQuestion(line: $0, attachment: attachment)] } ?? []))
        #expect(callers.count == 0)
    }

    @Test("in pieces it is the same question", arguments: ["mode\n", "import +5\nab\ncd"])
    func pieces(said: String) throws {
        let (path, callers) = try Self.callers("drip")
        let caller = try ControlCall(to: path)
        var questions: [ControlQuestion] = []
        for letter in said {
            caller.say(String(letter))
            callers.serve { question in
                questions.append(question)
                return "ok\n"
            }
        }
        #expect(
            questions == [
                said == "mode\n" ? ControlQuestion(line: "mode") : .init(line: "import", attachment: "ab\ncd")
            ])
        let answer = try caller.answer()
        #expect(answer == "ok\n")
    }

    @Test("those who say nothing, or half of something, hold nobody up, and only so many of them are kept")
    func silent() throws {
        let (path, callers) = try Self.callers("silent")
        var silent: [HandOver<ControlCall>] = []
        let start = Clock.now
        for number in 0..<300 {
            let caller = try ControlCall(to: path)
            if number % 2 == 0 { caller.say("mo") }
            silent.append(HandOver(caller))
            callers.serve { _ in "ok\n" }
        }
        let operating = try ControlCall(to: path)
        operating.say("mode\n")
        callers.serve { "ok \($0.line)\n" }
        let answer = try operating.answer()
        #expect(answer == "ok mode\n")
        #expect(callers.count == ControlCallers.mostCallers)
        // Each waited for would be a minute.
        #expect(Clock.now - start < .seconds(20))
    }

    @Test("who does not take an answer holds nobody up, and what is held is bounded: who has most of it goes")
    func unread() throws {
        let (path, callers) = try Self.callers("unread")
        let large = String(repeating: "x", count: 16 << 20)
        let operating = try ControlCall(to: path)
        operating.say("list\n")
        callers.serve { _ in Self.long }
        let lazy = try Self.lazy(20, at: path, callers, large) { #expect(callers.held <= ControlCallers.mostHeld) }
        // The operator has stirred least lately of all, and is told all the same.
        #expect(callers.count == ControlCallers.mostHeld / (16 << 20))
        let told = Self.told(operating, by: callers)
        #expect(told.count == Self.long.utf8.count)
        let another = try ControlCall(to: path)
        another.say("mode\n")
        callers.serve { _ in "ok\n" }
        let answer = try another.answer()
        #expect(answer == "ok\n")
        #expect(lazy.count == 20)
    }

    @Test("what was asked and is answered is held no longer, and what was refused neither")
    func answered() throws {
        let (path, callers) = try Self.callers("answered")
        let asking = try ControlCall(to: path)
        // Less than the kernel takes without a reader.
        asking.say("import +100000\n" + String(repeating: "a", count: 50_000))
        callers.serve { _ in Self.long }
        #expect(callers.held == 50_000)
        asking.say(String(repeating: "a", count: 50_000))
        callers.serve { _ in Self.long }
        #expect(callers.held == Self.long.utf8.count)
        let told = Self.told(asking, by: callers)
        #expect(told.count == Self.long.utf8.count)
        #expect(callers.held == 0)
    }

    @Test("those who say nothing go before those who are told something, be they as many as they like")
    func silentFirst() throws {
        let (path, callers) = try Self.callers("first")
        let operating = try ControlCall(to: path)
        operating.say("list\n")
        callers.serve { _ in Self.long }
        var silent: [HandOver<ControlCall>] = []
        for _ in 0..<200 {
            silent.append(HandOver(try ControlCall(to: path)))
            callers.serve { _ in Self.long }
        }
        #expect(callers.count == ControlCallers.mostCallers)
        let isWhole = Self.told(operating, by: callers) == Array(Self.long.utf8)
        #expect(isWhole)
    }

    @Test("who has just come has time to ask, although all others are being told something")
    func newcomer() throws {
        let (path, callers) = try Self.callers("newcomer")
        // No socket takes it at once, and so many of them may be held.
        let answer = String(repeating: "y", count: ControlCallers.mostHeld / ControlCallers.mostCallers / 2)
        let lazy = try Self.lazy(100, at: path, callers, answer)
        #expect(callers.count == ControlCallers.mostCallers)
        let operating = try ControlCall(to: path)
        callers.serve { _ in "ok\n" }
        operating.say("mode\n")
        callers.serve { _ in "ok\n" }
        let told = try operating.answer()
        #expect(told == "ok\n")
        #expect(lazy.count == 100)
    }

    @Test("who has asked, and closes that side, is told the whole answer")
    func halfClosed() throws {
        let (path, callers) = try Self.callers("half")
        let caller = try ControlCall(to: path)
        caller.say("list\n")
        try #require(shutdown(caller.descriptor.number, Int32(SHUT_WR)) == 0)
        let isWhole = Self.told(caller, by: callers) == Array(Self.long.utf8)
        #expect(isWhole)
        #expect(callers.count == 0)
    }

    @Test("an answer that is cut off is an error, wherever that happens", arguments: ["x", "x\n", "a line\n"])
    func cutOff(piece: String) throws {
        let path = Self.path("cut")
        var callers: ControlCallers? = try ControlCallers(try ControlListener(path: path))
        let caller = try ControlCall(to: path)
        caller.say("list\n")
        let long = String(repeating: piece, count: 1 << 20)
        callers?.serve { _ in long }
        #expect(callers?.count == 1)
        callers = nil
        do throws(SystemError) {
            _ = try caller.answer()
            Issue.record("a part of an answer looks whole")
        } catch {
            #expect(error.isBrokenPipe)
        }
    }

    @Test(
        "a question that is refused is told so, although more was said than was heard, or less than announced",
        arguments: [
            (String(repeating: "x", count: 140_000), false), ("import +3\nabcd", false), ("mode", true),
            ("import +3\n", true), ("import +3\nab", true),
        ])
    func refused(said: String, isHalfClosed: Bool) throws {
        let (path, callers) = try Self.callers("refused")
        let caller = try ControlCall(to: path)
        caller.say(said)
        if isHalfClosed { try #require(shutdown(caller.descriptor.number, Int32(SHUT_WR)) == 0) }
        for _ in 0..<3 { callers.serve { _ in "ok\n" } }
        #expect(callers.count == 0)
        let answer = try caller.answer()
        #expect(answer == "error this question is too long, or did not come whole\n")
    }

    @Test("the caller waits for a service that is busy, and takes an answer that is longer than any buffer")
    func patientCaller() throws {
        let path = Self.path("busy")
        let handed = HandOver(try ControlListener(path: path))
        let long = Self.long
        let service = try EngineThread(name: "busy") {
            guard let callers = try? ControlCallers(handed.take()), let epoll = try? Epoll() else { return }
            try? callers.watch(on: epoll, token: 0)
            Clock.nap(.milliseconds(1500))
            var asked = false
            repeat {
                _ = try? epoll.wait(.seconds(5))
                callers.serve { question in
                    asked = true
                    return question.line + long
                }
            } while !asked || callers.count > 0
        }
        let answer = try ControlCall(to: path).ask("mode")
        #expect(answer == "mode" + long)
        service.join()
    }
}
