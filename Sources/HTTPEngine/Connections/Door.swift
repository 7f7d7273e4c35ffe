import Exchange
import NIOCore
import Wire

/// Tells a connection that somebody else needs its room, if it still rests.
struct RoomIsNeeded: Sendable {}

/// Tells a connection to close once the response is sent that is under way. NIO has an event for that (ChannelShouldQuiesceEvent),
/// which ends the process when half a request has come: HTTPServerPipelineHandler takes the 400 for it as our fault.
struct HouseCloses: Sendable {}

/// A listening socket's handler: asks the doorkeeper about everybody who comes. Lives on the event loop of all doors.
final class Door: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private let doorkeeper: Doorkeeper
    private let counters: EngineCounters

    init(_ doorkeeper: Doorkeeper, counters: EngineCounters) {
        self.doorkeeper = doorkeeper
        self.counters = counters
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let connection = unwrapInboundIn(data)
        let source = IPEndpoint(connection.remoteAddress).address
        guard let leavers = doorkeeper.admit(connection, from: source) else {
            counters.add(.httpTurnedAway)
            return connection.close(promise: nil)
        }
        for leaver in leavers { leaver.pipeline.fireUserInboundEventTriggered(RoomIsNeeded()) }
        let (doorkeeper, key) = (doorkeeper, ObjectIdentifier(connection))
        connection.closeFuture.whenComplete { _ in doorkeeper.left(key) }
        context.fireChannelRead(data)
    }
}

/// All doors, on their event loop.
final class Hall {
    private var doors: [any Channel] = []
    private let counters: EngineCounters

    init(counters: EngineCounters) {
        self.counters = counters
    }

    func add(_ door: any Channel) {
        doors.append(door)
    }

    /// Lets people in, or leaves them in the kernel's queue.
    func setOpen(_ isOpen: Bool) {
        if !isOpen { counters.add(.httpQueued) }
        for door in doors { try? door.syncOptions?.setOption(.autoRead, value: isOpen) }
    }

    func close() {
        for door in doors { door.close(promise: nil) }
    }
}
