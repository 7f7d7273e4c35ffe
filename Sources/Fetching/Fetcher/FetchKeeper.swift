import CLinuxNet
import Glibc
package import LinuxIO
import Wire

/// The outer of the two processes that fetch: it starts the inner one, and another when that dies.
///
/// The service cannot do it, for its system call filter refuses to run programs; and a fetcher that restarts itself would keep the
/// memory that killed it. So this one stays as it was started, small and without a thread, reads nothing from anybody, and
/// forks. The inner process inherits what this one gave up, and its end of the channel.
package enum FetchKeeper {
    /// A process that dies at once is not started again at once.
    private static let leastLife = TimeSpan.seconds(1)

    /// Fetches until the other end of the channel is closed. To be called with a single thread, and when everything was given up.
    ///
    /// - Throws: `SystemError` when no process can be made.
    package static func run(_ channel: consuming ChannelSocket) throws(SystemError) {
        // The terminal sends ctrl-C to everybody, and systemd SIGTERM; the service ends in its own time, and we with it.
        signal(SIGINT, SIG_IGN)
        signal(SIGTERM, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        pilotfish_name_thread("fetch-keeper")
        while true {
            let begun = Clock.now
            let process = fork()
            guard process >= 0 else { throw SystemError(call: "fork") }
            if process == 0 { exit(FetchWorker.run(channel)) }
            if wait(for: process) == 0 { return }
            announceDeath(on: channel)
            let life = Clock.now - begun
            if life < leastLife { Clock.nap(leastLife - life) }
        }
    }

    /// - Returns: 0 when it ended by itself because the channel was closed.
    private static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// What the dead one had not read yet goes with the rest: the service takes all that it asked before for lost, and cancels
    /// what it asked between here and there.
    private static func announceDeath(on channel: borrowing ChannelSocket) {
        while let received = try? channel.receive() {
            if received.message.isEmpty { break }
        }
        try? channel.send(FetchReport.restarted.encoded, waits: true)
    }
}
