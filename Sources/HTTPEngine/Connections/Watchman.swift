import BootPolicy
import Exchange
import LinuxIO
import NIOCore
import Wire

/// Looks at all connections of one event loop now and then, and sends those away that have been silent or slow for too long: a
/// timer for each of ten thousand would keep the loop busy. Tells what became of their requests, and keeps what is the same
/// for many of them. Lives on that event loop.
final class Watchman {
    private static let mostValidators = 256

    private var connections: [ObjectIdentifier: Connection] = [:]
    private let eventLoop: any EventLoop
    private let interval: TimeAmount
    private let engine: EngineContext
    private var telling = EventBudget(now: Clock.now)
    private var date = (seconds: Int64.min, text: "")
    private var validators: [FileIdentity: Validators] = [:]
    /// This event loop's number on the board of downloads.
    private var boardNumber = 0

    init(_ limits: HTTPLimits, _ engine: EngineContext, on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.engine = engine
        interval = .nanoseconds(
            min(limits.idleTime.nanoseconds / 4, limits.headTime.nanoseconds / 4, 1_000_000_000))
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        boardNumber = engine.downloads.join { eventLoop.execute { bound.value.tellProgress() } }
        lookLater()
    }

    /// Writes down how far each response is, when somebody has asked.
    private func tellProgress() {
        guard engine.downloads.waits(for: boardNumber) else { return }
        let now = Clock.now
        engine.downloads.answer(connections.values.compactMap { $0.progress(now) }, of: boardNumber)
    }

    func add(_ connection: Connection) {
        connections[ObjectIdentifier(connection)] = connection
    }

    func remove(_ connection: Connection) {
        connections[ObjectIdentifier(connection)] = nil
    }

    private func lookLater() {
        eventLoop.assumeIsolated().scheduleTask(in: interval) {
            let now = Clock.now
            for connection in self.connections.values { connection.look(now) }
            if let untold = self.telling.due(now: now) {
                self.engine.events.record(.untoldDownloads(complete: untold.answered, failed: untold.refused))
            }
            self.lookLater()
        }
    }

    /// Tells how a download ended. In a storm it is only counted, for to write it down costs as much as to send a small file;
    /// what firmware does is learned all the same.
    func tell(_ facts: DownloadFacts) {
        let isGood = facts.isComplete && facts.status < 400
        let event = BootEvent.downloadEnded(facts)
        if telling.take(now: Clock.now, count: { if isGood { $0.answered += 1 } else { $0.refused += 1 } }) {
            engine.events.record(event)
        } else if let progress = FileProgress(event) {
            engine.memory.tell(.file(progress))
        }
    }

    /// The `Date` field, made once a second.
    func currentDate() -> String {
        let seconds = Clock.wallMilliseconds / 1000
        if seconds != date.seconds { date = (seconds, HTTPDate.text(seconds: seconds)) }
        return date.text
    }

    /// What responses say of a file's state, made once for a file that many fetch.
    func validators(of identity: FileIdentity) -> Validators {
        if let known = validators[identity] { return known }
        if validators.count >= Self.mostValidators { validators.removeAll(keepingCapacity: true) }
        let made = Validators(identity)
        validators[identity] = made
        return made
    }
}

/// Tells a connection that octets came, before the decoder makes a request of them: from the first one on, the whole head
/// must not take long.
final class Listener: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: Connection

    init(for connection: Connection) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.hear()
        context.fireChannelRead(data)
    }
}
