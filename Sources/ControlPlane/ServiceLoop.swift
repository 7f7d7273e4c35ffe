import Glibc
package import LinuxIO
package import Wire

/// What the main thread does while the engines serve: signals and events, nothing that a packet waits for.
package final class ServiceLoop {
    private let signals: SignalDescriptor
    private let events: WakeUp
    private let epoll: Epoll
    /// Watches for callers alone.
    private let calls: Epoll

    private enum Token: UInt64 {
        case signals = 0
        case events
        case control
    }

    /// How long events may wait for others; signals wait with them. Twice that while callers stir.
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
        let calls = try Epoll()
        try desk?.watch(on: epoll, token: Token.control.rawValue)
        try desk?.watch(on: calls, token: Token.control.rawValue)
        self.epoll = epoll
        self.calls = calls
        self.signals = signals
        self.events = events
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// - Parameters:
    ///   - patience: how long to wait for something to happen; nil for ever.
    ///   - record: takes the events that wait.
    ///   - reload: called for SIGHUP.
    ///   - command: called when somebody stirs at the desk; events that wait may not be recorded yet.
    package func run(
        patience: () -> TimeSpan?, record: () -> Void, reload: () -> Void, command: () -> Void
    ) throws(SystemError) {
        var lastRecorded = Instant(nanoseconds: 0)
        while true {
            let count = try epoll.wait(patience())
            let isCalled = (0..<count).contains { epoll[$0].token == Token.control.rawValue }
            if isCalled { command() }
            // Each time costs a line's and a row's way to the disk; what comes close together goes together. Callers do
            // not wait for that: a long answer goes in many pieces.
            if Clock.now - lastRecorded < Self.rest * 2 {
                guard !isCalled, try calls.wait(Self.rest) == 0 else { continue }
            }
            lastRecorded = Clock.now
            events.clear()
            record()
            while let signal = signals.next() {
                if signal != SIGHUP { return }
                reload()
            }
        }
    }
}
