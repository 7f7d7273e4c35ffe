package import BootPolicy
package import Inventory
package import Settings

/// The operator's last word on the mode, given at run time, holds over reloads and restarts; until the settings
/// themselves say something new.
package struct ModeKeeper {
    private let inventory: Inventory
    private static let name = "mode"

    package init(inventory: Inventory) {
        self.inventory = inventory
    }

    /// The settings with the last word in force.
    package func apply(to settings: Settings) -> Settings {
        guard let word = try? inventory.word(Self.name), let (mode, base) = Self.parse(word) else { return settings }
        guard base == settings.mode else {
            try? inventory.keep(nil, as: Self.name)
            return settings
        }
        var settings = settings
        settings.mode = mode
        return settings
    }

    /// Keeps a new word.
    ///
    /// - Parameter base: the mode that the settings name, over which this one holds.
    package func keep(_ mode: ServiceMode, over base: ServiceMode) throws(InventoryError) {
        try inventory.keep(mode == base ? nil : "\(mode.rawValue) over \(base.rawValue)", as: Self.name)
    }

    private static func parse(_ word: String) -> (mode: ServiceMode, base: ServiceMode)? {
        let parts = word.split(separator: " ").map(String.init)
        guard parts.count == 3, let mode = ServiceMode(rawValue: parts[0]), let base = ServiceMode(rawValue: parts[2])
        else { return nil }
        return (mode, base)
    }
}
