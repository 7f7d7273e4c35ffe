package import Wire

/// What a firmware will do with the OFFERs that it heard, and why.
package struct Prediction: Equatable, Sendable {
    package enum Verdict: String, Sendable {
        /// It asks us for its boot.
        case ours
        /// It boots what another server told.
        case theirs
        /// It does not boot.
        case none
    }

    package var verdict: Verdict
    package var code: PredictionCode
    /// One line: what happens.
    package var reason: String
    /// What to do about it; empty when all is well.
    package var remedy: String
    /// The name or URL that it boots; nil when it is told later (port 4011), or when it does not boot.
    package var file: String?
    /// Where the file is fetched; nil when it is told later.
    package var fileServer: IPv4Address?
    /// Whose word it follows; nil when it follows nobody's.
    package var teller: IPv4Address?
    /// The selection step by step, as the firmware does it.
    package var trace: [String]

    /// Whether the order in which answers come decides, so that the verdict is only the likelier one.
    package var isContested: Bool { code == .contested }
}

/// Judges step by step: holds what was heard and writes the trace on the way.
struct Judge {
    let hearing: Hearing
    let ours: Set<IPv4Address>
    private(set) var trace: [String] = []

    init(_ hearing: Hearing, ours: Set<IPv4Address>) {
        self.hearing = hearing
        self.ours = ours
    }

    mutating func say(_ line: String) {
        trace.append(line)
    }

    func isOurs(_ address: IPv4Address?) -> Bool {
        address.map(ours.contains) ?? false
    }

    /// A server as it reads in a sentence.
    func named(_ address: IPv4Address) -> String { "\(address)" }

    /// The client boots.
    ///
    /// - Parameters:
    ///   - file: the name, or nil when it is told later.
    ///   - fileServer: where the file is, or nil when that is told later too.
    ///   - teller: whose message decided.
    ///   - ours: the code when we are asked for the file or gave its name.
    ///   - theirs: the code when somebody else.
    ///   - how: ends the sentence "boots FILE from SERVER, …".
    func boots(
        _ file: String?, from fileServer: IPv4Address?, toldBy teller: IPv4Address, ours codeOfOurs: PredictionCode,
        theirs: PredictionCode, how: String
    ) -> Prediction {
        let isOurs = isOurs(teller) || isOurs(fileServer)
        let code = isOurs ? codeOfOurs : theirs
        // A URL holds its server's address already.
        let place = file.map(BootURL.isAbsolute) == true ? "" : fileServer.map { " from \(named($0))" } ?? ""
        return Prediction(
            verdict: isOurs ? .ours : .theirs, code: code,
            reason: "boots\(file.map { " " + $0 } ?? "")\(place), \(how)", remedy: code.remedy(for: teller), file: file,
            fileServer: fileServer, teller: teller, trace: trace)
    }

    /// The client does not boot.
    ///
    /// - Parameter culprit: the server that the remedy is about.
    func fails(_ code: PredictionCode, _ reason: String, culprit: IPv4Address? = nil) -> Prediction {
        Prediction(
            verdict: .none, code: code, reason: reason, remedy: code.remedy(for: culprit), file: nil, fileServer: nil,
            teller: culprit, trace: trace)
    }
}

extension Judge {
    /// What asking port 4011 of a server brings.
    enum BootService {
        /// It was heard to answer so.
        case answered(ObservedOffer)
        /// It was heard to answer, and with nothing that this client can use.
        case unusable(ObservedOffer)
        /// Answers would have been heard, and there was none.
        case silent
        /// Nobody listened on that road.
        case unheard
    }

    /// - Parameter isUsable: what the firmware wants of the ACK.
    func bootService(of server: IPv4Address, isUsable: (ObservedOffer) -> Bool) -> BootService {
        let answers = hearing.acknowledgements.filter {
            $0.isBootService && ($0.source.address == server || $0.server == server)
        }
        if let answer = answers.first(where: isUsable) { return .answered(answer) }
        if let answer = answers.first { return .unusable(answer) }
        return hearing.hearsBootService ? .silent : .unheard
    }

    /// Whether anything shows that the server boots machines: it was heard as a proxy or on port 4011, or names a file.
    func isKnownBootServer(_ server: IPv4Address) -> Bool {
        isOurs(server)
            || (hearing.offers + hearing.acknowledgements).contains {
                $0.server == server && ($0.isProxy || $0.isBootService || $0.fileByHeader != nil)
            }
    }

    /// "lease OFFER (10.77.0.197) of 10.77.0.1, next-server 10.77.0.1": an OFFER in a trace.
    func line(_ offer: ObservedOffer) -> String {
        var text = offer.isProxy ? "proxy OFFER of " : "lease OFFER (\(offer.address)) of "
        text += named(offer.server) + (isOurs(offer.server) ? " (us)" : "")
        switch offer.clientClass {
        case .none: break
        case .pxe: text += ", class PXEClient"
        case .http: text += ", class HTTPClient"
        case .other: text += ", class \(offer.vendorClass.printable)"
        }
        if let file = offer.fileByHeader { text += ", file \(file)" }
        if !offer.nextServer.isAny { text += ", next-server \(offer.nextServer)" }
        if offer.vendor.isPresent {
            text += offer.vendor.isPXE10 ? ", PXE options in 43" : ", an option 43 that is not PXE's"
        }
        if offer.ipxePriority != 0 { text += ", 175 priority \(offer.ipxePriority)" }
        if offer.forbidsProxies { text += ", 175 no-pxedhcp" }
        return text
    }
}

/// A boot file's name that is a URL.
enum BootURL {
    static func isAbsolute(_ name: String) -> Bool { scheme(of: name) != nil }

    static func isHTTP(_ name: String) -> Bool { ["http", "https"].contains(scheme(of: name)) }

    /// The host when it is an IPv4 address.
    static func address(in name: String) -> IPv4Address? { host(of: name).flatMap { IPv4Address($0) } }

    /// What stands between `//` and the next `/` or `:`.
    static func host(of name: String) -> String? {
        guard let scheme = scheme(of: name) else { return nil }
        let rest = name.dropFirst(scheme.count + 3)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let host = (authority.split(separator: "@", omittingEmptySubsequences: false).last ?? "").prefix { $0 != ":" }
        return host.isEmpty ? nil : String(host)
    }

    private static func scheme(of name: String) -> String? {
        guard let colon = name.firstIndex(of: ":"), name[colon...].hasPrefix("://") else { return nil }
        return name[..<colon].lowercased()
    }
}
