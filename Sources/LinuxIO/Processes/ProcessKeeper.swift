import CLinuxNet
import Glibc
import Wire

/// The outer of two processes: it starts the inner one, which does the work, and another when that dies.
///
/// The service cannot do it, for its system call filter refuses to run programs. This one stays as it was started, small and
/// without a thread, reads nothing from anybody, and forks. The inner process inherits what this one gave up, and its end of the
/// channel.
package enum ProcessKeeper {
    /// A process that dies at once is not started again at once.
    private static let leastLife = TimeSpan.seconds(1)

    /// Keeps a process at work until that ends by itself. To be called with a single thread.
    ///
    /// - Parameters:
    ///   - names: of this process and of the inner one, at most 15 octets each.
    ///   - confine: takes from the inner process, before its work, what only this one has a use for.
    ///   - work: what the inner process does; 0 when the other end of the channel was closed, and that was all.
    ///   - died: called here each time after the inner process died, before the next begins.
    /// - Throws: `SystemError` when no process can be made.
    package static func run(
        _ channel: borrowing ChannelSocket, names: (outer: String, inner: String),
        confine: () throws -> Void, work: (borrowing ChannelSocket) -> Int32,
        died: (borrowing ChannelSocket) -> Void
    ) throws(SystemError) {
        // The terminal sends ctrl-C to everybody, and systemd SIGTERM; the service ends in its own time, and we with it.
        signal(SIGINT, SIG_IGN)
        signal(SIGTERM, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        pilotfish_name_thread(names.outer)
        while true {
            let begun = Clock.now
            let process = fork()
            guard process >= 0 else { throw SystemError(call: "fork") }
            if process == 0 {
                pilotfish_name_thread(names.inner)
                // Without what is done at exit(3): other threads of this process may be at work yet.
                _exit(begin(confine) ? work(channel) : 1)
            }
            if wait(for: process) == 0 { return }
            died(channel)
            let life = Clock.now - begun
            if life < leastLife { Clock.nap(leastLife - life) }
        }
    }

    private static func begin(_ confine: () throws -> Void) -> Bool {
        do {
            try confine()
            return true
        } catch {
            let line = Array("pilotfish: \(error)\n".utf8)
            _ = Glibc.write(STDERR_FILENO, line, line.count)
            return false
        }
    }

    /// - Returns: 0 when it ended by itself because the channel was closed.
    private static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
