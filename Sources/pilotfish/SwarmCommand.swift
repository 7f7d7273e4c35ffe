import ArgumentParser
import LinuxIO
import Simulation
import TFTPClients
import Transfers
import Wire

struct SwarmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swarm",
        abstract:
            "Plays thousands of TFTP clients that all fetch one file, or whole machines, and says how they fared.",
        discussion: """
            For servers and networks of your own: it is a load, and a server may log every transfer. One thread plays \
            all clients. Without --source each has a port of its own, and an open file; with --source 10.9.0.0/16 each \
            has an address of that network, which must be this machine's (ip route add local 10.9.0.0/16 dev lo). For \
            a server on the loopback interface the clients are 127.64.0.0/10 by themselves.

            With --pxe 200 --interface IF it plays 200 machines instead: DHCP with hardware addresses of their own, the \
            loader by TFTP, then iPXE, which runs the scripts it gets, kernels by HTTP, an installer that waits and says \
            that it is done, and a restart, until their script sends them to their disks. That needs root, and each \
            address that the DHCP server gives out must be this machine's (ip route add local 10.9.0.0/16 dev lo).

            Ends with 0 when every client has the file (every machine came to its end), 1 when one has not, 2 when the \
            swarm could not start.
            """
    )

    @Argument(help: "What to fetch: tftp://HOST[:PORT]/PATH; an IPv6 address stands in brackets. Not with --pxe.")
    var url: TFTPLocation?

    @OptionGroup(title: "How many")
    var crowd: SwarmCrowd

    @OptionGroup(title: "How they speak")
    var speech: SwarmSpeech

    @OptionGroup(title: "What goes wrong")
    var trouble: SwarmTrouble

    @OptionGroup(title: "Whole machines")
    var machines: SwarmMachines

    @Option(help: "A local copy of the file; a client that gets one wrong octet fails.")
    var verify: String?

    @Option(help: "A process whose processor time is reported, as that of the server.")
    var pid: Int32?

    @Flag(help: "One JSON document for programs.")
    var json = false

    func validate() throws {
        guard (url == nil) == (machines.pxe != nil) else {
            throw ValidationError("name either what to fetch (tftp://HOST/PATH) or how many machines to play (--pxe N)")
        }
        guard machines.pxe != nil else { return try machines.refuseAlone() }
        guard crowd.isOfMachines, speech.isUsual, trouble.isOfMachines, verify == nil, pid == nil else {
            throw ValidationError(
                "with --pxe only --rate, --limit, --seed, --json and the options of whole machines have a meaning")
        }
    }

    func run() throws {
        let isComplete: Bool
        do {
            if let url { isComplete = try fetch(url) } else { isComplete = try play() }
        } catch {
            StandardError.write("pilotfish: \(error)")
            throw ExitStatus.unanswered.code
        }
        if !isComplete { throw ExitStatus.trouble.code }
    }

    /// - Returns: whether all have the file.
    private func fetch(_ url: TFTPLocation) throws -> Bool {
        var swarm = try Swarm(try plan(url))
        let report = try swarm.run()
        print(json ? report.json + "\n" : report.text, terminator: "")
        return report.completed == report.clients
    }

    /// - Returns: whether all machines came to their end.
    private func play() throws -> Bool {
        var plan = try machines.plan()
        plan.startRate = crowd.rate?.perSecond
        plan.limit = crowd.timeLimit
        plan.seed = trouble.seed
        var simulation = try Simulation(plan)
        let report = try simulation.run()
        print(json ? report.json + "\n" : report.text, terminator: "")
        return report.finished == report.machines
    }

    private func plan(_ url: TFTPLocation) throws -> SwarmPlan {
        guard let address = lookUp(host: url.host) else { throw CommandProblem.unknownHost(url.host) }
        let server = IPEndpoint(address: address, port: url.port)
        var plan = SwarmPlan(server: server, name: url.name, clients: crowd.clients, habits: speech.habits)
        plan.atOnce = crowd.atOnce ?? crowd.clients
        plan.startRate = crowd.rate?.perSecond
        if crowd.source != nil, address.family == .ipv6 { throw CommandProblem.otherFamily(url.host) }
        let isOnLoopback = address.ipv4?.isLoopback == true
        plan.source = crowd.source ?? (isOnLoopback ? IPv4Network(loopbackClients: ()) : nil)
        plan.sockets = crowd.sockets
        plan.limit = crowd.timeLimit
        plan.think = .microseconds(speech.think)
        plan.impairments = trouble.impairments
        plan.process = pid
        if let verify { plan.reference = try ReferenceFile(path: verify) }
        return plan
    }
}

/// How many clients, from where, and when.
struct SwarmCrowd: ParsableArguments {
    @Option(help: "Clients in all.")
    var clients = 100

    @Option(help: "Clients under way at the same time; without it: all.")
    var atOnce: Int?

    @Option(
        name: [.long, .customLong("start-rate")], help: "Starts a second, as 500 or 500/s; without it: all at once.")
    var rate: StartRate?

    @Option(help: "The clients' IPv4 addresses, as ADDRESS/PREFIX.")
    var source: IPv4Network?

    @Option(help: "Sockets that the clients of --source share.")
    var sockets = 4

    @Option(help: "Seconds after which those that are not done have failed.")
    var limit = 60.0

