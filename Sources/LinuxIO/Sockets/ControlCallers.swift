import CLinuxNet
import Glibc
import Wire

/// Those who call at the control socket, all at once, without waiting for any of them.
///
/// Questions are answered on the thread that does everything slow, so nobody may hold it up: who says nothing, or does
/// not take an answer, waits beside the others, and there are bounds to how many do and to what they have us hold.
/// Where too many wait, those go first who say nothing; where too much is held, who has us hold most. An operator's
/// question comes whole with the call, and is answered at once.
package final class ControlCallers {
    private final class Caller {
        let descriptor: OwnedDescriptor
        var reader = ControlQuestionReader()
        /// What it is told; nil until there is an answer.
        var answer: [UInt8]?
        /// Octets of the answer that are said.
        var told = 0
        /// The turn in which something came from it, or went to it.
        var latest: UInt64

        init(_ descriptor: consuming OwnedDescriptor, turn: UInt64) {
            self.descriptor = descriptor
            latest = turn
        }

        /// Octets held for it.
        var held: Int { answer?.count ?? reader.count }
    }

    /// What becomes of a caller.
    private enum Fate {
        case waits
        case leaves
    }

    private static let listenerToken: UInt64 = 0
    /// Callers that wait at once, and octets of all their questions and answers together.
    static let mostCallers = 64
    static let mostHeld = 2 * ControlQuestionReader.longestAttachment
    /// Callers that are let in at a time, and pieces that one may say or be told, before others have their turn.
    private static let mostAtOnce = 16
    private static let mostPieces = 16
    /// Octets of an answer that are said at a time: few enough that the kernel takes them all, or none.
    private static let longestPiece = 32_768
    /// How long nobody else is let in where the kernel has no room for one more descriptor.
    private static let breath = TimeSpan.milliseconds(50)

    private let listener: ControlListener
    private let epoll: Epoll
    private var callers: [UInt64: Caller] = [:]
    private var newest = ControlCallers.listenerToken
    private var turn: UInt64 = 0
    private var piece = [UInt8](repeating: 0, count: 65_536)

    /// - Throws: `SystemError` when the kernel has no room for one more descriptor.
    package init(_ listener: consuming ControlListener) throws(SystemError) {
        let epoll = try Epoll()
        try epoll.add(listener.descriptor, token: Self.listenerToken)
        self.listener = listener
        self.epoll = epoll
    }

    /// How many wait.
    package var count: Int { callers.count }

    /// Octets that are held for all of them.
    var held: Int { callers.values.reduce(0) { $0 + $1.held } }

    /// Watches for all of them.
    package func watch(on outer: borrowing Epoll, token: UInt64) throws(SystemError) {
        try outer.add(epoll, token: token)
    }

    /// Hears and answers those who have stirred, and lets in who has called; to be called again while anybody stirs.
    ///
    /// - Parameter answer: the whole answer to a question.
    package func serve(_ answer: (ControlQuestion) -> String) {
        guard let count = try? epoll.wait(.zero) else { return }
        let events = (0..<count).map { epoll[$0] }
        for event in events where event.token != Self.listenerToken { attend(to: event.token, answer) }
        if events.contains(where: { $0.token == Self.listenerToken }) { welcome(answer) }
    }

    private func welcome(_ answer: (ControlQuestion) -> String) {
        for _ in 0..<Self.mostAtOnce {
            let number = pilotfish_accept(listener.descriptor.number)
            guard number >= 0 else {
                // Who cannot be let in calls on, and whoever watches would look here again at once, without end.
                if errno != EAGAIN, errno != EINTR { Clock.nap(Self.breath) }
                return
            }
            newest += 1
            turn += 1
            let caller = Caller(OwnedDescriptor(number), turn: turn)
            guard (try? epoll.add(caller.descriptor, token: newest)) != nil else { continue }
            callers[newest] = caller
            attend(to: newest, answer)
        }
    }

    private func attend(to token: UInt64, _ answer: (ControlQuestion) -> String) {
        guard let caller = callers[token] else { return }
        if hear(caller, answer) == .leaves || say(caller, token) == .leaves { callers[token] = nil }
        makeRoom()
    }

    /// Takes what a caller has said, if it has no answer yet.
    private func hear(_ caller: Caller, _ answer: (ControlQuestion) -> String) -> Fate {
        for _ in 0..<Self.mostPieces where caller.answer == nil {
            let count = recv(caller.descriptor.number, &piece, piece.count, Int32(MSG_DONTWAIT))
            if count < 0 { return errno == EAGAIN || errno == EINTR ? .waits : .leaves }
            turn += 1
            caller.latest = turn
            // Who only looks whether somebody is here has nothing to be told.
            if count == 0, !caller.reader.hasBegun { return .leaves }
            let reading = count == 0 ? .refused : caller.reader.take(piece[..<count])
            // Its octets are those of the question, which may be long, and are not needed twice.
            if reading != .incomplete { caller.reader = ControlQuestionReader() }
            switch reading {
            case .incomplete: break
            case .whole(let question): caller.answer = Array(answer(question).utf8)
            case .refused: caller.answer = Array("error this question is too long, or did not come whole\n".utf8)
            }
        }
        return .waits
    }

    /// Says what there is room for. Who has been told all leaves.
    private func say(_ caller: Caller, _ token: UInt64) -> Fate {
        guard let answer = caller.answer else { return .waits }
        for _ in 0..<Self.mostPieces where caller.told < answer.count {
            let next = answer[caller.told..<Self.pieceEnd(in: answer, from: caller.told)]
            let sent = next.withUnsafeBytes {
                send(caller.descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            guard sent > 0 else {
                guard errno == EAGAIN || errno == EINTR else { return .leaves }
                break
            }
            turn += 1
            caller.latest = turn
            caller.told += sent
        }
        if caller.told == answer.count { return .leaves }
        let waits = (try? epoll.modify(caller.descriptor, token: token, input: false, output: true)) != nil
        return waits ? .waits : .leaves
    }

    /// Where the next piece of an answer ends: not behind a line end while there is more, so that a caller who is sent
    /// away sees that its answer is not whole.
    private static func pieceEnd(in answer: [UInt8], from start: Int) -> Int {
        let end = min(start + longestPiece, answer.count)
        guard end < answer.count, let last = answer[start..<end].lastIndex(where: { $0 != UInt8(ascii: "\n") }) else {
            return end
        }
        return last + 1
    }

    /// Sends callers away while there are too many, or too much is held for them.
    private func makeRoom() {
        while callers.count > Self.mostCallers, let token = stalest { callers[token] = nil }
        while callers.count > 1, held > Self.mostHeld, let token = greediest { callers[token] = nil }
    }

    /// Who has stirred least lately: of those who are told nothing, unless these are so few that they may just have
    /// come.
    private var stalest: UInt64? {
        let silent = callers.filter { $0.value.answer == nil }
        let crowd = silent.count > Self.mostAtOnce ? silent : callers.filter { $0.value.answer != nil }
        return crowd.min { $0.value.latest < $1.value.latest }?.key
    }

    /// Who has us hold most, and of several has stirred least lately.
    private var greediest: UInt64? {
        let most = callers.values.reduce(0) { max($0, $1.held) }
        return callers.filter { $0.value.held == most }.min { $0.value.latest < $1.value.latest }?.key
    }
}
