import Glibc
package import LinuxIO
import Transfers
import Wire

/// One file from one server into one output.
package struct Download: ~Copyable {
    /// Told now and then: octets that are here, and the size as announced.
    package typealias Progress = (Int64, Int64?) -> Void

    private let plan: DownloadPlan
    private let request: StableMemory
    private var session: ReceivingSession
    private var answers: AnswerBatch
    private var output: OutputFile
    private var hash: SHA256?
    private var errorText = ""
    /// What went wrong with the output, or that the server broke its word.
    private var problem: DownloadError?

    /// Octets that the kernel may queue for us: a few windows.
    private static let buffer: Int32 = 8 << 20
    /// How often progress is told.
    private static let tellTime = TimeSpan.milliseconds(100)
    /// How long we stay after a transfer that lost something: the last ACK may be among it (RFC 1350 §6).
    private static let dally = TimeSpan.milliseconds(200)
    private static let socketToken: UInt64 = 1
    private static let signalToken: UInt64 = 2

    package init(_ plan: DownloadPlan, to output: consuming OutputFile) {
        var writer = ByteWriter()
        TFTPRequestWriter.read(name: plan.name, options: plan.habits.asked, into: &writer)
        self.plan = plan
        self.output = output
        request = StableMemory(writer.bytes)
        session = ReceivingSession(plan.habits, now: Clock.now)
        answers = AnswerBatch(capacity: 64, server: plan.server.address, namesSource: false)
        hash = plan.wantsChecksum ? SHA256() : nil
    }

    /// Fetches the file; SIGINT and SIGTERM end it in order.
    ///
    /// - Throws: `DownloadError`; nothing then appears under the output's name.
    package mutating func run(progress: Progress) throws(DownloadError) -> DownloadReport {
        let start = Clock.now
        let end: Instant
        do throws(SystemError) {
            let socket = try ClientSocket(
                plan.server.address.family, playsMany: false, reportsErrors: true, buffer: Self.buffer)
            let signals = try SignalDescriptor([SIGINT, SIGTERM])
            let epoll = try Epoll()
            try epoll.add(socket.descriptor, token: Self.socketToken)
            try epoll.add(signals.descriptor, token: Self.signalToken)
            end = try fetch(socket, epoll, signals, progress)
        } catch {
            throw error.isOfNetwork ? .unreachable(error) : .system(error)
        }
        if let problem { throw problem }
        if let failure = session.failure { throw .failed(failure, text: errorText) }
        if let size = session.announcedSize, size != session.received {
            throw .wrongSize(announced: size, received: session.received)
        }
        do { try output.finish() } catch { throw .output(error) }
        return DownloadReport(session, time: end - start, sha256: hash?.digest)
    }

    /// - Returns: when the last block came.
    private mutating func fetch(
        _ socket: ClientSocket, _ epoll: borrowing Epoll, _ signals: borrowing SignalDescriptor, _ progress: Progress
    ) throws(SystemError) -> Instant {
        session = ReceivingSession(plan.habits, now: Clock.now)
        try send(.request, to: plan.server.port, on: socket)
        var arrivals = CoalescedBatch(capacity: 8)
        var nextTell = Clock.now
        while session.isActive {
            let stirred = try epoll.wait(min(session.deadline, nextTell) - Clock.now)
            if signals.next() != nil {
                problem = .interrupted
                return try leave(.undefined, socket)
            }
            if stirred > 0 { try receive(&arrivals, socket) }
            let now = Clock.now
            let reaction = session.expire(now: now)
            try send(reaction.answer, to: reaction.answer == .request ? plan.server.port : session.port, on: socket)
            if now >= nextTell {
                progress(session.received, session.announcedSize)
                nextTell = now + Self.tellTime
            }
        }
        let end = Clock.now
        progress(session.received, session.announcedSize)
        if session.phase == .complete { try linger(&arrivals, socket, epoll, since: end) }
        return end
    }

    private mutating func leave(_ code: TFTPErrorCode, _ socket: ClientSocket) throws(SystemError) -> Instant {
        let port = session.port
        try send(session.abandon(code), to: port, on: socket)
        return Clock.now
    }

    /// Answers the last block once more, should it come again.
    private mutating func linger(
        _ arrivals: inout CoalescedBatch, _ socket: ClientSocket, _ epoll: borrowing Epoll, since end: Instant
    ) throws(SystemError) {
        guard session.statistics.isTroubled else { return }
        while Clock.now - end < Self.dally {
            // A server that is content closes its port; that is no error of ours any more.
            if try epoll.wait(end + Self.dally - Clock.now) > 0 { try? receive(&arrivals, socket) }
        }
    }

    private mutating func receive(_ arrivals: inout CoalescedBatch, _ socket: ClientSocket) throws(SystemError) {
        var more = true
        for _ in 0..<ReceiveBatch.roundsPerWake where more {
            more = try arrivals.receive(from: socket)
            let now = Clock.now
            for index in 0..<arrivals.count {
                let head = arrivals.head(index)
                guard head.source.address == plan.server.address else { continue }
                for segment in 0..<head.segments {
                    let answer = take(arrivals.datagram(index, segment: segment), head.source.port, now)
                    try send(answer, to: head.source.port, on: socket)
                }
            }
        }
    }
}

extension Download {
    private mutating func take(_ datagram: RawSpan, _ port: UInt16, _ now: Instant) -> Reaction.Answer {
        guard let number = TFTPServerPacket.blockNumber(datagram) else { return control(datagram, port, now) }
        let contents = datagram.extracting(TFTPServerPacket.dataHeader..<datagram.byteCount)
        let reaction = session.receive(number, count: contents.byteCount, from: port, now: now)
        if reaction.meaning == .block || reaction.meaning == .lastBlock {
            hash?.update(contents)
            do {
                try output.append(contents)
            } catch {
                problem = .output(error)
                return session.abandon(.diskFull)
            }
        }
        return reaction.answer
    }

    private mutating func control(_ datagram: RawSpan, _ port: UInt16, _ now: Instant) -> Reaction.Answer {
        switch TFTPServerPacket(datagram) {
        case .optionAcknowledge(let granted, let isOdd):
            return session.receive(granted: granted, isOdd: isOdd, from: port, now: now).answer
        case .error(let code):
            let reaction = session.receiveError(code: code, from: port)
            if reaction.meaning == .failed { errorText = TFTPClientPacket.errorText(datagram) }
            return reaction.answer
        case .other: return .nothing
        }
    }

    private mutating func send(
        _ answer: Reaction.Answer, to port: UInt16, on socket: ClientSocket
    ) throws(SystemError) {
        switch answer {
        case .nothing: return
        case .request: answers.append(request, to: port, from: .any)
        case .acknowledge(let number):
            answers.append(
                UInt32(TFTPOpcode.acknowledge.rawValue) << 16 | UInt32(number.rawValue), to: port, from: .any)
        case .error(let code):
            var writer = ByteWriter()
            TFTPReplyWriter.error(code, text: "", into: &writer)
            answers.append(StableMemory(writer.bytes), to: port, from: .any)
        }
        answers.flush(on: socket)
        if let refusal = answers.refusal, refusal.isOfNetwork { throw refusal }
    }
}

extension ReceivingStatistics {
    /// Whether the way lost, doubled or swapped anything.
    fileprivate var isTroubled: Bool { duplicates + gaps + repeatedRequests + repeatedAcknowledgements > 0 }
}
