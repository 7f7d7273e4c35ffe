/// What the configuration of another boot service becomes: settings, and word of every directive that is no setting.
///
/// Nothing is lost in silence: each directive is counted once, as converted, as needless here, or as without equivalent,
/// and the last two are remarked on.
package struct Conversion: Sendable {
    /// The programs whose files are understood.
    package enum Kind: String, Sendable, CaseIterable {
        case dnsmasq
        /// The DHCP server of ISC.
        case dhcpd
        /// PXELINUX, and the menus of menu.c32.
        case pxelinux
    }

    /// How a directive fared.
    package enum Verdict: String, Sendable, CaseIterable {
        case converted
        /// What it did happens by itself, or is another's duty.
        case needless = "not needed"
        case lost = "no equivalent"
    }

    /// One line of the report.
    package struct Remark: Hashable, Sendable, CustomStringConvertible {
        /// The file as it was named, and its line, from 1.
        package var file: String
        package var line: Int
        /// The directive, shortened.
        package var what: String
        package var verdict: Verdict
        /// The reason, or what to do instead.
        package var why: String

        /// `dnsmasq.conf:7: dhcp-range=10.0.0.5,10.0.0.99: not needed: addresses stay with …`
        package var description: String { "\(file):\(line): \(what): \(verdict.rawValue): \(why)" }
    }

    /// Made of a file's name and of that of the one which includes it: the file, or nil when it cannot be read.
    package typealias Inclusion = (_ name: String, _ includer: String) -> Settings.File?

    /// What was understood; always free of conflicts.
    package internal(set) var settings = Settings()
    /// In the order of the files and lines.
    package private(set) var remarks: [Remark] = []
    /// How many directives fared how.
    package private(set) var counts: [Verdict: Int] = [:]

    /// The settings as a TOML text that `Settings.parse` reads: only what differs from the defaults.
    package var text: String { settings.changes }

    /// Converts files that are in force together.
    ///
    /// - Parameters:
    ///   - kind: what all of them are; nil to tell by their contents.
    ///   - include: reads what they include.
    /// - Throws: when a file is none of those that are understood.
    package init(
        _ files: [Settings.File], kind: Kind? = nil, include: @escaping Inclusion = { _, _ in nil }
    ) throws(ConversionError) {
        var texts: [Kind: [ConfigurationText]] = [:]
        for file in files {
            let text = try ConfigurationText(file)
            guard let kind = kind ?? Kind(of: text) else {
                throw ConversionError(file: file.name, line: nil, message: ConversionError.unknownKind)
            }
            texts[kind, default: []].append(text)
        }
        var desk = BootDesk()
        try DnsmasqConverter.convert(texts[.dnsmasq] ?? [], at: &desk, include)
        try DhcpdConverter.convert(texts[.dhcpd] ?? [], at: &desk, include)
        for text in texts[.pxelinux] ?? [] { try PXELINUXConverter.convert(text, at: &desk, include) }
        self = desk.finish()
        let order = Dictionary(files.enumerated().map { ($1.name, $0) }, uniquingKeysWith: min)
        remarks.sort { one, other in
            (order[one.file] ?? .max, one.file, one.line) < (order[other.file] ?? .max, other.file, other.line)
        }
    }

    init() {}

    /// Counts a directive, or as many as `weight` says that share its fate.
    mutating func settle(_ directive: Directive, _ fate: Fate, weight: Int = 1) {
        counts[fate.verdict, default: 0] += weight
        guard let why = fate.why else { return }
        remarks.append(
            Remark(file: directive.file, line: directive.line, what: directive.what, verdict: fate.verdict, why: why))
    }
}

/// Why a file cannot be converted at all.
package struct ConversionError: Error, Hashable, Sendable, CustomStringConvertible {
    package var file: String
    package var line: Int?
    package var message: String

    package var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(message)" }

    static let unknownKind =
        "this looks like no configuration of dnsmasq, dhcpd or PXELINUX; if it is one, say which: --kind "
        + Conversion.Kind.allCases.map(\.rawValue).joined(separator: "|")
}

/// One directive, by its place.
struct Directive {
    let file: String
    let line: Int
    let what: String

    /// What a line of a report has room for.
    private static let longest = 72

    init(file: String, line: Int, what: String) {
        self.file = file
        self.line = line
        let text = Check.shown(what)
        self.what = text.count > Self.longest ? text.prefix(Self.longest) + "…" : text
    }
}

/// What becomes of a directive.
enum Fate {
    case converted
    /// It is a setting now, but not quite the same.
    case nearly(String)
    case needless(String)
    case lost(String)

    var verdict: Conversion.Verdict {
        switch self {
        case .converted, .nearly: .converted
        case .needless: .needless
        case .lost: .lost
        }
    }

    var why: String? {
        switch self {
        case .converted: nil
        case .nearly(let why), .needless(let why), .lost(let why): why
        }
    }

    /// Converted, unless `change` finds a problem with the value.
    static func of(_ change: () throws(Problem) -> Void) -> Fate {
        do throws(Problem) {
            try change()
            return .converted
        } catch {
            return .lost(error.text)
        }
    }

    static let addresses = Fate.needless("addresses and leases stay with your DHCP server; Pilotfish gives none")
    static let ownAddress =
        "Pilotfish names its own address; if the files stay on another server, write a [[rule]] with next-server"
}
