import BootPolicy
import Settings

/// The threads that send by TFTP, each with a socket of its own at each address.
enum TFTPWorkers {
    /// Threads beyond this bring nothing on the links that such an appliance has.
    static let most = 8

    /// How many there shall be.
    ///
    /// - Parameter processors: those that we may use.
    static func count(_ settings: Settings.TFTP, processors: Int) -> Int {
        min(max(settings.workers > 0 ? settings.workers : processors, 1), most)
    }

    /// What the operator should hear who asked for more than there are; nil where he has what he asked for.
    ///
    /// - Parameters:
    ///   - count: how many there are.
    ///   - arePassed: whether somebody else opened their sockets.
    static func remark(_ settings: Settings.TFTP, has count: Int, arePassed: Bool) -> Notice? {
        guard settings.workers > count else { return nil }
        let start = "TFTP has \(count) of the \(settings.workers) workers of tftp.workers: "
        if count >= most { return Notice(.info, start + "more than \(most) bring nothing") }
        if case .range(let ports) = settings.ports, ports.count <= count {
            return Notice(.warning, start + "each needs a port of tftp.ports for itself, and there are \(ports.count)")
        }
        let why =
            arePassed
            ? "there are as many as sockets of each address were passed to us (in their .socket unit ReusePort=yes, and the "
                + "same ListenDatagram= again)"
            : "other programs have the rest of the ports of tftp.ports"
        return Notice(.warning, start + why)
    }
}
