import BootPolicy
import Exchange
import Fleet
import Inventory
import LinuxIO
import Wire

/// What the flight recorder is asked.
struct FlightCommands: CommandGroup {
    let finder: MachineFinder
    let context: EngineContext

    /// - Returns: nil for words that are no question to it.
    func answer(_ words: [String], _ attachment: String = "") throws(CommandFailure) -> String? {
        guard words.first == "capture" else { return nil }
        guard context.flight.isOn else {
            throw CommandFailure("no packets are kept: history.packets is 0 in the settings")
        }
        let name = words.dropFirst().first { $0 != "secrets=yes" }
        var meant: [FlightClient]?
        if let name { meant = try clients(name) }
        let records = context.flight.records(of: meant, most: Self.mostOctets)
        guard records.contains(where: { $0.facts.content != .event }) else {
            throw CommandFailure(
                "no packet is kept of \(name ?? "any machine"): it has not booted since this service began, or too many have "
                    + "since")
        }
        let capture = FlightCapture(
            records, showsSecrets: words.contains("secrets=yes"), interfaceName: NetworkInterface.name,
            interfaceAddress: NetworkInterface.address)
        let leftOut = meant == nil ? max(context.flight.usage.records - records.count, 0) : 0
        let rest = leftOut > 0 ? " left-out=\(leftOut)" : ""
        return Base64.encode(capture.file(comment: comment + rest, offset: FlightClock.offset))
    }

    /// Of an answer, which is made while machines wait: the machines that were heard of last.
    static let mostOctets = 64 << 20

    /// What a replay has to know.
    private var comment: String {
        FlightOrigin(mode: context.catalog.current.mode, settings: context.flight.settings).text
    }

    /// Which machine is meant: a card or an address that packets were kept of, or what `show` takes.
    private func clients(_ name: String) throws(CommandFailure) -> [FlightClient] {
        if let card = MACAddress(name) { return [.card(ClientHardware(card))] }
        if let address = IPAddress(name) {
            let card = context.addresses.requester(at: address).hardware
            return [.address(address)] + (card.map { [.card(ClientHardware($0))] } ?? [])
        }
        let found = try finder.find(name)
        let cards = Set((found.host?.hardware ?? []) + found.machines.compactMap { MACAddress($0.mac) })
        return cards.map { .card(ClientHardware($0)) }
    }
}

/// By what the answers in a capture were decided, in the file's comment.
struct FlightOrigin: Equatable {
    var mode: ServiceMode
    /// `Settings.mark`; empty when it is not known.
    var settings: String

    private static let beginning = "kept by pilotfish;"

    var text: String { "\(Self.beginning) mode=\(mode.rawValue) settings=\(settings)" }

    init(mode: ServiceMode, settings: String) {
        self.mode = mode
        self.settings = settings
    }

    /// - Returns: nil for the comment of another program.
    init?(_ comment: String) {
        guard comment.hasPrefix(Self.beginning) else { return nil }
        let words = comment.split(separator: " ")
        func value(_ key: String) -> String? {
            words.first { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) }
        }
        guard let mode = value("mode").flatMap(ServiceMode.init) else { return nil }
        self.init(mode: mode, settings: value("settings") ?? "")
    }
}
