package import LinuxIO

/// The two processes of the control API: an outer one that starts the inner one again when that dies, and this, which serves.
package enum ConsoleKeeper {
    private enum Token {
        static let channel: UInt64 = 0
        static let mail: UInt64 = 1
    }

    /// Serves until the other end of the channel is closed. To be called with a single thread, and when everything was given up.
    ///
    /// - Parameters:
    ///   - listeners: bound sockets, one for each door of the order.
    ///   - confine: takes from the inner process what only the outer one has a use for.
    /// - Throws: `SystemError` when no process can be made.
    package static func run(
        _ channel: consuming ChannelSocket, _ order: ConsoleOrder, _ listeners: [SharedDescriptor],
        confine: () throws -> Void
    ) throws(SystemError) {
        try ProcessKeeper.run(
            channel, names: ("console-keeper", "console"), confine: confine, work: { serve($0, order, listeners) },
            died: { channel in
                let word = ConsoleWord(.error, "the process of the control API died and is started again")
                try? channel.send(word.encoded, waits: false)
            })
    }

    /// The main thread holds the channel, and says there what the others want to be told.
    ///
    /// - Returns: what the process shall end with: 0 when the channel was closed.
    private static func serve(
        _ channel: borrowing ChannelSocket, _ order: ConsoleOrder, _ listeners: [SharedDescriptor]
    ) -> Int32 {
        do {
            let wake = try WakeUp()
            let epoll = try Epoll()
            let mail = Mailbox<Mail> { wake.signal() }
            try epoll.add(channel.descriptor, token: Token.channel)
            try epoll.add(wake.descriptor, token: Token.mail)
            let server = try ConsoleServer(order) { mail.post(.word($0)) }
            Task.detached {
                do {
                    try await server.run(listeners)
                } catch {
                    mail.post(.word(ConsoleWord(.error, "the control API does not serve: \(error)")))
                }
                mail.post(.end)
            }
            return try listen(to: channel, epoll, wake, mail)
        } catch {
            try? channel.send(ConsoleWord(.error, "the control API does not serve: \(error)").encoded, waits: false)
            return 1
        }
    }

    private enum Mail: Sendable {
        case word(ConsoleWord)
        case end
    }

    private static func listen(
        to channel: borrowing ChannelSocket, _ epoll: borrowing Epoll, _ wake: WakeUp, _ mail: Mailbox<Mail>
    ) throws(SystemError) -> Int32 {
        while true {
            _ = try epoll.wait(nil)
            wake.clear()
            for item in mail.drain() {
                // Who does not listen misses it; nobody waits for him.
                guard case .word(let word) = item else { return 1 }
                try? channel.send(word.encoded, waits: false)
            }
            if let received = try? channel.receive(), received.message.isEmpty { return 0 }
        }
    }
}
