import BootPolicy
import Wire

/// `[mirror.NAME]` as it is written; its table `sha256` is read by itself.
package struct MirrorTable: Equatable, Sendable {
    var upstream: String?
    var fresh = MirrorTable.usual.fresh
    var immutable: [NameGlob] = []
    var limit = MirrorTable.usual.limit
    var authorities: String?

    private static let usual = MirrorPlan(name: "", upstream: "")

    init() {}

    init(_ plan: MirrorPlan) {
        upstream = plan.upstream
        fresh = plan.fresh
        immutable = plan.immutable
        limit = plan.limit
        authorities = plan.authorities.isEmpty ? nil : plan.authorities
    }

    func plan(_ name: String, checksums: [String: String]) -> MirrorPlan {
        var plan = MirrorPlan(name: name, upstream: upstream ?? "")
        plan.fresh = fresh
        plan.immutable = immutable
        plan.limit = limit
        plan.checksums = checksums
        plan.authorities = authorities ?? ""
        return plan
    }
}

extension TableKey where Table == MirrorTable {
    package static let mirror = [
        TableKey(
            "upstream", .text("a URL of http or https") { text throws(Problem) in try Check.upstream(text) },
            \.upstream,
            "What the URLs of the files begin with."),
        TableKey(
            "fresh", .time(0...31_536_000), \.fresh, empty: MirrorTable().fresh,
            "How long a file is served before upstream is asked whether it is still the same."),
        TableKey(
            "immutable",
            SettingFormat<[NameGlob]>.list(
                of: "patterns of paths", .listOrOne, { text throws(Problem) in try Check.glob(text) }, write: \.text),
            \.immutable, "Files that never change: * is anything within a part of the path, ** anything."),
        TableKey(
            "limit",
            SettingFormat<Int>.amount(Measure.sizes, within: (1 << 20)...(1 << 50)).map(
                { Int64($0) }, back: { Int($0) }), \.limit,
            empty: MirrorTable().limit, "How much is kept; what was not used for longest goes first."),
        TableKey(
            "ca-file", .text("an absolute path") { text throws(Problem) in try Check.absolutePath(text) },
            \.authorities,
            "Certificates that alone are trusted (PEM), instead of those that the system trusts."),
    ]
}

extension Check {
    static func upstream(_ text: String) throws(Problem) -> String {
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix), text.utf8.count > scheme.utf8.count
        else {
            throw Problem("\"\(shown(text))\" is no address of a server; it begins with http:// or https://")
        }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem("a URL is printable ASCII without spaces; write %20 and the like")
        }
        guard !text.dropFirst(scheme.utf8.count).prefix(while: { $0 != "/" }).contains("@") else {
            throw Problem(passwordInURL)
        }
        guard !text.contains("?"), !text.contains("#") else {
            throw Problem("paths are put behind the URL, so it has no ? and no #")
        }
        return String(text.reversed().drop { $0 == "/" }.reversed())
    }

    static func glob(_ text: String) throws(Problem) -> NameGlob {
        guard !text.isEmpty, !text.hasPrefix("/"), !text.unicodeScalars.contains(where: isControl) else {
            throw Problem(
                "\"\(shown(text))\" is no pattern of paths beneath the upstream; write for example \"pool/**\"")
        }
        do throws(NamePattern.Fault) {
            return try NameGlob(text)
        } catch {
            throw Problem("\"\(shown(text))\" is no pattern: \(error.message)")
        }
    }

    /// As sha256sum writes it, in large or small letters.
    static func checksum(_ text: String) throws(Problem) -> String {
        let digits = text.lowercased()
        guard digits.utf8.count == 64, digits.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) }) else {
            throw Problem("\"\(shown(text))\" is no SHA-256; it has 64 hexadecimal digits, as sha256sum writes them")
        }
        return digits
    }
}

extension SettingsReader {
    private static let checksums = "sha256"

    mutating func readMirrors(_ node: TOMLNode) {
        for (name, entry) in namedTables(node, key: "mirror") {
            let path = "mirror.\(name)"
            guard let keys = entries(of: entry.value, key: path, header: "[\(path)]") else { continue }
            var table = MirrorTable()
            _ = read(
                keys, by: TableKey.mirror, into: &table, path: path, header: "[\(path)]", beside: [Self.checksums])
            if !keys.contains(where: { $0.key == "upstream" }) {
                report(
                    entry.place, path,
                    "the mirror has no upstream; write for example upstream = \"https://deb.debian.org/debian\"")
            }
            let checksums = keys.first { $0.key == Self.checksums }.map { readChecksums($0.value, path) } ?? [:]
            settings.mirrors[name] = table.plan(name, checksums: checksums)
        }
    }

    private mutating func readChecksums(_ node: TOMLNode, _ mirror: String) -> [String: String] {
        let path = "\(mirror).\(Self.checksums)"
        let format = SettingFormat<String>.text("a SHA-256") { text throws(Problem) in try Check.checksum(text) }
        var checksums: [String: String] = [:]
        for entry in entries(of: node, key: path, header: "[\(path)]") ?? [] {
            var faults: [SettingFault] = []
            let checksum = format.read(entry.value, &faults)
            do throws(Problem) {
                checksums[try Check.rootFile(entry.key)] = checksum
            } catch {
                faults.append(SettingFault(place: entry.place, message: error.text))
            }
            for fault in faults { report(fault.place, path, fault.message) }
        }
        return checksums
    }
}

extension Settings {
    var mirrorText: String {
        mirrors.sorted { $0.key < $1.key }.map { name, plan in
            let header = "mirror.\(Self.bare(name))"
            let checksums = plan.checksums.sorted { $0.key < $1.key }.map {
                "\(quoted($0.key)) = \(quoted($0.value))\n"
            }
            return "\n[\(header)]\n" + TableKey.mirror.text(MirrorTable(plan))
                + (checksums.isEmpty ? "" : "\n[\(header).sha256]\n" + checksums.joined())
        }.joined()
    }
}
