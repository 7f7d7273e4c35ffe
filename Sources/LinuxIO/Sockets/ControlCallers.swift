import CLinuxNet
import Glibc
import Wire

/// Those who call at the control socket, all at once, without waiting for any of them.
///
/// Questions are answered on the thread that does everything slow, so nobody may hold it up: who says nothing, or does not
/// take an answer, waits beside the others, and there are bounds to how many do and to what they have us hold. Beyond them
/// those go who have stirred least lately. An operator's question comes whole with the call, and is answered at once.
package final class ControlCallers {
    private final class Caller {
        let descriptor: OwnedDescriptor
        var reader = ControlQuestionReader()
        /// What is still to be said; nil until there is an answer.
        var answer: ArraySlice<UInt8>?
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
    private static let mostCallers = 64
    private static let mostHeld = 2 * ControlQuestionReader.longestAttachment
    /// Callers that are let in at a time, and pieces that one may say, before others have their turn.
    private static let mostAtOnce = 64
    private static let mostPieces = 16

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
            guard number >= 0 else { return }
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
            if count == 0, caller.reader.count == 0 { return .leaves }
            switch count == 0 ? .refused : caller.reader.take(piece[..<count]) {
            case .incomplete: break
            case .whole(let question): caller.answer = Array(answer(question).utf8)[...]
            case .refused:
                caller.answer = Array("error this question is too long, or did not come whole\n".utf8)[...]
            }
        }
        return .waits
    }

    /// Says what there is room for. Who has been told all leaves.
    private func say(_ caller: Caller, _ token: UInt64) -> Fate {
        while let rest = caller.answer {
            if rest.isEmpty { return .leaves }
            let sent = rest.withUnsafeBytes {
                send(caller.descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            guard sent > 0 else {
                guard errno == EAGAIN || errno == EINTR else { return .leaves }
                let waits = (try? epoll.modify(caller.descriptor, token: token, input: false, output: true)) != nil
                return waits ? .waits : .leaves
            }
            turn += 1
            caller.latest = turn
            caller.answer = rest.dropFirst(sent)
        }
        return .waits
    }

    /// Sends those away who have stirred least lately, while there are too many, or too much is held for them.
    private func makeRoom() {
        while callers.count > Self.mostCallers
            || callers.count > 1 && callers.values.reduce(0, { $0 + $1.held }) > Self.mostHeld
        {
            guard let stalest = callers.min(by: { $0.value.latest < $1.value.latest })?.key else { return }
            callers[stalest] = nil
        }
    }
}
