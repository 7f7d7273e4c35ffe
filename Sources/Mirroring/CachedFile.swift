import BootPolicy
import Wire

/// What is known of a file in the cache: as its description lies beside it, and when it was used.
struct CachedFile: Equatable, Sendable {
    var url: String
    /// Octets, and modification time in nanoseconds since 1970: a file that was changed by others is not ours any more.
    var size: Int64
    var stamp: Int64
    /// As upstream wrote them, to ask with; empty where it did not.
    var entityTag = ""
    var modified = ""
    /// When upstream last said that this is the file, milliseconds since 1970.
    var checked: Int64
    /// Of the contents, where one was wanted; else empty.
    var checksum = ""

    /// Neither is written down. The first says which was used before which.
    var used: Int64 = 0
    /// Until when it is served although it is no longer fresh: upstream does not answer.
    var graceUntil: Instant?

    /// No file is larger, whatever is said of it; what is summed up of such does not run over.
    static let mostOctets: Int64 = 1 << 50
    private static let leastFresh: Int64 = 1000
    private static let firstLine = "pilotfish mirror 1"

    var text: String {
        """
        \(Self.firstLine)
        url \(url)
        size \(size)
        stamp \(stamp)
        etag \(entityTag)
        modified \(modified)
        checked \(checked)
        sha256 \(checksum)

        """
    }

    init(url: String, size: Int64, stamp: Int64, checked: Int64) {
        self.url = url
        self.size = size
        self.stamp = stamp
        self.checked = checked
    }

    /// Nil for what is no such description, or not all of one. By scalars: to Swift a blank with an accent is no blank, and what
    /// upstream says may begin with one.
    init?(_ text: String) {
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first.map(String.init) == Self.firstLine, lines.last?.isEmpty == true else { return nil }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
        guard let url = fields["url"], let size = fields["size"].flatMap({ Int64($0) }),
            (0...Self.mostOctets).contains(size),
            let stamp = fields["stamp"].flatMap({ Int64($0) }), let checked = fields["checked"].flatMap({ Int64($0) }),
            let checksum = fields["sha256"]
        else { return nil }
        self.init(url: url, size: size, stamp: stamp, checked: checked)
        entityTag = fields["etag"] ?? ""
        modified = fields["modified"] ?? ""
        self.checksum = checksum
    }

    /// What asks upstream whether it is still the same; none when it cannot be asked so.
    var questions: [String] {
        (entityTag.isEmpty ? [] : ["If-None-Match: \(entityTag)"])
            + (modified.isEmpty ? [] : ["If-Modified-Since: \(modified)"])
    }

    /// Whether it may be served without asking upstream.
    ///
    /// - Parameter wall: milliseconds since 1970.
    func isFresh(_ path: RequestPath, of mirror: MirrorPlan, now: Instant, wall: Int64) -> Bool {
        if mirror.isImmutable(path) || graceUntil.map({ now < $0 }) == true { return true }
        // Who waited for the answer gets it, also where every request is to ask anew. And a clock that was set back makes
        // nothing fresh for ever.
        return checked <= wall && wall - checked < max(mirror.fresh.nanoseconds / 1_000_000, Self.leastFresh)
    }
}
