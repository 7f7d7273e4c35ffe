import LinuxIO
import NIOCore
import Wire

/// Looks at all connections of one event loop now and then, and sends those away that have been silent or slow for too long: a
/// timer for each of ten thousand would keep the loop busy. Lives on that event loop.
final class Watchman {
    private var connections: [ObjectIdentifier: Connection] = [:]
    private let eventLoop: any EventLoop
    private let interval: TimeAmount

    init(_ limits: HTTPLimits, on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        interval = .nanoseconds(
            min(limits.idleTime.nanoseconds / 4, limits.headTime.nanoseconds / 4, 1_000_000_000))
        lookLater()
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
            self.lookLater()
        }
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
