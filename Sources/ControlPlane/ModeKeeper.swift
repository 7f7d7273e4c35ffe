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
    ///
    /// - Parameter inForce: the mode that holds now; it stays when the word cannot be read, for that may have been
    ///   "observe".
    /// - Returns: also what the operator should hear of it.
    package func apply(to settings: Settings, inForce: ServiceMode) -> (settings: Settings, trouble: Notice?) {
        var settings = settings
        let word: String?
        do throws(InventoryError) {
            word = try inventory.word(Self.name)
        } catch {
            settings.mode = inForce
            let text = "the mode given by command cannot be read, so it is \(inForce.rawValue): \(error)"
            return (settings, Notice(.error, text))
        }
        guard let (mode, base) = word.flatMap(Self.parse) else { return (settings, nil) }
        if base == settings.mode {
            settings.mode = mode
        } else {
            // Should it stay, it counts for nothing as long as the settings name what they name now.
            try? inventory.keep(nil, as: Self.name)
        }
        return (settings, nil)
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
