import Assets
import BootPolicy
import ControlPlane
import DHCPEngine
import Exchange
import HTTPEngine
import LinuxIO
import Mirroring
import Settings
import TFTPEngine

/// The engines that run, each on threads of its own.
final class Engines {
    private var threads: [EngineThread] = []
    private var wakes: [WakeUp] = []
    private var loader: ContentLoader?
    private var http: HTTPEngine?
    private var installs: InstallDesk?
    private var waker: Waker?

    /// - Parameters:
    ///   - mirrors: who has the files of other servers; nil where nothing is fetched.
    ///   - installs: who knows whose turn it is to be installed.
    ///   - waker: who wakes machines.
    ///   - lessons: what earlier runs learned of firmware.
    ///   - dhcpWake: stirs when the DHCP engine's memory is told something.
    init(
        _ resources: Resources, settings: Settings, mirrors: MirrorCache?, installs: InstallDesk,
        waker: Waker, context: EngineContext, lessons: [Lesson], dhcpWake: WakeUp
    ) throws {
        let assets = AssetStore(root: resources.root, mirrors: mirrors, installs: installs)
        if let sockets = resources.dhcp {
            wakes.append(dhcpWake)
            threads.append(
                try DHCPEngine.start(sockets: sockets, context: context, lessons: lessons, wake: dhcpWake))
        }
        let limits = TFTPLimits(settings.tftp, workers: resources.tftp.count)
        let loader = try ContentLoader(
            imageOctets: settings.tftp.imageMemory << 20, stop: context.stop, roll: context.roll)
        for (number, sockets) in resources.tftp.enumerated() {
            threads.append(
                try TransferWorker.start(
                    number, sockets: sockets, assets: assets, context: context, limits: limits, loader: loader,
                    wake: makeWake()))
        }
        self.loader = loader
        threads.append(try installs.start(stop: context.stop))
        self.installs = installs
        threads.append(try waker.start(stop: context.stop))
        self.waker = waker
        try RootKeeper.start(root: resources.root, events: context.events, stop: context.stop)
        if !resources.http.isEmpty {
            http = try HTTPEngine.start(
                listeners: resources.http.map(\.listener), assets: assets, context: context,
                limits: HTTPLimits(settings.http, descriptors: resources.descriptors))
        }
    }

    /// Makes every engine look at what changed.
    func wakeAll() {
        for wake in wakes { wake.signal() }
    }

    /// Ends all engines and waits for them.
    func stop(_ context: EngineContext) {
        context.stop.raise()
        wakeAll()
        installs?.stir()
        waker?.stir()
        http?.stop()
        for thread in threads { thread.join() }
        // Who asks from here on waits for nobody.
        context.transfers.close()
        loader?.join()
    }

    private func makeWake() throws -> WakeUp {
        let wake = try WakeUp()
        wakes.append(wake)
        return wake
    }
}

extension HTTPLimits {
    /// - Parameter descriptors: how many this process may have.
    fileprivate init(_ settings: Settings.HTTP, descriptors: Int) {
        self.init()
        // A connection and its file are two, and a quarter of all is left to the others.
        connections = min(settings.connections, descriptors * 3 / 8)
        connectionsPerClient = settings.connectionsPerClient
        // One after the other is quicker than two that share a processor.
        eventLoops = min(eventLoops, usableProcessors())
    }
}

extension TFTPLimits {
    /// - Parameter workers: how many share the link.
    fileprivate init(_ settings: Settings.TFTP, workers: Int) {
        self.init()
        maxBlockSize = settings.maxBlockSize > 0 ? settings.maxBlockSize : nil
        maxWindowSize = settings.maxWindowSize
        clients = settings.clients
        rolloverToOne = settings.rolloverToOne
        transfersPerSource = settings.transfersPerClient
        requestsPerSource = settings.requestsPerClient
        self.workers = max(workers, 1)
        linkOctetsPerSecond = settings.linkRate > 0 ? settings.linkRate * 125_000 : nil
        link = LinkPace(octetsPerSecond: linkOctetsPerSecond)
    }
}
