import BootPolicy
package import Exchange
import Inventory
package import LinuxIO
import Synchronization
package import Wire

/// Switches hosts on: magic packets for all of their cards on every interface that is served, and word to hooks that hear of
/// it, for machines that a BMC switches on.
///
/// Who asks does not wait. One thread sends, and takes its time: a room full of machines that start in the same second trips a
/// fuse, and a switch drops what comes in a burst.
package final class Waker: Sendable {
    /// So many packets leave in a second, and so many hosts are told of.
    private static let pause = TimeSpan.milliseconds(10)
    /// Hosts that wait to be woken, or that hooks are still to be told of.
    static let mostWaiting = 50_000

    private struct Waiting {
        var hosts: [NamedMachine] = []
        /// Hosts that were woken, and that hooks are still to be told of.
        var untold = 0
    }

    private let socket: HandOver<MagicSocket>?
    private let context: EngineContext
    private let isCrowded: @Sendable () -> Bool
    private let patience: TimeSpan
    private let bell: WakeUp
    private let pulse: Pulse
    private static let threadName = "wake"
    private let waiting = Mutex(Waiting())

    /// - Parameters:
    ///   - socket: what packets are sent by; nil where DHCP is switched off, and with it every packet socket.
    ///   - isCrowded: whether hooks have more to tell than they can take for now.
    ///   - patience: how long hooks that do not get on are waited for; then they are told all the same.
    /// - Throws: `SystemError` when the system has no descriptor left.
    package init(
        socket: HandOver<MagicSocket>?, context: EngineContext, patience: TimeSpan = .seconds(120),
        isCrowded: @escaping @Sendable () -> Bool
    ) throws(SystemError) {
        self.patience = patience
        self.socket = socket
        self.context = context
        self.isCrowded = isCrowded
        let bell = try WakeUp()
        self.bell = bell
        pulse = context.roll.join(Self.threadName) { _ in bell.signal() }
    }

    /// Has hosts woken, soon.
    ///
    /// - Returns: how many, in a sentence.
    /// - Throws: why nobody is.
    func wake(_ hosts: [NamedMachine]) throws(CommandFailure) -> String {
        guard context.catalog.current.mode.continuesBoots else {
            throw CommandFailure("Pilotfish observes and sends nothing, so nobody is woken")
        }
        let cards = hosts.reduce(0) { $0 + $1.hardware.count }
        let interfaces = context.interfaces.indices.count
        if socket == nil || interfaces == 0, !isHeard {
            let why = socket == nil ? "DHCP is switched off, and with it what sends them" : "no interface is served"
            throw CommandFailure("no packets can be sent: \(why); and no hook hears of \"wake\"")
        }
        let isTaken = waiting.withLock { waiting in
            guard waiting.hosts.count + waiting.untold + hosts.count <= Self.mostWaiting else { return false }
            waiting.hosts += hosts
            return true
        }
        guard isTaken else { throw CommandFailure("too many hosts wait to be woken already; try again later") }
        bell.signal()
        let packets = socket == nil ? "none, for DHCP is switched off" : "\(cards) cards, \(interfaces) interfaces"
        return "\(hosts.count) hosts are woken (\(packets))" + (isHeard ? ", and hooks are told" : "")
    }

    private var isHeard: Bool { context.catalog.current.hooks.contains { $0.causes.contains(.wake) } }

    /// Starts the thread that sends.
    package func start(stop: StopSignal) throws(SystemError) -> EngineThread {
        let epoll = try Epoll()
        try epoll.add(bell.descriptor, token: 0)
        let owned = HandOver(epoll)
        return try EngineThread(name: Self.threadName) { [self] in
            let epoll = owned.take()
            let socket = self.socket?.take()
            var untold: [NamedMachine] = []
            while !stop.isRaised {
                pulse.beat()
                if untold.isEmpty { _ = try? epoll.wait(nil) }
                bell.clear()
                let hosts = waiting.withLock { waiting in
                    defer { waiting = Waiting(untold: waiting.untold + waiting.hosts.count) }
                    return waiting.hosts
                }
                if !hosts.isEmpty { send(hosts, socket, stop) }
                untold = tellHooks(untold + hosts, stop)
                waiting.withLock { $0.untold = untold.count }
            }
        }
    }

    /// Makes the thread look whether it shall stop.
    package func stir() { bell.signal() }

    private func send(_ hosts: [NamedMachine], _ socket: borrowing MagicSocket?, _ stop: StopSignal) {
        switch socket {
        case .some(let socket): send(hosts, by: socket, stop)
        case .none: break
        }
    }

    private func send(_ hosts: [NamedMachine], by socket: borrowing MagicSocket, _ stop: StopSignal) {
        var (sent, refused) = (0, 0)
        var last: SystemError?
        for card in hosts.flatMap(\.hardware) {
            for interface in context.interfaces.indices {
                guard mayGoOn(stop) else { return }
                do throws(SystemError) {
                    try socket.wake(card, by: interface)
                    sent += 1
                } catch {
                    refused += 1
                    last = error
                }
                Clock.nap(Self.pause)
            }
        }
        let what = "\(sent) magic packets for \(hosts.count) hosts were sent"
        let failed = last.map { ", and \(refused) were not: \($0)" } ?? ""
        context.events.record(.notice(Notice(last == nil ? .info : .warning, what + failed)))
    }

    /// - Returns: the hosts that hooks are still to be told of, because packets for others go first.
    private func tellHooks(_ hosts: [NamedMachine], _ stop: StopSignal) -> [NamedMachine] {
        guard isHeard else { return [] }
        var end = Clock.now + patience
        for (place, host) in hosts.enumerated() {
            // Commands of hooks take their time, and what is too much for their queues is lost.
            while isCrowded(), Clock.now < end, mayGoOn(stop), !isAnybodyWaiting { Clock.nap(Self.pause * 10) }
            guard mayGoOn(stop) else { return [] }
            if isAnybodyWaiting { return Array(hosts[place...]) }
            if !isCrowded() { end = Clock.now + patience }
            var event = HookEvent(.wake)
            (event.host, event.cards) = (host.name, host.hardware)
            context.events.record(.fleet(event))
            Clock.nap(Self.pause)
        }
        return []
    }

    private var isAnybodyWaiting: Bool { waiting.withLock { !$0.hosts.isEmpty } }

    /// The operator's word to send nothing holds for those too who were to be woken before.
    private func mayGoOn(_ stop: StopSignal) -> Bool {
        pulse.beat()
        return !stop.isRaised && context.catalog.current.mode.continuesBoots
    }
}
