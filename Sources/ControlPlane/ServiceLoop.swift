import Glibc
package import LinuxIO
package import Wire

/// What the main thread does while the engines serve: signals and events, nothing that a packet waits for.
package final class ServiceLoop {
    private let signals: SignalDescriptor
    private let events: WakeUp
    private let epoll: Epoll

    private enum Token: UInt64 {
        case signals = 0
        case events
        case control
    }

    /// How long events may wait for others, and signals for events.
    private static let rest = TimeSpan.milliseconds(50)

    /// The signals that `SignalDescriptor` must be made for.
    package static let handledSignals = [SIGTERM, SIGINT, SIGHUP]

    /// - Parameters:
    ///   - events: stirs when the event ring is no longer empty.
    ///   - desk: where commands are answered; nil when there is no place for its socket.
    package init(
        signals: consuming SignalDescriptor, events: WakeUp, desk: ControlDesk?
    ) throws(SystemError) {
        let epoll = try Epoll()
        try epoll.add(signals.descriptor, token: Token.signals.rawValue)
        try epoll.add(events.descriptor, token: Token.events.rawValue)
        try desk?.watch(on: epoll, token: Token.control.rawValue)
        self.epoll = epoll
        self.signals = signals
        self.events = events
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// - Parameters:
    ///   - patience: how long to wait for something to happen; nil for ever.
    ///   - record: takes the events that wait.
    ///   - reload: called for SIGHUP.
    ///   - command: called when somebody waits at the desk.
    package func run(
        patience: () -> TimeSpan?, record: () -> Void, reload: () -> Void, command: () -> Void
    ) throws(SystemError) {
        var lastRecorded = Instant(nanoseconds: 0)
        while true {
            let count = try epoll.wait(patience())
            // Each time costs a line's and a row's way to the disk; what comes close together goes together.
            if Clock.now - lastRecorded < Self.rest * 2 { Clock.nap(Self.rest) }
            lastRecorded = Clock.now
            events.clear()
            record()
            if (0..<count).contains(where: { epoll[$0].token == Token.control.rawValue }) { command() }
            while let signal = signals.next() {
                if signal != SIGHUP { return }
                reload()
            }
        }
    }
}
