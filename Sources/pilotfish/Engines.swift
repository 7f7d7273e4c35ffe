import Assets
import DHCPEngine
import Exchange
import HTTPEngine
import LinuxIO
import Settings
import TFTPEngine

/// The engines that run, each on threads of its own.
final class Engines {
    private var threads: [HandOver<EngineThread>] = []
    private var wakes: [WakeUp] = []
    private var http: HTTPEngine?

    init(_ resources: consuming Resources, settings: Settings, context: EngineContext) throws {
        let assets = AssetStore(root: resources.root)
        if let sockets = resources.dhcp.take() {
            try startDHCP(sockets, context)
        }
        var limits = TFTPLimits()
        limits.maxBlockSize = settings.tftp.maxBlockSize
        limits.maxWindowSize = settings.tftp.maxWindowSize
        for (number, sockets) in resources.tftp.enumerated() {
            try startWorker(number, sockets.take(), assets, context, limits)
        }
        if let listener = resources.http.take() {
            http = try HTTPEngine.start(listener: listener, assets: assets, context: context, limits: HTTPLimits())
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
        http?.stop()
        for thread in threads { thread.take().join() }
    }

    private func startDHCP(_ sockets: consuming DHCPSockets, _ context: EngineContext) throws {
        let wake = try WakeUp()
        wakes.append(wake)
        let engine = HandOver(try DHCPEngine(sockets: sockets, context: context, wake: wake))
        threads.append(HandOver(try EngineThread(name: "pf-dhcp") { engine.take().run() }))
    }

    private func startWorker(
        _ number: Int, _ sockets: consuming TFTPSockets, _ assets: AssetStore, _ context: EngineContext,
        _ limits: TFTPLimits
    ) throws {
        let wake = try WakeUp()
        wakes.append(wake)
        let worker = HandOver(
            try TransferWorker(sockets: sockets, assets: assets, context: context, limits: limits, wake: wake))
        threads.append(HandOver(try EngineThread(name: "pf-tftp-\(number)") { worker.take().run() }))
    }
}