    var timeLimit: TimeSpan { .milliseconds(Int64(limit * 1000)) }

    /// Nothing is said that whole machines have no use for.
    var isOfMachines: Bool { clients == 100 && atOnce == nil && source == nil && sockets == 4 }

    func validate() throws {
        guard clients > 0 else { throw ValidationError("--clients is a number above 0") }
        guard atOnce ?? 1 > 0 else { throw ValidationError("--at-once is a number above 0") }
        guard (1...1024).contains(sockets) else { throw ValidationError("--sockets is a number from 1 to 1024") }
        guard limit > 0, limit <= 86_400 else { throw ValidationError("--limit is a number of seconds up to 86400") }
    }
}

/// What each client asks for, and how it behaves.
struct SwarmSpeech: ParsableArguments {
    @Option(help: "The firmware to behave like: rfc (one ACK a gap), edk2 (one for each block amiss), lockstep (iPXE).")
    var model = ReceivingModel.rfc

    @Option(help: "Octets of a block to ask for, 8 to 65464.")
    var blksize = 1468

    @Option(help: "Blocks of a window to ask for, 1 to 32767.")
    var windowsize = 16

    @Flag(help: "Ask for nothing: plain RFC 1350, blocks of 512 octets, one by one.")
    var noOptions = false

    @Option(help: "Seconds until a client repeats itself; without it: 1, and 4 for edk2.")
    var timeout: Double?

    @Option(help: "Microseconds that a client takes for each acknowledgement.")
    var think: Int64 = 0

    var habits: ClientHabits {
        let asked =
            noOptions
            ? TransferOptions()
            : TransferOptions(blockSize: blksize, windowSize: windowsize > 1 ? windowsize : nil)
        return ClientHabits(
            model: model, asked: asked, interval: timeout.map { TimeSpan(nanoseconds: Int64($0 * 1e9)) })
    }

    /// Nothing is said.
    var isUsual: Bool {
        model == .rfc && blksize == 1468 && windowsize == 16 && !noOptions && timeout == nil && think == 0
    }

    func validate() throws {
        try Self.check(blksize: blksize, windowsize: windowsize, timeout: timeout)
        guard think >= 0 else { throw ValidationError("--think is a number of microseconds") }
    }

    static func check(blksize: Int, windowsize: Int, timeout: Double?) throws {
        guard (8...65_464).contains(blksize) else { throw ValidationError("--blksize is a number from 8 to 65464") }
        // Beyond that a number of sixteen bits no longer tells what is old from what is ahead.
        guard (1...32_767).contains(windowsize) else {
            throw ValidationError("--windowsize is a number from 1 to 32767")
        }
        guard timeout.map({ (0.01...255).contains($0) }) ?? true else {
            throw ValidationError("--timeout is a number of seconds from 0.01 to 255")
        }
    }
}

/// What is done to datagrams on their way.
struct SwarmTrouble: ParsableArguments {
    @Option(help: "The part of what arrives that is thrown away, 0 to 1; 0.01 is one in a hundred.")
    var loss = 0.0

    @Option(help: "The part of requests and acknowledgements that is thrown away.")
    var lossAcks = 0.0

    @Option(help: "The part of what arrives that comes behind its successor.")
    var reorder = 0.0

    @Option(help: "Another seed loses other datagrams.")
    var seed: UInt64 = 1

    /// Nothing is said but a seed.
    var isOfMachines: Bool { loss == 0 && lossAcks == 0 && reorder == 0 }

    var impairments: SwarmPlan.Impairments {
        var impairments = SwarmPlan.Impairments()
        impairments.loss = loss
        impairments.ackLoss = lossAcks
        impairments.reorder = reorder
        impairments.seed = seed
        return impairments
    }

    func validate() throws {
        for part in [loss, lossAcks, reorder] {
            guard (0..<1).contains(part) else { throw ValidationError("a part is a number from 0 to below 1") }
        }
    }
}

/// Starts a second.
struct StartRate: ExpressibleByArgument {
    let perSecond: Double

    init?(argument: String) {
        let digits = argument.hasSuffix("/s") ? argument.dropLast(2) : argument[...]
        guard let number = Double(digits), number > 0, number.isFinite else { return nil }
        perSecond = number
    }
}

/// Why a client command cannot even begin.
enum CommandProblem: Error, CustomStringConvertible {
    case unknownHost(String)
    /// The clients were to have IPv4 addresses, and the server has none.
    case otherFamily(String)

    var description: String {
        switch self {
        case .unknownHost(let host): "\(host) has no address; give the address itself, or look at your DNS"
        case .otherFamily(let host): "--source names IPv4 addresses, and \(host) is reached over IPv6; leave it out"
        }
    }
}

extension ReceivingModel: ExpressibleByArgument {}

extension TFTPLocation: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument)
    }
}

extension IPv4Network: ExpressibleByArgument {
    public init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(String(parts[0])), let length = Int(parts[1]),
            (8...32).contains(length)
        else { return nil }
        self.init(address: address, prefixLength: length)
    }

    /// Addresses of the loopback network that nothing else uses.
    fileprivate init(loopbackClients: Void) {
        self.init(address: IPv4Address(127, 64, 0, 0), prefixLength: 10)
    }
}
