import BootPolicy
import Wire

/// One thing that is not as it was.
struct ReplayDifference: Equatable, Sendable {
    let field: String
    /// As the capture has it, and as it would be; nil for what is not there.
    let then: String?
    let now: String?
}

/// An answer to a client's DHCP message: that of a capture, or what would be said.
struct ReplayAnswer {
    let datagram: [UInt8]
    let source: Endpoint
    let destination: Endpoint

    /// Where two answers differ, field by field; nothing when they are the same, octet by octet.
    static func differences(then: ReplayAnswer?, now: ReplayAnswer?, refusal: Refusal?) -> [ReplayDifference] {
        switch (then, now) {
        case (nil, nil): return []
        case (let then?, nil):
            let why = refusal.map { "none: \($0.summary) [\($0.code)]" } ?? "none"
            return [ReplayDifference(field: "answer", then: then.words, now: why)]
        case (nil, let now?):
            return [ReplayDifference(field: "answer", then: "none", now: now.words)]
        case (let then?, let now?):
            guard then.datagram != now.datagram || then.destination != now.destination else { return [] }
            return differences(then, now)
        }
    }

    private static func differences(_ then: ReplayAnswer, _ now: ReplayAnswer) -> [ReplayDifference] {
        let (old, new) = (then.fields, now.fields)
        let names = old.map(\.0) + new.map(\.0).filter { name in !old.contains { $0.0 == name } }
        let found = names.compactMap { name in
            let (was, would) = (old.first { $0.0 == name }?.1, new.first { $0.0 == name }?.1)
            return was == would ? nil : ReplayDifference(field: name, then: was, now: would)
        }
        // What no field shows: the order of options, or padding.
        return found.isEmpty
            ? [ReplayDifference(field: "octets", then: "\(then.datagram.count)", now: "\(now.datagram.count)")] : found
    }

    private var decoded: DecodedMessage? {
        try? DecodedMessage(
            datagram.span.bytes, source: source, destination: destination, at: Instant(nanoseconds: 0))
    }

    private var words: String { decoded?.words ?? "what is no DHCP" }

    /// All that a person reads in it, each by its name.
    private var fields: [(String, String)] {
        guard let decoded else { return [] }
        return [("to", "\(destination)"), ("what", decoded.words)] + decoded.header.map { ($0.name, $0.value) }
            + decoded.options.map { ("option \($0.code) \(OptionText.name($0.code))", $0.value) }
    }
}
