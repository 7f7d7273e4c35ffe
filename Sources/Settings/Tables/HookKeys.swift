import BootPolicy
import Wire

/// `[hook.NAME]` as it is written.
package struct HookTable: Equatable, Sendable {
    var causes: [Hook.Cause] = []
    var command: [String]?
    var url: String?
    var timeout: TimeSpan?
    var secret: String?
    var authorities: String?

    init() {}

    init(_ hook: Hook) {
        causes = hook.causes
        switch hook.way {
        case .command(let words): command = words
        case .url(let url): self.url = url
        }
        timeout = hook.timeout == Hook(name: "", causes: [], way: hook.way).timeout ? nil : hook.timeout
        secret = hook.secret.isEmpty ? nil : hook.secret
        authorities = hook.authorities.isEmpty ? nil : hook.authorities
    }

    /// - Returns: nil when neither a command nor an address is given, or both.
    func hook(_ name: String) -> Hook? {
        let way: Hook.Way
        switch (command, url) {
        case (let words?, nil): way = .command(words)
        case (nil, let url?): way = .url(url)
        default: return nil
        }
        var hook = Hook(name: name, causes: causes, way: way)
        hook.timeout = timeout ?? hook.timeout
        hook.secret = secret ?? ""
        hook.authorities = authorities ?? ""
        return hook
    }
}

extension TableKey where Table == HookTable {
    private static let causes = Hook.Cause.allCases.map(\.rawValue)

    package static let hook = [
        TableKey(
            "on",
            .list(
                of: causes.map(quoted).joined(separator: ", "), .someOrOne,
                { text throws(Problem) in
                    guard let cause = Hook.Cause(rawValue: try Check.choice(text, among: causes)) else {
                        throw Problem("\"\(text)\" is unknown")
                    }
                    return cause
                }, write: \.rawValue),
            \.causes, "What it hears of."),
        TableKey(
            "command",
            .list(
                of: "words, the first of them an absolute path", .list, repeats: true,
                { text throws(Problem) in try Check.commandWord(text) }, write: { $0 }),
            \.command, "What is run, without a shell, as the service's user; the event is its standard input."),
        TableKey(
            "url", .text("an http:// or https:// address") { text throws(Problem) in try Check.hookURL(text) }, \.url,
            "Where the event is POSTed to, instead of a command: three times at most, until a status of 2xx comes back."
        ),
        TableKey(
            "timeout",
            SettingFormat<Int>.number(1...3600)
                .map({ .seconds(Int64($0)) }, back: { Int($0.nanoseconds / 1_000_000_000) }),
            \.timeout,
            "Seconds after which a command is killed, with all that it started, and an endpoint given up; 30 without this."
        ),
        TableKey(
            "bearer", .text("the name of a secret") { text throws(Problem) in try Check.targetName(text) }, \.secret,
            "The secret that the endpoint is shown in the field Authorization: one of [secrets], or of systemd's."),
        TableKey(
            "ca-file", .text("an absolute path") { text throws(Problem) in try Check.absolutePath(text) },
            \.authorities, "Certificates that alone are trusted (PEM) where the endpoint is https://."),
    ]
}

extension Check {
    static func commandWord(_ text: String) throws(Problem) -> String {
        guard !text.unicodeScalars.contains(where: isControl) else {
            throw Problem("\"\(shown(text))\" contains a line end or another control character; put it into a script")
        }
        guard text.utf8.count <= 4096 else { throw Problem("a word of a command has 4096 octets at most") }
        return text
    }

    static func hookURL(_ text: String) throws(Problem) -> String {
        let url = try webURL(text, schemes: ["http", "https"])
        guard !url.contains("#") else { throw Problem("what follows # is never sent; leave it out") }
        guard !url.contains("@") else {
            throw Problem("a password has no place in a URL; name a secret in bearer instead")
        }
        return url
    }
}

extension SettingsReader {
    private static let mostWords = 16

    mutating func readHooks(_ node: TOMLNode) {
        for (name, entry) in namedTables(node, key: "hook") {
            let path = "hook.\(name)"
            guard let keys = entries(of: entry.value, key: path, header: "[\(path)]") else { continue }
            var table = HookTable()
            let isRight = read(keys, by: TableKey.hook, into: &table, path: path, header: "[\(path)]")
            if !keys.contains(where: { $0.key == "on" }) {
                report(
                    entry.place, path, "nothing says what it hears of; write for example on = [\"done\", \"failed\"]")
            }
            checkWay(of: table, Set(keys.map(\.key)), at: entry.place, path: path)
            if isRight { settings.hooks[name] = table.hook(name) }
        }
    }

    private mutating func checkWay(of table: HookTable, _ keys: Set<String>, at place: Place, path: String) {
        switch (keys.contains("command"), keys.contains("url")) {
        case (true, true): report(place, path, "command and url exclude each other; take one or the other away")
        case (false, false):
            report(
                place, path,
                "nothing says what is to be done; write command = [\"/path/to/program\"] or url = \"https://…\"")
        case (true, false):
            for key in ["bearer", "ca-file"] where keys.contains(key) {
                report(
                    places["\(path).\(key)"] ?? place, "\(path).\(key)", "it belongs to a url, and there is a command")
            }
        case (false, true): break
        }
        guard let words = table.command else { return }
        let commandPlace = places["\(path).command"] ?? place
        guard let program = words.first else {
            return report(
                commandPlace, "\(path).command", "the list is empty; write [\"/path/to/program\", \"word\", …]")
        }
        do throws(Problem) {
            _ = try Check.absolutePath(program)
        } catch {
            report(commandPlace, "\(path).command", error.text)
        }
        if words.count > Self.mostWords {
            report(
                commandPlace, "\(path).command",
                "the command has \(words.count) words, and \(Self.mostWords) are allowed; put them into a script")
        }
    }
}

extension Settings {
    var hookText: String {
        hooks.sorted { $0.key < $1.key }.map { name, hook in
            "\n[hook.\(Self.bare(name))]\n" + TableKey.hook.text(HookTable(hook))
        }.joined()
    }
}
