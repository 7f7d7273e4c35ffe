import NIOCore

/// Stands at the listening socket: counts the connections, accepts no more than allowed, and sees everybody out.
/// Lives on the listener's event loop.
final class Doorkeeper: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    private let limit: Int
    private let eventLoop: any EventLoop
    private var context: ChannelHandlerContext?
    private var connections: [ObjectIdentifier: any Channel] = [:]
    /// NIO asked for more connections when there was no room.
    private var isFull = false
    private var allGone: EventLoopPromise<Void>?

    /// - Parameter limit: connections open at once; the few that one read accepts together may exceed it.
    init(limit: Int, eventLoop: any EventLoop) {
        self.limit = limit
        self.eventLoop = eventLoop
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let connection = unwrapInboundIn(data)
        let key = ObjectIdentifier(connection)
        connections[key] = connection
        connection.closeFuture.hop(to: eventLoop).assumeIsolated().whenComplete { _ in self.left(key) }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        isFull = connections.count >= limit
        if !isFull { context.read() }
    }

    private func left(_ key: ObjectIdentifier) {
        connections[key] = nil
        if isFull { context.map(read) }
        if connections.isEmpty { allGone?.succeed() }
    }

    /// Closes the listener and every connection that rests, lets responses under way end, and after `time` closes those too.
    ///
    /// - Returns: done when all are closed.
    func close(within time: TimeAmount) -> EventLoopFuture<Void> {
        let allGone = eventLoop.makePromise(of: Void.self)
        self.allGone = allGone
        context?.close(promise: nil)
        for connection in connections.values {
            // NIO's pipelining handler closes after the response that is being sent.
            connection.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
        let deadline = eventLoop.assumeIsolated().scheduleTask(in: time) {
            for connection in self.connections.values { connection.close(promise: nil) }
        }
        allGone.futureResult.whenComplete { _ in deadline.cancel() }
        if connections.isEmpty { allGone.succeed() }
        return allGone.futureResult
    }
}
