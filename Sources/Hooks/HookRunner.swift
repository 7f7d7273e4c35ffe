import Glibc
package import LinuxIO
import Wire

/// The process that runs the operator's commands for the service, which may not run anything itself.
///
/// One thread: orders come from the channel, reports go there, and beyond that it waits for its children. It reads of them no
/// more than a few KiB for the log.
package struct HookRunner: ~Copyable {
    /// Children at a time, whatever the service orders.
    package static let mostAtOnce = 64
    /// All that a command finds there, whoever started the service.
    private static let environment = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "LANG=C.UTF-8",
    ]
    /// Octets of each output that are kept.
    private static let keptOutput = 4096

    private enum Token {
        static let channel: UInt64 = 0

        /// What of a command stirs.
        enum Part: UInt64, CaseIterable {
            case end = 1
            case output
            case errors
        }

        /// - Parameter place: of the command, from 0.
        static func of(_ part: Part, _ place: UInt64) -> UInt64 { place * 3 + part.rawValue }

        static func place(_ token: UInt64) -> UInt64 { (token - 1) / 3 }

        static func part(_ token: UInt64) -> Part? { Part(rawValue: (token - 1) % 3 + 1) }
    }

    private let channel: ChannelSocket
    private let epoll: Epoll
    private var commands: [UInt64: HookCommand] = [:]
    private var nextPlace: UInt64 = 0

    /// Runs until the other end of the channel is closed; then every command that still runs is killed. To be called with a single
    /// thread, and when everything was given up.
    ///
    /// - Throws: `SystemError` when the kernel has no descriptor left for it.
    package static func run(_ channel: consuming ChannelSocket) throws(SystemError) {
        // systemd sends SIGTERM to everybody; the service ends in its own time, and we with it.
        signal(SIGTERM, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        // No terminal that somebody might be asked for a password on, and none whose ctrl-C reaches us.
        _ = setsid()
        _ = chdir("/")
        try serve(channel)
    }

    /// The same, without what changes all of this process.
    static func serve(_ channel: consuming ChannelSocket) throws(SystemError) {
        var runner = try HookRunner(channel)
        try runner.serve()
    }

    private init(_ channel: consuming ChannelSocket) throws(SystemError) {
        let epoll = try Epoll()
        try epoll.add(channel.descriptor, token: Token.channel)
        self.channel = channel
        self.epoll = epoll
    }

    private mutating func serve() throws(SystemError) {
        while true {
            let count = try epoll.wait(patience)
            for index in 0..<count {
                let token = epoll[index].token
                if token == Token.channel {
                    guard try takeOrders() else { return }
                } else {
                    hear(token)
                }
            }
            try settle()
        }
    }

    private var patience: TimeSpan? {
        commands.values.map(\.deadline).min().map { max($0 - Clock.now, .zero) }
    }

    /// - Returns: false when the channel is closed.
    private mutating func takeOrders() throws(SystemError) -> Bool {
        while true {
            do throws(SystemError) {
                let message = try channel.receive().message
                guard !message.isEmpty else { return false }
                if let order = try? HookOrder(message) { try carryOut(order) }
            } catch {
                if error.isWouldBlock { return true }
                if error.isBrokenPipe { return false }
                throw error
            }
        }
    }

    private mutating func carryOut(_ order: HookOrder) throws(SystemError) {
        guard commands.count < Self.mostAtOnce else {
            return try report(order.number, .failed("too many commands run already"))
        }
        do throws(SystemError) {
            let child = try ChildProcess(
                order.words, environment: Self.environment, input: order.input, keeping: Self.keptOutput)
            try epoll.add(child.end, token: Token.of(.end, nextPlace))
            try epoll.add(child.output.descriptor, token: Token.of(.output, nextPlace))
            try epoll.add(child.errors.descriptor, token: Token.of(.errors, nextPlace))
            commands[nextPlace] = HookCommand(order, child)
            nextPlace += 1
        } catch {
            try report(order.number, .failed("\(error)"))
        }
    }

    /// An output of a command has something to say, or nothing more.
    private mutating func hear(_ token: UInt64) {
        guard let child = commands[Token.place(token)]?.child, let part = Token.part(token), part != .end else {
            return
        }
        let output = part == .errors ? child.errors : child.output
        if !output.drain() { epoll.remove(output.descriptor) }
    }

    /// Reports who has ended, and kills who takes too long.
    private mutating func settle() throws(SystemError) {
        let now = Clock.now
        for (place, command) in commands {
            // One who ended just before his deadline ended in time, however late we look.
            guard let ending = command.child.ending() else {
                if now >= command.deadline { command.giveUp() }
                continue
            }
            commands[place] = nil
            try report(
                command.order.number, command.ending(ending), after: now - command.begun, saying: command.firstLine)
        }
    }

    /// Waits for room: the service always reads, and never waits for us.
    private func report(
        _ number: UInt64, _ ending: HookReport.Ending, after duration: TimeSpan = .zero, saying said: String = ""
    ) throws(SystemError) {
        let report = HookReport(number: number, ending: ending, duration: duration, said: said)
        try channel.send(report.encoded, waits: true)
    }
}

/// One command that runs.
private final class HookCommand {
    let order: HookOrder
    let child: ChildProcess
    let begun = Clock.now
    private(set) var deadline: Instant
    private var isGivenUp = false

    /// What of a line can be of use in a log.
    private static let longestLine = 300

    init(_ order: HookOrder, _ child: ChildProcess) {
        self.order = order
        self.child = child
        deadline = begun + order.timeout
    }

    func giveUp() {
        child.kill()
        isGivenUp = true
        // The kernel says soon that it is dead; one that hangs in a system call of a sick disk is looked after now and then.
        deadline = Clock.now + .seconds(1)
    }

    func ending(_ ending: ChildProcess.Ending) -> HookReport.Ending {
        if isGivenUp { return .timedOut }
        return switch ending {
        case .exited(let status): .exited(Int(status))
        case .killed(let signal): .killed(signal: Int(signal))
        }
    }

    /// The last of it may have come after we looked.
    var firstLine: String {
        _ = child.errors.drain()
        _ = child.output.drain()
        let lines = [child.errors.kept, child.output.kept].map { kept in
            kept.split(separator: UInt8(ascii: "\n")).first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        return String((lines.first { !$0.isEmpty } ?? "").prefix(Self.longestLine))
    }
}
