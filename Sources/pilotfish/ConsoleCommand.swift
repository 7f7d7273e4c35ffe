import ArgumentParser
import BootPolicy
import Confinement
import Console
import ControlPlane
import LinuxIO
import Settings
import Wire

/// The process of the control API; `serve` starts it, people do not.
struct ConsoleCommand: ParsableCommand {
    private static let name = "console"

    static let configuration = CommandConfiguration(commandName: name, shouldDisplay: false)

    @Option(help: "The user to become.")
    var user: String?

    func run() throws {
        guard let channel = HelperProcess.inheritedChannel() else {
            throw ValidationError("this command is for \"pilotfish serve\" to start")
        }
        guard let (order, listeners) = try ConsoleOrder.receive(from: channel) else { throw ExitCode.failure }
        let unlisted = try UnlistedCalls.chosen()
        try Confinement.enter(as: try ServiceUser.required(user), role: .console, unlisted: unlisted)
        try ConsoleKeeper.run(channel, order, listeners) {
            try Confinement.narrowKept(.console, unlisted: unlisted)
        }
    }

    /// Starts it, confined as `user`; to be called before the service gives its own privileges up.
    ///
    /// - Parameter listeners: bound sockets, one for each door of the order; they stay open here until they are let go.
    /// - Returns: the service's end of the channel to it.
    fileprivate static func start(
        as user: ServiceUser?, _ order: ConsoleOrder, _ listeners: [SharedDescriptor]
    ) throws(SystemError) -> HandOver<ChannelSocket> {
        let channel = try HelperProcess.start(
            arguments: ["pilotfish", name] + (user.map { ["--user", $0.name] } ?? []),
            inheriting: [UnlistedCalls.variable]
        )
        .take()
        try order.send(listeners.map { $0.descriptor.number }, on: channel)
        return HandOver(channel)
    }
}

/// What came of starting the control API. Whatever is wrong with it, machines are served all the same.
struct ConsoleStart {
    /// The way to its process; nil where it has none.
    private(set) var channel: HandOver<ChannelSocket>?
    /// Where it is called, for the ready line.
    private(set) var doors: [String] = []
    /// The path of its Unix socket, if it has one.
    private(set) var socket: String?
    /// What the operator should hear of how that went.
    private(set) var remarks: [Notice] = []

    private var order: ConsoleOrder
    private var listeners: [SharedDescriptor] = []

    static let socketName = "api.sock"
    private static let largestFile = ConsoleOrder.mostPEM / 2

    /// - Parameters:
    ///   - user: whom the service and that process become.
    ///   - hasState: whether there is a state directory, and so a control socket.
    init(_ settings: Settings, as user: ServiceUser?, hasState: Bool) {
        order = ConsoleOrder(
            control: ControlDesk.socketPath(in: settings.state),
            token: settings.answers.secrets[settings.api.token] ?? "", isPrivate: settings.api.isPrivate)
        // That process has them; the service needs neither the key nor the sockets.
        defer { (order, listeners) = (ConsoleOrder(control: ""), []) }
        guard hasState else {
            if !settings.api.listen.isEmpty {
                let why = "it asks the service over a socket in the state directory, and there is none"
                remarks.append(Notice(.warning, "the control API is not served: \(why); name one in state"))
            }
            return
        }
        if settings.api.hasSocket { openSocket(settings.state + "/" + Self.socketName, for: user) }
        if let fault = takeCertificate(settings.api) {
            remarks.append(Notice(.error, "the control API is not served over TCP: \(fault)"))
        } else {
            for door in settings.api.listen { open(door) }
        }
        guard !order.doors.isEmpty else { return }
        do throws(SystemError) {
            channel = try ConsoleCommand.start(as: user, order, listeners)
        } catch {
            remarks.append(Notice(.error, "the control API cannot be started: \(error)"))
        }
    }

    /// What is wrong with the certificate and the key of the settings, in a sentence; nil where all is well.
    ///
    /// - Throws: where they cannot be read, so that nobody knows.
    static func fault(of api: Settings.API) throws(SystemError) -> String? {
        guard !api.certificate.isEmpty else { return nil }
        let (certificate, key) = try files(of: api)
        return ConsoleServer.fault(ofCertificate: certificate, key: key)
    }

    private static func files(of api: Settings.API) throws(SystemError) -> (certificate: [UInt8], key: [UInt8]) {
        (
            try OpenFile(hostPath: api.certificate).contents(limit: largestFile),
            try OpenFile(hostPath: api.key).contents(limit: largestFile)
        )
    }

    private mutating func takeCertificate(_ api: Settings.API) -> String? {
        guard !api.listen.isEmpty, !api.certificate.isEmpty else { return nil }
        do throws(SystemError) {
            if let fault = try Self.fault(of: api) { return fault }
            (order.certificate, order.key) = try Self.files(of: api)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private mutating func openSocket(_ path: String, for user: ServiceUser?) {
        do throws(SystemError) {
            let owner = user.map { (user: $0.id, group: $0.group) }
            add(.socket, try ListeningSocket.open(path: path, owner: owner), path)
            socket = path
        } catch {
            remarks.append(Notice(.warning, "the control API is not served on its socket: \(error)"))
        }
    }

    private mutating func open(_ door: IPEndpoint) {
        do throws(SystemError) {
            let scheme = order.certificate.isEmpty ? "http" : "https"
            add(
                order.certificate.isEmpty ? .loopback : .network, try ListeningSocket.open(local: door),
                "\(scheme)://\(door)")
        } catch {
            let remedy = Self.remedy(error, free: PrivilegedPorts.end)
            remarks.append(Notice(.error, "the control API is not served on \(door): \(error)\(remedy)"))
        }
    }

    /// What to do about a door that cannot be opened; empty where nobody knows.
    ///
    /// - Parameter free: the first port that anybody may bind.
    static func remedy(_ error: SystemError, free: Int) -> String {
        if error.isAddressInUse { return "; another program has the port: choose another in api.listen" }
        guard error.isPermission else { return "" }
        return
            "; ports below \(free) need a privilege that it does not have: choose a greater one in api.listen, or put "
            + "a proxy before it"
    }

    private mutating func add(_ door: ConsoleOrder.Door, _ listener: consuming OwnedDescriptor, _ name: String) {
        order.doors.append(door)
        listeners.append(SharedDescriptor(listener))
        doors.append(name)
    }
}

extension Notice.Level {
    init(_ level: ConsoleWord.Level) {
        switch level {
        case .info: self = .info
        case .warning: self = .warning
        case .error: self = .error
        }
    }
}
