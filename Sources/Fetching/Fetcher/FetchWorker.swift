import CCurl
import LinuxIO
import Wire

/// The inner of the two processes that fetch: takes orders from the channel, has libcurl carry them out, all at once on one
/// thread, and reports.
final class FetchWorker {
    private let multi: UnsafeMutableRawPointer
    private var transfers: [FetchNumber: FetchTransfer] = [:]

    /// Connections to one server, and in all: what is more waits its turn.
    private static let mostToOneServer = 16
    private static let mostConnections = 64
    /// How often the service hears how far a file has come.
    private static let progressInterval = TimeSpan.milliseconds(20)
    /// libcurl says itself when its own timers are due earlier.
    private static let longestWait: Int32 = 60_000

    /// Runs until the channel is closed.
    ///
    /// - Returns: what the process shall end with: 0 when that is why.
    static func run(_ channel: borrowing ChannelSocket) -> Int32 {
        guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK, let multi = curl_multi_init() else { return 1 }
        let worker = FetchWorker(multi)
        do throws(SystemError) {
            try worker.serve(channel)
            return 0
        } catch {
            return error.isBrokenPipe ? 0 : 1
        }
    }

    private init(_ multi: UnsafeMutableRawPointer) {
        self.multi = multi
        _ = pilotfish_curl_multi_set_number(multi, CURLMOPT_MAX_HOST_CONNECTIONS, Self.mostToOneServer)
        _ = pilotfish_curl_multi_set_number(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, Self.mostConnections)
    }

    private func serve(_ channel: borrowing ChannelSocket) throws(SystemError) {
        var watched = curl_waitfd(fd: channel.descriptor.number, events: Int16(CURL_WAIT_POLLIN), revents: 0)
        var running: Int32 = 0
        while true {
            guard try takeOrders(from: channel) else { return }
            curl_multi_perform(multi, &running)
            try report(on: channel)
            try reportEnded(on: channel)
            let wait = transfers.values.contains(where: \.hasProgress) ? Self.progressInterval : nil
            curl_multi_poll(multi, &watched, 1, wait.map { Int32($0.nanoseconds / 1_000_000) } ?? Self.longestWait, nil)
        }
    }

    /// - Returns: false when the channel is closed.
    private func takeOrders(from channel: borrowing ChannelSocket) throws(SystemError) -> Bool {
        while true {
            do throws(SystemError) {
                let received = try channel.receive()
                guard !received.message.isEmpty else { return false }
                guard let order = try? FetchOrder(received.message) else { continue }
                try carryOut(order, received.file, on: channel)
            } catch {
                if error.isWouldBlock { return true }
                throw error
            }
        }
    }

    private func carryOut(
        _ order: FetchOrder, _ file: SharedDescriptor?, on channel: borrowing ChannelSocket
    ) throws(SystemError) {
        switch order {
        case .start(let number, let request, let isFile):
            guard isFile == (file != nil), let easy = curl_easy_init() else {
                return try tell(number, .failed(FetchFailure(.unavailable, "no room for a request")), on: channel)
            }
            let transfer = FetchTransfer(number, request, into: file, easy: easy)
            if let failure = transfer.prepare() {
                return try tell(number, .failed(failure), on: channel)
            }
            transfers[number] = transfer
            curl_multi_add_handle(multi, easy)
        case .cancel(let number): remove(number)
        }
    }

    /// How far files have come. What there was no room to say is said the next time.
    private func report(on channel: borrowing ChannelSocket) throws(SystemError) {
        let now = Clock.now
        for transfer in transfers.values {
            if let head = transfer.takeHead() { try tell(transfer.number, .began(head), on: channel) }
            guard transfer.hasProgress, now - transfer.reportedAt >= Self.progressInterval else { continue }
            let progress = FetchReport.news(transfer.number, .progress(transfer.written)).encoded
            do throws(SystemError) {
                try channel.send(progress, waits: false)
                transfer.reported(at: now)
            } catch {
                guard error.isWouldBlock else { throw error }
            }
        }
    }

    private func reportEnded(on channel: borrowing ChannelSocket) throws(SystemError) {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let context = pilotfish_curl_context(easy)
            else { continue }
            let transfer = Unmanaged<FetchTransfer>.fromOpaque(context).takeUnretainedValue()
            let outcome = transfer.outcome(pilotfish_curl_result(message))
            if let head = transfer.takeHead() { try tell(transfer.number, .began(head), on: channel) }
            remove(transfer.number)
            try tell(transfer.number, outcome, on: channel)
        }
    }

    /// Waits for room: the service always reads, and never waits for us.
    private func tell(
        _ number: FetchNumber, _ news: FetchNews, on channel: borrowing ChannelSocket
    ) throws(SystemError) {
        try channel.send(FetchReport.news(number, news).encoded, waits: true)
    }

    private func remove(_ number: FetchNumber) {
        guard let transfer = transfers.removeValue(forKey: number) else { return }
        curl_multi_remove_handle(multi, transfer.easy)
    }
}
