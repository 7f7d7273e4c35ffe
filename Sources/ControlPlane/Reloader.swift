import BootPolicy
package import Exchange
package import Settings

/// Takes new settings over while everything runs.
///
/// Publishing the next catalog is the only effect; when anything is wrong, nothing was touched.
package struct Reloader {
    private let source: SettingsSource
    private let builder: CatalogBuilder
    private let context: EngineContext
    /// What is in force.
    private var current: Settings

    package init(source: SettingsSource, builder: CatalogBuilder, context: EngineContext, current: Settings) {
        self.source = source
        self.builder = builder
        self.context = context
        self.current = current
    }

    /// Reads, checks, builds, publishes; tells the outcome as notices.
    package mutating func reload() {
        do throws(SettingsSource.Failure) {
            let next = try source.load()
            let waiting = next.needsRestart(comparedTo: current)
            current = next.takenOver(by: current)
            let (catalog, notices) = builder.build(current)
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
