package import BootPolicy
package import Exchange
package import Inventory
package import Settings

/// Takes new settings over while everything runs.
///
/// Publishing the next catalog is the only effect; when anything is wrong, nothing was touched.
package struct Reloader {
    private let source: SettingsSource
    private let builder: CatalogBuilder
    private let context: EngineContext
    private let keeper: ModeKeeper
    /// What is in force, but for the mode, which the operator may have switched since.
    private var current: Settings

    /// - Parameter current: the settings in force, as their file has them.
    package init(
        source: SettingsSource, builder: CatalogBuilder, context: EngineContext, keeper: ModeKeeper, current: Settings
    ) {
        self.source = source
        self.builder = builder
        self.context = context
        self.keeper = keeper
        self.current = current
    }

    /// Puts another mode in force, now and over restarts, until the settings name another one.
    package func switchMode(to mode: ServiceMode) throws(InventoryError) {
        try keeper.keep(mode, over: current.mode)
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
            let waiting = next.needsRestart(comparedTo: current)
            current = next.takenOver(by: current)
            let (catalog, notices) = builder.build(keeper.apply(to: current))
            context.catalog.publish(catalog)
            for notice in notices { context.events.record(.notice(notice)) }
            if !waiting.isEmpty {
                let keys = waiting.joined(separator: ", ")
                context.events.record(.notice(Notice(.warning, "these settings wait for a restart: \(keys)")))
            }
            let generation = context.catalog.current.generation
            context.events.record(.notice(Notice(.info, "settings reloaded, generation \(generation)")))
        } catch {
            context.events.record(
                .notice(Notice(.error, "settings not reloaded, the old ones stay in force: \(error)")))
        }
    }
}
