package import BootPolicy
import Logging
package import Settings

/// Tells events to people, one line each, as they happen.
///
/// Text for a terminal (`05:12:33.123 info dhcp.offer client=… stage=…`), or JSON lines for programs.
package struct EventLog: Sendable {
    private let logger: Logger
    private let interfaceName: @Sendable (Int32) -> String

    /// - Parameters:
    ///   - write: takes each finished line.
    ///   - interfaceName: turns an interface's index into its name.
    package init(
        _ settings: Settings.Log, write: @escaping @Sendable (String) -> Void,
        interfaceName: @escaping @Sendable (Int32) -> String
    ) {
        var handler = LineHandler(format: settings.format, write: write)
        handler.logLevel = Logger.Level(settings.level)
        logger = Logger(label: "pilotfish") { _ in handler }
        self.interfaceName = interfaceName
    }

    /// - Parameter time: milliseconds since 1970.
    package func tell(_ event: BootEvent, time: Int64) {
        let text = EventText(event, interfaceName: interfaceName)
        tell(text.level, text.name, text.fields, time)
    }

    /// A line that no event stands behind.
    package func tell(_ name: String, _ fields: [(key: String, value: String)], time: Int64) {
        tell(.info, name, fields, time)
    }

    private func tell(_ level: Logger.Level, _ name: String, _ fields: [(key: String, value: String)], _ time: Int64) {
        var metadata: Logger.Metadata = [LineHandler.timeKey: "\(time)"]
        metadata[LineHandler.orderKey] = .array(fields.map { .string($0.key) })
        for field in fields { metadata[field.key] = .string(field.value) }
        logger.log(level: level, "\(name)", metadata: metadata)
    }
}

/// Writes one line per message, its fields in the order in which they were given.
private struct LineHandler: LogHandler {
    static let timeKey = "_time"
    static let orderKey = "_order"

    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    private let format: Settings.Log.Format
    private let write: @Sendable (String) -> Void

    init(format: Settings.Log.Format, write: @escaping @Sendable (String) -> Void) {
        self.format = format
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let given = event.metadata ?? [:]
        let time = given[Self.timeKey].flatMap { Int64("\($0)") } ?? 0
        var order: [String] = []
        if case .array(let keys)? = given[Self.orderKey] { order = keys.map { "\($0)" } }
        let fields = order.map { ($0, given[$0].map { "\($0)" } ?? "") }
        switch format {
        case .text: write(Self.text(time, event.level, "\(event.message)", fields))
        case .json: write(Self.json(time, event.level, "\(event.message)", fields))
        }
    }

    private static func text(
        _ time: Int64, _ level: Logger.Level, _ name: String, _ fields: [(String, String)]
    ) -> String {
        "\(WallTime(milliseconds: time).clock) \(level.rawValue) \(name) \(FieldText.words(fields))"
    }

    private static func json(
        _ time: Int64, _ level: Logger.Level, _ name: String, _ fields: [(String, String)]
    ) -> String {
        let all = [("level", level.rawValue), ("event", name)] + fields
        return "{\"time\":\(time)," + FieldText.members(all) + "}"
    }
}

/// How named values are written, in the log and in answers to commands.
enum FieldText {
    /// `key=value` words; a value that is not plain is quoted as JSON does it.
    static func words(_ fields: [(String, String)]) -> String {
        fields.map { "\($0)=\(quotedIfNeeded($1))" }.joined(separator: " ")
    }

    /// The inside of a JSON object.
    static func members(_ fields: [(String, String)]) -> String {
        fields.map { "\(JSONText.quoted($0)):\(JSONText.quoted($1))" }.joined(separator: ",")
    }

    private static func quotedIfNeeded(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }
        return isPlain ? value : JSONText.quoted(value)
    }
}

extension Logger.Level {
    fileprivate init(_ level: Settings.Log.Level) {
        switch level {
        case .debug: self = .debug
        case .info: self = .info
        case .warning: self = .warning
        case .error: self = .error
        }
    }
}
