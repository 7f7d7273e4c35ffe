import LinuxIO
import NIOPosix
import Synchronization

/// Why a question got no answer that can be passed on.
enum AskFailure: Error, Equatable {
    /// Too many wait already.
    case busy
    /// The service is not there, or went away before it answered.
    case unavailable(String)
    /// The service has no such command.
    case notKnown(String)
    /// It answered that it cannot, and why.
    case refused(String)
}

/// Asks the service over its control socket, a few questions at a time: it answers one after the other, on its main thread.
final class Asker: Sendable {
    private let path: String
    private let pool: NIOThreadPool
    private let waiting = Atomic(0)

    private static let mostAtOnce = 4
    private static let mostWaiting = 64
    /// What the service says of a command that it does not have.
    private static let unknown = "this service does not know the command"

    /// - Parameter path: of the control socket.
    init(_ path: String) {
        self.path = path
        pool = NIOThreadPool(numberOfThreads: Self.mostAtOnce)
        pool.start()
    }

    /// Lets its threads go; to be called once, and nothing is asked afterwards.
    func end() async { try? await pool.shutdownGracefully() }

    /// The text of the answer, without the word before and the line end behind it.
    ///
    /// - Parameter question: one line, made of checked words.
    func ask(_ question: String) async throws(AskFailure) -> String {
        guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= Self.mostWaiting else {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            throw .busy
        }
        defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
        let path = path
        do {
            return try Self.text(of: try await pool.runIfActive { try ControlCall(to: path).ask(question) })
        } catch let failure as AskFailure {
            throw failure
        } catch {
            throw .unavailable("the service does not answer: \(error)")
        }
    }

    private static func text(of answer: String) throws(AskFailure) -> String {
        let said = answer.hasSuffix("\n") ? answer.dropLast() : answer[...]
        if said.hasPrefix("ok") { return String(said.dropFirst(3)) }
        let reason = said.hasPrefix("error ") ? String(said.dropFirst(6)) : "the service says: \(said)"
        throw reason.hasPrefix(unknown) ? .notKnown(reason) : .refused(reason)
    }
}
