import ControlPlane
import Exchange
import Settings

extension FlightRecorder {
    /// As large as the settings say, and with their mark.
    convenience init(_ settings: Settings) {
        self.init(octets: settings.history.packets << 20)
        self.settings = settings.mark
    }
}
