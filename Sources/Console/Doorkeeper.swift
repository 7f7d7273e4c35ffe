import Hummingbird
import Synchronization
import Wire

/// Who may do what: by the door that a request came through, and the token that it shows.
final class Doorkeeper: Sendable {
    private let token: String
    private let isPrivate: Bool
    private let tell: @Sendable (ConsoleWord) -> Void
    private let failures = Mutex(Failures())

    /// Wrong tokens that wait for their answer, by the address that showed them.
    fileprivate struct Failures {
        var waiting: [String: Int] = [:]
        var all = 0
        var lastTold: ContinuousClock.Instant?
        /// Since the operator heard of it.
        var untold = 0
    }

    /// Each wrong token is answered so late; and no more than so many wait at once, of one address and of all. So nobody
    /// guesses, and who has the right one is let in whatever others try.
    private static let delay = Duration.seconds(1)
    fileprivate static let mostOfOne = 4
    fileprivate static let mostOfAll = 64
    fileprivate static let tellingInterval = Duration.seconds(60)

    /// - Parameter tell: hears of wrong tokens, once a minute at most.
    init(_ order: ConsoleOrder, tell: @escaping @Sendable (ConsoleWord) -> Void) {
        token = order.token
        isPrivate = order.isPrivate
        self.tell = tell
    }

    /// Lets a request in, or says why not.
    ///
    /// - Parameters:
    ///   - isOpen: whether everybody may have it: the page asks for the token itself.
    ///   - address: of the caller.
    /// - Returns: whether the caller may do everything: by the socket, or with the token.
    func admit(
        _ request: Request, by door: ConsoleOrder.Door, isChange: Bool, isOpen: Bool, address: String
    ) async throws(Refusal) -> Bool {
        guard door != .socket else { return true }
        // Another name that a foreign page had made to mean this host (DNS rebinding). With TLS the certificate tells.
        if door == .loopback, !Self.isLocal(request.head.authority ?? "") {
            throw Refusal(
                status: .misdirectedRequest, code: "bad-request",
                message: "this address is called localhost, 127.0.0.1 or [::1], and nothing else")
        }
        if let shown = request.headers[.authorization] {
            guard !isRight(shown) else { return true }
            try await delay(address)
            throw Self.unauthorized("the token is wrong")
        }
        guard !isOpen, isChange || isPrivate else { return false }
        throw withoutToken
    }

    /// What is said to somebody who shows none.
    var withoutToken: Refusal {
        Self.unauthorized(
            token.isEmpty
                ? "this wants a token, and the settings name no api.token"
                : "show the token: Authorization: Bearer …")
    }

    private static func unauthorized(_ message: String) -> Refusal {
        Refusal(
            status: .unauthorized, code: "unauthorized", message: message,
            fields: ["WWW-Authenticate": "Bearer realm=\"pilotfish\""])
    }

    /// Compares digests, whose first difference says nothing of the token.
    private func isRight(_ field: String) -> Bool {
        guard !token.isEmpty, field.prefix(7).lowercased() == "bearer " else { return false }
        let (shown, known) = (Self.digest(String(field.dropFirst(7))), Self.digest(token))
        return zip(shown.utf8, known.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func digest(_ text: String) -> String {
        var hash = SHA256()
        hash.update(Array(text.utf8).span.bytes)
        return hash.digest
    }

    private func delay(_ address: String) async throws(Refusal) {
        let (mayWait, told) = failures.withLock { $0.begin(address) }
        if let told { tell(ConsoleWord(.warning, told)) }
        guard mayWait else { throw .tooMany("too many wrong tokens; try again in a second") }
        try? await Task.sleep(for: Self.delay)
        failures.withLock { $0.end(address) }
    }

    /// `localhost`, or an address of the loopback network, with or without a port.
    static func isLocal(_ authority: String) -> Bool {
        guard !authority.hasPrefix("[") else {
            return IPAddress(String(authority.dropFirst().prefix { $0 != "]" }))?.isLoopback == true
        }
        let host = String(authority.prefix { $0 != ":" })
        return host.lowercased() == "localhost" || IPv4Address(host)?.isLoopback == true
    }
}

extension Doorkeeper.Failures {
    /// - Returns: whether the caller may wait, and what the operator is told.
    fileprivate mutating func begin(_ address: String) -> (mayWait: Bool, told: String?) {
        untold += 1
        var told: String?
        let now = ContinuousClock.now
        if lastTold.map({ now - $0 >= Doorkeeper.tellingInterval }) != false {
            told =
                "the control API was shown a wrong token \(untold == 1 ? "" : "\(untold) times, the last time ")by \(address)"
            (lastTold, untold) = (now, 0)
        }
        guard waiting[address, default: 0] < Doorkeeper.mostOfOne, all < Doorkeeper.mostOfAll else {
            return (false, told)
        }
        waiting[address, default: 0] += 1
        all += 1
        return (true, told)
    }

    fileprivate mutating func end(_ address: String) {
        all -= 1
        waiting[address, default: 1] -= 1
        if waiting[address] == 0 { waiting[address] = nil }
    }
}
