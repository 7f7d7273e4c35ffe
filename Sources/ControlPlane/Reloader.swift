package import BootPolicy
package import Exchange
import Inventory
package import Settings

/// Takes new settings over while everything runs.
///
/// Publishing the next catalog is the only effect; when anything is wrong, nothing was touched.
package struct Reloader {
    private let source: SettingsSource
    private let builder: CatalogBuilder
    private let context: EngineContext
    private let keeper: ModeKeeper
    private let started: UpstreamNeeds
    /// What is in force, but for the mode, which the operator may have switched since.
    private var current: Settings

    /// - Parameters:
    ///   - current: the settings in force, as their file has them.
    ///   - started: what the service can ask others for as long as it runs.
    package init(
        source: SettingsSource, builder: CatalogBuilder, context: EngineContext, keeper: ModeKeeper, current: Settings,
        started: UpstreamNeeds
    ) {
        self.source = source
        self.builder = builder
        self.context = context
        self.keeper = keeper
        self.current = current
        self.started = started
    }

    /// What the settings in force say of the log.
    package var log: Settings.Log { current.log }

    /// Puts another mode in force, now and over restarts, until the settings name another one.
    ///
    /// A mode that does less waits for no disk: "observe" holds at once, whether or not it can be written down.
    package func switchMode(to mode: ServiceMode) throws(CommandFailure) {
        let isStricter = mode < context.catalog.current.mode
        if isStricter { publish(mode) }
        do throws(InventoryError) {
            try keeper.keep(mode, over: current.mode)
        } catch {
            guard isStricter else { throw CommandFailure("\(error)") }
            throw CommandFailure("\(mode.rawValue) holds until the next reload or restart only: \(error)")
        }
        if !isStricter { publish(mode) }
    }

    private func publish(_ mode: ServiceMode) {
        var catalog = context.catalog.current
        guard catalog.mode != mode else { return }
        catalog.mode = mode
        context.catalog.publish(catalog)
        context.events.record(.notice(Notice(.info, "mode switched to \(mode.rawValue) by command")))
    }

    /// Reads, checks, builds, publishes; tells the outcome as notices.
    package mutating func reload() {
        do throws(SettingsSource.Failure) {
            let next = try source.load()
            let waiting = next.needsRestart(comparedTo: current, started: started)
            let keepsBoots = !started.isSuperset(of: next.asksOthers)
            current = next.takenOver(by: current, started: started)
            let (settings, trouble) = keeper.apply(to: current, inForce: context.catalog.current.mode)
            let (catalog, notices) = builder.build(settings)
            context.catalog.publish(catalog)
            context.flight.settings = settings.mark
            if let trouble { context.events.record(.notice(trouble)) }
            for notice in notices { context.events.record(.notice(notice)) }
            if !waiting.isEmpty {
                let keys = waiting.joined(separator: ", ")
                context.events.record(.notice(Notice(.warning, "these settings wait for a restart: \(keys)")))
            }
            if keepsBoots { context.events.record(.notice(Notice(.warning, Self.boots))) }
            let generation = context.catalog.current.generation
            context.events.record(.notice(Notice(.info, "settings reloaded, generation \(generation)")))
        } catch {
            context.events.record(
                .notice(Notice(.error, "settings not reloaded, the old ones stay in force: \(error)")))
        }
    }

    private static let boots =
        "mirrors, URLs in targets and rules that ask need a process that is started with the service; until a restart, "
        + "[boot], targets, menus, machines, variables, mirrors and rules stay as they were"
}
