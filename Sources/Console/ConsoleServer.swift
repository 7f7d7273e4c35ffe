import HTTPTypes
import HummingbirdCore
import HummingbirdTLS
package import LinuxIO
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The HTTP server of the control API, on sockets that others have bound.
package struct ConsoleServer: Sendable {
    private let desk: ConsoleDesk
    private let doors: [ConsoleOrder.Door]
    private let tls: TLSConfiguration?
    private let group: MultiThreadedEventLoopGroup
    private let executor: LoopExecutor
    private let patience: Duration
    private let budget = AnswerBudget()

    /// Connections of one door: who takes all of the network's leaves those of the Unix socket.
    private static let mostConnections = 200
    private static let idleTime = TimeAmount.seconds(60)
    /// For a caller to read on.
    private static let patience = Duration.seconds(30)
    private static let threads = 2
    /// Hummingbird tells of connections that break, which on a network is no news.
    private static let silence = Logger(label: "console") { _ in SwiftLogNoOpLogHandler() }

    /// - Parameter tell: hears what the operator should know, on any thread.
    /// - Throws: where certificate and key are none.
    package init(_ order: ConsoleOrder, tell: @escaping @Sendable (ConsoleWord) -> Void) throws {
        try self.init(order, feedInterval: .seconds(1), patience: Self.patience, tell: tell)
    }

    init(
        _ order: ConsoleOrder, feedInterval: Duration, patience: Duration,
        tell: @escaping @Sendable (ConsoleWord) -> Void
    ) throws {
        self.patience = patience
        let group = MultiThreadedEventLoopGroup(numberOfThreads: Self.threads)
        executor = LoopExecutor(group.any())
        desk = ConsoleDesk(order, feedInterval: feedInterval, executor: executor, tell: tell)
        doors = order.doors
        tls = order.certificate.isEmpty ? nil : try Self.tls(order.certificate, order.key)
        self.group = group
    }

    /// Looks whether a chain of certificates and a key (PEM both) can be served with.
    ///
    /// - Returns: nil, or a sentence that says what is wrong.
    package static func fault(ofCertificate certificate: [UInt8], key: [UInt8]) -> String? {
        do {
            _ = try NIOSSLContext(configuration: tls(certificate, key))
            return nil
        } catch {
            return "the certificate and the key are no pair in PEM: \(error)"
        }
    }

    private static func tls(_ certificate: [UInt8], _ key: [UInt8]) throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMBytes(certificate).map { NIOSSLCertificateSource.certificate($0) }
        let key = try NIOSSLPrivateKey(bytes: key, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        return configuration
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter listeners: one for each door of the order.
    /// - Throws: when a socket cannot be served any more.
    package func run(_ listeners: [SharedDescriptor]) async throws {
        do {
            try await withTaskExecutorPreference(executor) { try await serveAll(listeners) }
        } catch {
            await end()
            throw error
        }
        await end()
    }

    private func end() async {
        try? await group.shutdownGracefully()
        await desk.end()
    }

    private func serveAll(_ listeners: [SharedDescriptor]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { all in
            for (door, listener) in zip(doors, listeners) { all.addTask { try await serve(door, listener) } }
            try await all.waitForAll()
        }
    }

    private func serve(_ door: ConsoleOrder.Door, _ listener: SharedDescriptor) async throws {
        let plain = HTTP1Channel(
            responder: responder(door), configuration: .init(idleTimeout: Self.idleTime))
        if door == .network {
            guard let tls else { return }
            try await accept(listener, door, TLSChannel(plain, tlsConfiguration: tls))
        } else {
            try await accept(listener, door, plain)
        }
    }

    private func responder(_ door: ConsoleOrder.Door) -> HTTPChannelHandler.Responder {
        { request, writer, channel in
            let caller = ConsoleDesk.Caller(
                door: door, address: channel.remoteAddress?.ipAddress ?? "", close: { channel.close(promise: nil) })
            guard door != .socket else {
                return try await Self.write(await desk.respond(to: request, from: caller), with: writer)
            }
            // Before the service is asked: who does not read costs it nothing.
            guard budget.take(0) else { return try await Self.write(Self.busy, with: writer) }
            let response = try await desk.respond(to: request, from: caller)
            let octets = response.body.contentLength ?? 0
            guard budget.take(octets) else { return try await Self.write(Self.busy, with: writer) }
            // Behind the writing, on the same thread: from there on the connection counts what waits.
            defer { channel.eventLoop.execute { budget.give(octets) } }
            try await Self.write(response, with: writer)
        }
    }

    private static var busy: Response {
        var response = Refusal.unavailable("too many answers wait for those who asked to read them").response
        response.harden()
        return response
    }

    private static func write(_ response: Response, with writer: consuming ResponseWriter) async throws {
        try await writer.write(response: response.head, body: response.body)
        // What is left of a body that is too long is not read.
        if response.status.code == 413 { throw HTTPParserError.invalidContentLength }
    }

    private func accept(
        _ listener: SharedDescriptor, _ door: ConsoleOrder.Door, _ child: some ServerChildChannel
    ) async throws {
        let limit = Self.mostConnections
        // The next process, if this one dies, serves the same sockets.
        let socket = try listener.descriptor.duplicate().release()
        let places = Places()
        let listening = try await ServerBootstrap(group: group)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AvailableConnectionsChannelHandler(maxConnections: limit))
                }
            }
            .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .bind(socket) { channel in setUp(channel, door, places, child) }
        try await withThrowingDiscardingTaskGroup { connections in
            try await listening.executeThenClose { inbound in
                for try await connection in inbound {
                    connections.addTask { await child.handle(value: connection, logger: Self.silence) }
                }
            }
        }
    }

    /// A connection that has just come.
    private func setUp<Child: ServerChildChannel>(
        _ channel: any Channel, _ door: ConsoleOrder.Door, _ places: Places, _ child: Child
    ) -> EventLoopFuture<Child.Value> {
        // On loopback a proxy may speak for many.
        if door == .network {
            let address = channel.remoteAddress?.ipAddress ?? ""
            guard places.enter(address) else {
                channel.close(promise: nil)
                return channel.eventLoop.makeFailedFuture(ChannelError.alreadyClosed)
            }
            channel.closeFuture.whenComplete { _ in places.leave(address) }
        }
        return channel.eventLoop.makeCompletedFuture {
            let watch = StallWatch(patience: TimeAmount(patience), budget: door == .socket ? nil : budget)
            try channel.pipeline.syncOperations.addHandler(watch)
        }.flatMap { child.setup(channel: channel, logger: Self.silence) }
    }
}
