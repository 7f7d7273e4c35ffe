import Foundation
package import LinuxIO

/// The service's side of the channel: hears what the process of the control API has to tell.
package final class ConsoleLink: Sendable {
    private let wake: WakeUp
    private let thread: EngineThread
    private let socket: String?

    private enum Token {
        static let channel: UInt64 = 0
        static let wake: UInt64 = 1
    }

    /// - Parameters:
    ///   - socket: the path of its Unix socket, if it has one.
    ///   - tell: hears a word of that process, on a thread of its own.
    /// - Throws: `SystemError` when the system has no thread or descriptor left.
    package init(
        _ channel: HandOver<ChannelSocket>, socket: String?, tell: @escaping @Sendable (ConsoleWord) -> Void
    ) throws(SystemError) {
        let wake = try WakeUp()
        let epoll = HandOver(try Epoll())
        self.wake = wake
        self.socket = socket
        thread = try EngineThread(name: "console") {
            let channel = channel.take()
            let epoll = epoll.take()
            do throws(SystemError) {
                try epoll.add(channel.descriptor, token: Token.channel)
                try epoll.add(wake.descriptor, token: Token.wake)
                try Self.listen(to: channel, epoll, tell)
            } catch {
                tell(ConsoleWord(.error, "the control API cannot be watched any more: \(error)"))
            }
        }
    }

    /// Closes the channel, at which that process ends, and takes its socket away; to be called once.
    package func stop() {
        wake.signal()
        thread.join()
        if let socket { unlink(socket) }
    }

    /// - Returns: when it was told to stop, or nobody is there any more.
    private static func listen(
        to channel: borrowing ChannelSocket, _ epoll: borrowing Epoll, _ tell: (ConsoleWord) -> Void
    ) throws(SystemError) {
        while true {
            let count = try epoll.wait(nil)
            if (0..<count).contains(where: { epoll[$0].token == Token.wake }) { return }
            guard let received = try? channel.receive() else { continue }
            guard !received.message.isEmpty else {
                let text = "the process of the control API is gone and cannot be started again; restart the service"
                return tell(ConsoleWord(.error, text))
            }
            if let word = ConsoleWord(received.message) { tell(word) }
        }
    }
}
