import Assets
import LinuxIO
import NIOHTTP1

/// What a response says of a file.
struct FileFacts: Equatable {
    /// Octets.
    let size: Int64
    let tag: EntityTag
    /// As in the `Last-Modified` field.
    let lastModified: String
    let contentType: String

    /// - Parameter path: as asked for; its ending gives the content type.
    init(identity: FileIdentity, path: [UInt8]) {
        size = identity.size
        tag = EntityTag(identity)
        lastModified = HTTPDate.text(seconds: identity.modified / 1_000_000_000)
        contentType = ContentType.of(path: path)
    }
}

/// A response as a plain value, decided before anything is sent.
struct Answer: Equatable {
    enum Body: Equatable {
        case none
        case octets([UInt8])
        /// These octets of the file that was opened.
        case file(Range<Int64>)
    }

    let status: HTTPResponseStatus
    /// All fields but `Date` and `Connection`.
    var fields: HTTPHeaders
    var body: Body

    /// The answer to HEAD: the same fields, no body (RFC 9110 §9.3.2).
    var withoutBody: Answer {
        Answer(status: status, fields: fields, body: .none)
    }

    /// Octets of the body.
    var length: Int64 {
        switch body {
        case .none: 0
        case .octets(let octets): Int64(octets.count)
        case .file(let range): Int64(range.count)
        }
    }
}

extension Answer {
    /// A script made for this client and this moment.
    static func generated(_ octets: [UInt8]) -> Answer {
        let fields: HTTPHeaders = [
            "Content-Type": ContentType.plainText, "Content-Length": "\(octets.count)", "Cache-Control": "no-store",
        ]
        return Answer(status: .ok, fields: fields, body: .octets(octets))
    }

    /// A file, or the part of it that is asked for. HEAD has no parts: a range is defined for GET only (RFC 9110 §14.2).
    static func file(_ file: FileFacts, isHead: Bool, conditions: Conditions) -> Answer {
        var fields: HTTPHeaders = [
            "Accept-Ranges": "bytes", "ETag": file.tag.text, "Last-Modified": file.lastModified,
        ]
        if conditions.alreadyHas(file) {
            return Answer(status: .notModified, fields: fields, body: .none)
        }
        switch isHead ? .whole : conditions.part(of: file) {
        case .whole:
            fields.add(name: "Content-Type", value: file.contentType)
            fields.add(name: "Content-Length", value: "\(file.size)")
            return Answer(status: .ok, fields: fields, body: .file(0..<file.size))
        case .part(let part):
            fields.add(name: "Content-Type", value: file.contentType)
            fields.add(name: "Content-Length", value: "\(part.count)")
            fields.add(
                name: "Content-Range", value: "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(file.size)")
            return Answer(status: .partialContent, fields: fields, body: .file(part))
        case .unsatisfiable:
            return refusal(.rangeNotSatisfiable, fields: ["Content-Range": "bytes */\(file.size)"])
        }
    }

    /// A short text for people.
    ///
    /// - Parameter path: printable.
    static func refusal(_ status: HTTPResponseStatus, path: String = "", fields: HTTPHeaders = [:]) -> Answer {
        let subject = path.isEmpty ? "" : ": \(path)"
        let text = Array("\(status.code) \(status.reasonPhrase)\(subject)\n".utf8)
        var fields = fields
        fields.add(name: "Content-Type", value: ContentType.plainText)
        fields.add(name: "Content-Length", value: "\(text.count)")
        return Answer(status: status, fields: fields, body: .octets(text))
    }

    static func problem(_ problem: AssetProblem, path: String) -> Answer {
        switch problem {
        case .notFound: refusal(.notFound, path: path)
        case .denied: refusal(.forbidden, path: path)
        case .unreadable: refusal(.internalServerError, path: path)
        }
    }
}
