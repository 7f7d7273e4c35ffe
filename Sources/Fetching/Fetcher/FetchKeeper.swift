package import LinuxIO

/// The outer of the two processes that fetch.
///
/// The service cannot start another when one dies, and a fetcher that restarts itself would keep the memory that killed it.
package enum FetchKeeper {
    /// Fetches until the other end of the channel is closed. To be called with a single thread, and when everything was given up.
    ///
    /// - Parameter confine: takes from the inner process what only the outer one has a use for.
    /// - Throws: `SystemError` when no process can be made.
    package static func run(
        _ channel: consuming ChannelSocket, confine: () throws -> Void
    ) throws(SystemError) {
        try ProcessKeeper.run(
            channel, names: ("fetch-keeper", "fetcher"), confine: confine, work: { FetchWorker.run($0) },
            died: { announceDeath(on: $0) })
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
