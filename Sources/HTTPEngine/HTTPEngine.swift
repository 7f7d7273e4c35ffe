package import Assets
package import Exchange
package import LinuxIO
import NIOCore
import NIOHTTP1
import NIOPosix
import Wire

/// The HTTP boot plane: files and generated scripts for everybody who asks, by HTTP/1.1 with GET and HEAD.
package final class HTTPEngine: Sendable {
    /// Octets of a request's fields; NIO's own bounds (2 MB) are too kind when a thousand strangers may use them at once.
    private static let fieldLimits = {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 16_384
        limits.maxHeaderListSize = 65_536
        return limits
    }()

    private let group: MultiThreadedEventLoopGroup
    private let openers: NIOThreadPool
    private let doorkeeper: NIOLoopBound<Doorkeeper>
    private let stopTime: TimeAmount

    private init(
        group: MultiThreadedEventLoopGroup, openers: NIOThreadPool, doorkeeper: NIOLoopBound<Doorkeeper>,
        stopTime: TimeAmount
    ) {
        self.group = group
        self.openers = openers
        self.doorkeeper = doorkeeper
        self.stopTime = stopTime
    }

    /// Starts to serve. All threads are made here, so they inherit the confinement of the calling thread.
    ///
    /// - Parameters:
    ///   - listener: a bound IPv4 TCP socket, listening or not; the engine owns it from now on. SwiftNIO calls listen(2)
    ///     on it with a backlog of 128, whatever it had.
    ///   - assets: where files and scripts come from.
    ///   - context: the catalog (read once a request), and where events and counters go.
    ///   - limits: what clients may take.
    /// - Throws: NIO's `IOError` when the socket is none that can listen; all threads are gone then.
    package static func start(
        listener: consuming OwnedDescriptor, assets: AssetStore, context: EngineContext, limits: HTTPLimits
    ) throws -> HTTPEngine {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: limits.eventLoops)
        let openers = NIOThreadPool(numberOfThreads: limits.openers)
        openers.start()
        let services = Services(assets: assets, engine: context, limits: limits, openers: openers)
        do {
            let front = group.next()
            let doorkeeper = try front.submit {
                NIOLoopBound(Doorkeeper(limit: limits.connections, eventLoop: front), eventLoop: front)
            }.wait()
            _ = try bootstrap(front: front, group: group, doorkeeper: doorkeeper, services: services)
                .withBoundSocket(listener.release()).wait()
            return HTTPEngine(
                group: group, openers: openers, doorkeeper: doorkeeper,
                stopTime: .nanoseconds(limits.stopTime.nanoseconds))
        } catch {
            try? group.syncShutdownGracefully()
            openers.shutdownGracefully { _ in }
            throw error
        }
    }

    /// Stops: no new connections from now on, downloads under way get `HTTPLimits.stopTime` to finish. Waits that long at
    /// most. To be called once, from any thread but the engine's own.
    package func stop() {
        try? doorkeeper.eventLoop.flatSubmit { self.doorkeeper.value.close(within: self.stopTime) }.wait()
        try? group.syncShutdownGracefully()
        // Not waited for: a thread that waits for a dead disk would keep the process from ending.
        openers.shutdownGracefully { _ in }
    }

    private static func bootstrap(
        front: any EventLoop, group: MultiThreadedEventLoopGroup, doorkeeper: NIOLoopBound<Doorkeeper>,
        services: Services
    ) -> ServerBootstrap {
        ServerBootstrap(group: front, childGroup: group)
            .serverChannelInitializer { listener in
                listener.eventLoop.makeCompletedFuture {
                    try listener.pipeline.syncOperations.addHandler(doorkeeper.value)
                }
            }
            .childChannelInitializer { connection in
                connection.eventLoop.makeCompletedFuture {
                    let pipeline = connection.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(
                        withEncoderConfiguration: .init(), withDecoderLimitConfiguration: fieldLimits)
                    try pipeline.addHandler(Connection(services: services))
                }
            }
    }
}
