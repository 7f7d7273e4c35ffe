package import Assets
import BootPolicy
package import Exchange
package import LinuxIO
import Wire

/// Looks once a second which directory the root's path leads to, so that files come from there and nowhere else when it is
/// mounted anew or replaced. On a thread of its own, for the look may wait for a dead file server.
///
/// It looks as the user that the service has become: the permissions of the directories on the way may keep a new mount out of
/// reach, and Landlock does where the root lies directly below `/`.
package struct RootKeeper {
    private static let interval = TimeSpan.seconds(1)

    private let root: ServedRoot
    private let events: EventRing
    /// What was wrong at the last look.
    private var trouble: SystemError?

    package init(root: ServedRoot, events: EventRing) {
        self.root = root
        self.events = events
    }

    /// Looks until the stop signal is raised, and then for a second at most; nobody needs to wait for the thread.
    package static func start(root: ServedRoot, events: EventRing, stop: StopSignal) throws(SystemError) {
        _ = try EngineThread(name: "pf-root", role: .looking) {
            var keeper = RootKeeper(root: root, events: events)
            while !stop.isRaised {
                Clock.nap(interval)
                keeper.look()
            }
        }
    }

    /// One look; tells what is new, once.
    package mutating func look() {
        do throws(SystemError) {
            let isAnother = try root.follow()
            if isAnother || trouble != nil {
                tell(.info, "files come from \(root.path) as it is now\(isAnother ? ", another directory" : "")")
            }
            trouble = nil
        } catch {
            if trouble?.code != error.code { tell(.warning, Self.text(error)) }
            trouble = error
        }
    }

    private func tell(_ level: Notice.Level, _ text: String) {
        events.record(.notice(Notice(level, text)))
    }

    private static func text(_ error: SystemError) -> String {
        error.isPermission
            ? "should the root directory be mounted anew or replaced, a restart is needed to see it: \(error)"
            : "the root directory is not there; what it was when it was last seen goes on being served: \(error)"
    }
}
