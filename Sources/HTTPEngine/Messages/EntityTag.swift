import LinuxIO

/// A strong validator (RFC 9110 §8.8.3): the same tag, the same octets.
struct EntityTag: Equatable {
    /// As in the `ETag` field, quotes and all.
    let text: String

    /// A file's state, told by its inode, where in it it begins, its size and its time of change: what `make` and rsync trust too.
    init(_ identity: FileIdentity) {
        let parts = [
            identity.inode, UInt64(bitPattern: identity.offset), UInt64(bitPattern: identity.size),
            UInt64(bitPattern: identity.modified),
        ]
        text = "\"" + parts.map { String($0, radix: 16) }.joined(separator: "-") + "\""
    }

    /// `If-None-Match`: whether one of the tags is ours, weak or not (RFC 9110 §13.1.2).
    ///
    /// Our tags hold no comma, so splitting at commas cannot make one out of others.
    func isAmong(_ fields: [String]) -> Bool {
        fields.flatMap { $0.split(separator: ",") }.contains { item in
            var tag = item.drop { $0 == " " || $0 == "\t" }
            while tag.last == " " || tag.last == "\t" { tag.removeLast() }
            if tag.hasPrefix("W/") { tag = tag.dropFirst(2) }
            return tag == "*" || tag == text
        }
    }
}
