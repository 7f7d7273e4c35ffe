import Wire

@testable import Mirroring

/// What lies beside a file of the cache, and, when the first octet is odd, one that is written of what upstream said.
enum DescriptionFuzz {
    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        var choices = Choices(Array(octets.dropFirst()))
        if (octets.first ?? 0) & 1 == 0 {
            guard let file = CachedFile(String(decoding: choices.remainder(), as: UTF8.self)) else { return }
            complaints.demand(file.size >= 0, "a file of less than nothing")
            complaints.demand(CachedFile(file.text) == file, "a description reads otherwise when it is written")
        } else {
            var file = CachedFile(url: field(&choices), size: 7, stamp: Int64(choices.word()), checked: 9)
            file.entityTag = field(&choices)
            file.modified = field(&choices)
            complaints.demand(CachedFile(file.text) == file, "what upstream said cannot be read again")
        }
    }

    /// Whatever upstream can write on one line.
    private static func field(_ choices: inout Choices) -> String {
        let octets = choices.take(Int(choices.next() & 63)).filter { ![0, 10, 13].contains($0) }
        return String(decoding: octets, as: UTF8.self)
    }
}
