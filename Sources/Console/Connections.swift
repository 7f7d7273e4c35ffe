import NIOCore
import Synchronization

/// Octets of answers that wait for callers to read them, of all connections over TCP together.
final class AnswerBudget: Sendable {
    private let limit: Int
    private let waiting = Atomic(0)

    /// - Parameter limit: octets; a small part of what the process may have.
    init(limit: Int = 128 << 20) { self.limit = limit }

    /// Takes room for an answer, which is to be given back.
    ///
    /// - Returns: false when others have it; a lone answer may have any size.
    func take(_ octets: Int) -> Bool {
        let before = waiting.wrappingAdd(octets, ordering: .relaxed).oldValue
        guard before > 0, before + octets > limit else { return true }
        give(octets)
        return false
    }

    /// Counts what is on its way already.
    func add(_ octets: Int) { waiting.wrappingAdd(octets, ordering: .relaxed) }

    func give(_ octets: Int) { waiting.wrappingSubtract(octets, ordering: .relaxed) }
}

/// Connections of each address: nobody on the network takes all places.
final class Places: Sendable {
    private let taken = Mutex<[String: Int]>([:])

    /// A browser has six at most.
    static let mostOfOne = 16

    /// - Returns: false when the address has all that it may have; otherwise it is to be left again.
    func enter(_ address: String) -> Bool {
        taken.withLock { taken in
            guard taken[address, default: 0] < Self.mostOfOne else { return false }
            taken[address, default: 0] += 1
            return true
        }
    }

    func leave(_ address: String) {
        taken.withLock { taken in
            taken[address, default: 1] -= 1
            if taken[address] == 0 { taken[address] = nil }
        }
    }
}

/// Closes the connection of a caller who does not read. Hummingbird's own timeout rests while an answer is being written.
final class StallWatch: ChannelOutboundHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let patience: TimeAmount
    private let budget: AnswerBudget?
    /// Octets that the kernel has not taken.
    private var waiting = 0
    private var lastTaken = NIODeadline.now()
    private var check: Scheduled<Void>?

    /// What goes to the kernel as one, so that progress is seen: of a long answer it takes a part at a time.
    private static let piece = 64 << 10

    /// - Parameters:
    ///   - patience: for a piece to be taken.
    ///   - budget: that what waits is counted in.
    init(patience: TimeAmount, budget: AnswerBudget?) {
        self.patience = patience
        self.budget = budget
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .byteBuffer(var buffer) = unwrapOutboundIn(data), buffer.readableBytes > 0 else {
            return context.write(data, promise: promise)
        }
        while let piece = buffer.readSlice(length: min(buffer.readableBytes, Self.piece)), piece.readableBytes > 0 {
            let taken = context.eventLoop.makePromise(of: Void.self)
            if buffer.readableBytes == 0 { taken.futureResult.cascade(to: promise) }
            let octets = piece.readableBytes
            begin(octets, context)
            taken.futureResult.assumeIsolated().whenComplete { _ in self.end(octets) }
            context.write(wrapOutboundOut(.byteBuffer(piece)), promise: taken)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        check?.cancel()
        check = nil
    }

    private func begin(_ octets: Int, _ context: ChannelHandlerContext) {
        if waiting == 0 { lastTaken = .now() }
        waiting += octets
        budget?.add(octets)
        if check == nil { look(in: patience, context) }
    }

    private func end(_ octets: Int) {
        lastTaken = .now()
        waiting -= octets
        budget?.give(octets)
    }

    private func look(in time: TimeAmount, _ context: ChannelHandlerContext) {
        check = context.eventLoop.assumeIsolated().scheduleTask(in: time) {
            self.check = nil
            guard self.waiting > 0 else { return }
            let left: TimeAmount = self.lastTaken + self.patience - .now()
            if left > .zero { self.look(in: left, context) } else { context.close(promise: nil) }
        }
    }
}
