import BootPolicy
import Confinement
import ControlPlane
import Exchange
import LinuxIO
import Wire

/// The service manager, and what it hears of the service at what time. Of the main thread.
final class ServiceManager {
    /// What is told of.
    private struct Subject {
        let context: EngineContext
        let watching: Watching
    }

    let notifier = SystemdNotifier.take()
    private var subject: Subject?
    private var watchdog: Watchdog?
    private var status = StatusLine()

    /// All threads run, and everything is served.
    func begin(_ context: EngineContext, _ watching: Watching) {
        subject = Subject(context: context, watching: watching)
        if let limit = notifier.watchdog {
            watchdog = Watchdog(limit: .microseconds(limit), now: Clock.now)
            context.roll.ask()
        }
        notifier.ready(text)
    }

    /// The settings are read again by `body`.
    func reload(_ body: () -> Void) {
        notifier.reloading()
        body()
        notifier.ready(text)
    }

    func end() { notifier.stopping() }

    /// How long the main thread may sleep; nil for ever.
    ///
    /// - Parameter other: how long it may for other reasons.
    func patience(_ other: TimeSpan?) -> TimeSpan? {
        guard notifier.isHeard else { return other }
        let due = min(watchdog?.deadline ?? .never, status.deadline ?? .never)
        guard due != .never else { return other }
        let left = max(.zero, due - Clock.now)
        return other.map { min($0, left) } ?? left
    }

    /// The main thread passes by, as it does whenever something happened or is due.
    ///
    /// - Parameter body: what it does then.
    func pass(_ body: () -> Void) {
        body()
        guard notifier.isHeard else { return }
        lookAfterThreads()
        if let news = status.follow(now: Clock.now, text: { text }) { notifier.status(news) }
    }

    private func lookAfterThreads() {
        guard let subject else { return }
        let roll = subject.context.roll
        let look = watchdog?.look(now: Clock.now) {
            roll.owing.map { Watchdog.Absence(name: $0.name, mayWait: $0.mayWait) }
        }
        guard let look else { return }
        if look.isWell {
            notifier.alive()
            roll.ask()
        }
        subject.watching.log.tell(look, time: Clock.wallMilliseconds)
    }

    /// What the manager shows of the service.
    private var text: String {
        guard let subject else { return "" }
        let boots = subject.watching.sessions.openBoots
        let stuck = boots.stuck > 0 ? ", \(boots.stuck) stuck" : ""
        return "\(subject.context.catalog.current.mode.rawValue), \(boots.underWay) machines under way" + stuck
    }
}
