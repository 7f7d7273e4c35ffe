import BootPolicy
import Exchange
import Settings
import Wire

/// A line of the log.
struct LogLine: Sendable {
    /// Greater than that of every line before it, also over restarts; 0 for a line that is not kept.
    var number: Int64 = 0
    /// Milliseconds since 1970.
    let time: Int64
    let level: Settings.Log.Level
    /// The subsystem, a dot, and what happened.
    let name: String
    let fields: [(key: String, value: String)]
    var subject = LogSubject()

    /// What people read where time and level stand elsewhere.
    var message: String { fields.isEmpty ? name : "\(name) \(FieldText.words(fields))" }

    /// For a terminal.
    var text: String { "\(WallTime(milliseconds: time).clock) \(level.rawValue) \(message)" }

    /// For collectors: every value a text beside the others.
    var flatJSON: String {
        let all = [("level", level.rawValue), ("event", name)] + fields.map { ($0.key, $0.value) }
        return "{\"time\":\(time)," + FieldText.members(all) + "}"
    }

    /// What `pilotfish log --json` prints.
    var json: JSONText {
        func text(_ value: String?) -> JSONText { value.map { .text($0) } ?? .null }
        return .object([
            ("id", .number(Int(number))), ("time", .number(Int(time))), ("level", .text(level.rawValue)),
            ("event", .text(name)), ("code", text(fields.first { $0.key == "code" }?.value)),
            ("mac", text(subject.card?.description)), ("host", text(subject.host)), ("message", .text(message)),
            ("fields", .object(fields.map { ($0.key, .text($0.value)) })),
        ])
    }

    /// The parts of the service that events' names begin with; those of no part are the service's own.
    var subsystem: Settings.Log.Subsystem {
        let word = name.prefix { $0 != "." }
        switch word {
        case "firmware": return .dhcp
        case "fleet": return .install
        default: return Settings.Log.Subsystem(rawValue: String(word)) ?? .service
        }
    }

    /// Octets that it takes in memory, roughly.
    var weight: Int { fields.reduce(128 + name.utf8.count) { $0 + 64 + $1.key.utf8.count + $1.value.utf8.count } }
}

/// The machine that an event is about, as far as that is known when it is told.
struct LogSubject: Hashable, Sendable {
    var card: MACAddress?
    var address: IPAddress?
    var host: String?
}

extension LogSubject {
    init(_ event: BootEvent, _ context: EngineContext) {
        self.init(event)
        if card == nil, let address { card = context.addresses.requester(at: address).hardware }
        if host == nil, card != nil { host = context.catalog.current.machine(of: card)?.name }
    }

    private init(_ event: BootEvent) {
        switch event {
        case .answered(let client, _, _, _), .refused(let client, _, _):
            self.init(card: client.hardware.mac, address: client.address.isAny ? nil : IPAddress(client.address))
        case .decided(let report): self.init(card: report.question.hardware)
        case .learned(let lesson): self.init(card: lesson.teacher.mac)
        case .foreignOffer(let offer, _): self.init(card: offer.hardware.mac)
        case .transferStarted(let facts), .transferEnded(let facts, _): self.init(address: facts.client.address)
        case .transferRefused(let client, _, _): self.init(address: client.address)
        case .downloadEnded(let facts): self.init(address: facts.client.address)
        case .install(let event): self.init(host: event.host)
        case .fleet(let event): self.init(card: event.cards.first, host: event.host)
        case .hook(let outcome): self.init(card: outcome.event.cards.first, host: outcome.event.host)
        case .unheard(let request): self.init(address: IPAddress(request.client))
        case .stuck(let stuck): self.init(card: stuck.hardware.mac)
        case .found, .mirrored, .interfaceChanged, .notice, .untold, .untoldTransfers, .untoldDownloads,
            .untoldMirrored:
            self.init()
        }
    }
}
