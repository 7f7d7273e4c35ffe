import Glibc
package import LinuxIO

/// What the main thread does while the engines serve: signals and events, nothing that a packet waits for.
package final class ServiceLoop {
    private let signals: SignalDescriptor
    private let events: WakeUp
    private let epoll: Epoll

    /// The signals that `SignalDescriptor` must be made for.
    package static let handledSignals = [SIGTERM, SIGINT, SIGHUP]

    /// - Parameter events: stirs when the event ring is no longer empty.
    package init(signals: consuming SignalDescriptor, events: WakeUp) throws(SystemError) {
        let epoll = try Epoll()
        try epoll.add(signals.descriptor, token: 0)
        try epoll.add(events.descriptor, token: 1)
        self.epoll = epoll
        self.signals = signals
        self.events = events
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// - Parameters:
    ///   - record: takes the events that wait.
    ///   - reload: called for SIGHUP.
    package func run(record: () -> Void, reload: () -> Void) throws(SystemError) {
        while true {
            _ = try epoll.wait(nil)
            events.clear()
            record()
            while let signal = signals.next() {
                if signal != SIGHUP { return }
                reload()
            }
        }
    }
}
