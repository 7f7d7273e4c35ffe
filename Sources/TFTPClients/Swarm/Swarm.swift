import LinuxIO
import Transfers
import Wire

/// Many clients in one thread: a few sockets, a flat table, and nothing allocated for a packet.
package struct Swarm: ~Copyable {
    private let plan: SwarmPlan
    private var table: SwarmTable
    private var arrivals: CoalescedBatch
    private let epoll: Epoll

    /// How often the clients' own timers are looked at.
    private static let sweep = TimeSpan.milliseconds(20)
    /// Octets that the kernel may queue for a socket that plays many clients, and for one that plays one.
    private static let buffers: (many: Int32, one: Int32) = (256 << 20, 4 << 20)

    /// Opens the sockets.
    ///
    /// - Throws: `SwarmError`.
    package init(_ plan: SwarmPlan) throws(SwarmError) {
        let count = plan.socketCount
        guard plan.requestLength <= TFTPRequestWriter.longest else { throw .requestTooLong(plan.requestLength) }
        if let source = plan.source {
            let needed = (plan.clients + count - 1) / count
            guard needed <= source.size else { throw .tooFewAddresses(source, needed: needed) }
        }
        if plan.source == nil {
            let allowed = raiseDescriptorLimit()
            guard allowed > count + 16 else { throw .tooFewDescriptors(allowed: allowed, needed: count + 16) }
        }
        let sockets = try Self.open(plan, count)
        epoll = try Self.watch(sockets)
        self.plan = plan
        arrivals = CoalescedBatch()
        table = SwarmTable(plan, sockets: sockets)
    }

    private static func open(_ plan: SwarmPlan, _ count: Int) throws(SwarmError) -> [ClientSocket] {
        let playsMany = plan.source != nil
        var sockets: [ClientSocket] = []
        do throws(SystemError) {
            for _ in 0..<count {
                let buffer = playsMany ? Self.buffers.many : Self.buffers.one
                sockets.append(try ClientSocket(plan.server.address.family, playsMany: playsMany, buffer: buffer))
            }
        } catch {
            throw .system(error)
        }
        return sockets
    }

    private static func watch(_ sockets: [ClientSocket]) throws(SwarmError) -> Epoll {
        do throws(SystemError) {
            let epoll = try Epoll()
            for (token, socket) in sockets.enumerated() { try epoll.add(socket.descriptor, token: UInt64(token)) }
            return epoll
        } catch {
            throw .system(error)
        }
    }

    /// Runs until every client has ended, or time is up.
    ///
    /// - Throws: `SwarmError`.
    package mutating func run() throws(SwarmError) -> SwarmReport {
        do throws(SystemError) {
            let processBefore = try Self.time(of: plan.process)
            let ownBefore = ProcessTime.own
            let start = Clock.now
            let end = try play(from: start)
            var report = table.report(start: start, end: end)
            report.ownTime = ProcessTime.own - ownBefore
            if let before = processBefore, let after = try Self.time(of: plan.process) {
                report.processTime = after - before
            }
            return report
        } catch {
            throw .system(error)
        }
    }

    private static func time(of process: Int32?) throws(SystemError) -> TimeSpan? {
        guard let process else { return nil }
        return try ProcessTime.of(process: process)
    }

    /// - Returns: when it was over.
    private mutating func play(from start: Instant) throws(SystemError) -> Instant {
        var now = start
        var nextSweep = start + Self.sweep
        while !table.isOver, now - start < plan.limit {
            table.startDue(since: start, now: now)
            table.releaseDelayed(now: now)
            if now >= nextSweep {
                table.expire(now: now)
                nextSweep = now + Self.sweep
            }
            table.flush()
            let next = min(nextSweep, table.nextDue(since: start, now: now))
            let count = try epoll.wait(max(next - now, .zero))
            for index in 0..<count { try drain(Int(epoll[index].token)) }
            table.flush()
            now = Clock.now
        }
        return now
    }

    private mutating func drain(_ socket: Int) throws(SystemError) {
        let source = table.sockets[socket]
        var more = true
        for _ in 0..<ReceiveBatch.roundsPerWake where more {
            more = try arrivals.receive(from: source)
            let now = Clock.now
            for index in 0..<arrivals.count { Self.take(arrivals, index, to: &table, socket: socket, now: now) }
        }
    }

    private static func take(
        _ arrivals: borrowing CoalescedBatch, _ index: Int, to table: inout SwarmTable, socket: Int, now: Instant
    ) {
        let head = arrivals.head(index)
        guard let row = table.row(of: head, socket: socket) else { return }
        for segment in 0..<head.segments {
            table.carry(arrivals.datagram(index, segment: segment), row, head.source.port, now)
        }
    }
}
