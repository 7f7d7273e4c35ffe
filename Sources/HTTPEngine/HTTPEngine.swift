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
    private let openers: Openers
    private let doorkeeper: Doorkeeper
    private let hall: NIOLoopBound<Hall>
    private let board: ProgressBoard<DownloadProgress>
    private let stopTime: TimeAmount

    private init(
        group: MultiThreadedEventLoopGroup, openers: Openers, doorkeeper: Doorkeeper, hall: NIOLoopBound<Hall>,
        board: ProgressBoard<DownloadProgress>, stopTime: TimeAmount
    ) {
        self.group = group
        self.openers = openers
        self.doorkeeper = doorkeeper
        self.hall = hall
        self.board = board
        self.stopTime = stopTime
    }

    /// Octets read from a client at a time.
    private static let requestRoom = 2048
    /// Connections that the kernel keeps for us until they are accepted; it may have a smaller limit (net.core.somaxconn).
    private static let backlog: Int32 = 4096

    /// Starts to serve. All threads are made here, so they inherit the confinement of the calling thread.
    ///
    /// - Parameters:
    ///   - listeners: bound TCP sockets of IPv4 or IPv6, listening or not; the engine owns them from now on.
    ///   - assets: where files and scripts come from.
    ///   - context: the catalog (read once a request), and where events and counters go.
    ///   - limits: what clients may take.
    /// - Throws: NIO's `IOError` when one of the sockets is none that can listen; all threads are gone then.
    package static func start(
        listeners: [HandOver<OwnedDescriptor>], assets: AssetStore, context: EngineContext, limits: HTTPLimits
    ) throws -> HTTPEngine {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: limits.eventLoops)
        let openers = Openers(threads: limits.openers, share: limits.openersPerPlace)
        do {
            let front = group.next()
            let hall = try front.submit { NIOLoopBound(Hall(counters: context.counters), eventLoop: front) }.wait()
            let doorkeeper = Doorkeeper(
                limit: limits.connections, limitOfSource: limits.connectionsPerClient
            ) { doorkeeper in
                front.execute { hall.value.setOpen(!doorkeeper.isFull) }
            }
            let services = Services(
                assets: assets, engine: context, limits: limits, openers: openers, doorkeeper: doorkeeper)
            let bootstrap = try bootstrap(front: front, group: group, hall: hall, services: services)
            join(context.roll, group)
            for listener in listeners { _ = try bootstrap.withBoundSocket(listener.take().release()).wait() }
            return HTTPEngine(
                group: group, openers: openers, doorkeeper: doorkeeper, hall: hall, board: context.downloads,
                stopTime: .nanoseconds(limits.stopTime.nanoseconds))
        } catch {
            try? group.syncShutdownGracefully()
            openers.stop()
            throw error
        }
    }

    /// Has every event loop say that it gets on. Those who open files are not asked: they wait for disks, a few for each place.
    private static func join(_ roll: RollCall, _ group: MultiThreadedEventLoopGroup) {
        for (number, loop) in group.makeIterator().enumerated() {
            _ = roll.join("http-\(number)") { pulse in loop.execute { pulse.beat() } }
        }
    }

    /// Stops: no new connections from now on, downloads under way get `HTTPLimits.stopTime` to finish. Waits that long at
    /// most. To be called once, from any thread but the engine's own.
    package func stop() {
        board.close()
        try? hall.eventLoop.flatSubmit {
            self.hall.value.close()
            return self.doorkeeper.close(within: self.stopTime, on: self.hall.eventLoop)
        }.wait()
        // Before the threads that hear what became of it.
        openers.stop()
        try? group.syncShutdownGracefully()
    }

    private static func bootstrap(
        front: any EventLoop, group: MultiThreadedEventLoopGroup, hall: NIOLoopBound<Hall>, services: Services
    ) throws -> ServerBootstrap {
        let watchmen = try Dictionary(
            uniqueKeysWithValues: group.makeIterator().map { loop in
                let limits = services.limits
                let watchman = try loop.submit {
                    NIOLoopBound(Watchman(limits, services.engine, on: loop), eventLoop: loop)
                }.wait()
                return (ObjectIdentifier(loop), watchman)
            })
        return ServerBootstrap(group: front, childGroup: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelInitializer { listener in
                listener.eventLoop.makeCompletedFuture {
                    hall.value.add(listener)
                    try listener.pipeline.syncOperations.addHandler(
                        Door(services.doorkeeper, counters: services.engine.counters))
                }
            }
            // A request fits; one of adaptive size would be made anew now and then.
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: requestRoom))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let watchman = watchmen[ObjectIdentifier(channel.eventLoop)]?.value else { return }
                    let connection = Connection(services: services, watchman: watchman)
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(Listener(for: connection))
                    try pipeline.addHandler(
                        ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: fieldLimits)))
                    try pipeline.addHandler(connection)
                }
            }
    }
}
