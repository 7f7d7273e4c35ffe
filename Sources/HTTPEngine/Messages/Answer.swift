import Assets
import LinuxIO
import NIOHTTP1

/// What a response says of a file's state.
struct Validators: Equatable {
    let tag: EntityTag
    /// As in the `Last-Modified` field.
    let lastModified: String

    init(_ identity: FileIdentity) {
        tag = EntityTag(identity)
        lastModified = HTTPDate.text(seconds: identity.modified / 1_000_000_000)
    }
}

/// What a response says of a file.
struct FileFacts: Equatable {
    /// Octets.
    let size: Int64
    /// Nil for a file that is not all there yet: no condition on it holds.
    let validators: Validators?
    let contentType: String

    /// - Parameter path: as asked for; its ending gives the content type.
    init(size: Int64, validators: Validators?, path: [UInt8]) {
        self.size = size
        self.validators = validators
        contentType = ContentType.of(path: path)
    }
}

/// A response as a plain value, decided before anything is sent.
struct Answer: Equatable {
    enum Segment: Equatable {
        case octets([UInt8])
        /// These octets of the file that was opened.
        case file(Range<Int64>)

        /// Octets.
        var length: Int64 {
            switch self {
            case .octets(let octets): Int64(octets.count)
            case .file(let range): Int64(range.count)
            }
        }
    }

    let status: HTTPResponseStatus
    /// All fields but `Date` and `Connection`.
    var fields: HTTPHeaders
    /// What the body is made of, in order.
    var body: [Segment]

    /// The answer to HEAD: the same fields, no body (RFC 9110 §9.3.2).
    var withoutBody: Answer {
        Answer(status: status, fields: fields, body: [])
    }

    /// Octets of the body.
    var length: Int64 { body.reduce(0) { $0 + $1.length } }
}

extension Answer {
    /// A script made for this client and this moment.
    static func generated(_ octets: [UInt8]) -> Answer {
        let fields: HTTPHeaders = [
            "Content-Type": ContentType.plainText, "Content-Length": "\(octets.count)", "Cache-Control": "no-store",
        ]
        return Answer(status: .ok, fields: fields, body: [.octets(octets)])
    }

    /// A file, or the parts of it that are asked for. HEAD has no parts: a range is defined for GET only (RFC 9110 §14.2).
    ///
    /// - Parameter boundary: what keeps several parts from each other; asked for only then.
    static func file(
        _ file: FileFacts, isHead: Bool, conditions: Conditions,
        boundary: @autoclosure () -> UInt64 = .random(in: 0...(.max))
    ) -> Answer {
        var fields: HTTPHeaders = ["Accept-Ranges": "bytes"]
        if let validators = file.validators {
            fields.add(name: "ETag", value: validators.tag.text)
            fields.add(name: "Last-Modified", value: validators.lastModified)
        }
        if conditions.alreadyHas(file) {
            return Answer(status: .notModified, fields: fields, body: [])
        }
        switch isHead ? .whole : conditions.part(of: file) {
        case .whole:
            return content(.ok, [.file(0..<file.size)], file.contentType, fields)
        case .parts(let parts):
            if parts.count > 1 {
                let multipart = Multipart(parts, of: file, boundary: boundary())
                return content(.partialContent, multipart.body, multipart.contentType, fields)
            }
            fields.add(name: "Content-Range", value: file.contentRange(parts[0]))
            return content(.partialContent, [.file(parts[0])], file.contentType, fields)
        case .unsatisfiable:
            return refusal(.rangeNotSatisfiable, fields: ["Content-Range": "bytes */\(file.size)"])
        }
    }

    private static func content(
        _ status: HTTPResponseStatus, _ body: [Segment], _ type: String, _ fields: HTTPHeaders
    ) -> Answer {
        var answer = Answer(status: status, fields: fields, body: body)
        answer.fields.add(name: "Content-Type", value: type)
        answer.fields.add(name: "Content-Length", value: "\(answer.length)")
        return answer
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
        return Answer(status: status, fields: fields, body: [.octets(text)])
    }

    static func problem(_ problem: AssetProblem, path: String) -> Answer {
        switch problem {
        case .notFound: refusal(.notFound, path: path)
        case .denied: refusal(.forbidden, path: path)
        case .unreadable: refusal(.internalServerError, path: path)
        // RFC 7617: iPXE and browsers then ask for it, or send what they have.
        case .locked:
            refusal(.unauthorized, path: path, fields: ["WWW-Authenticate": "Basic realm=\"Pilotfish\""])
        case .incomplete(let missing):
            refusal(.internalServerError, path: "\(path): no value is known for \(missing.joined(separator: ", "))")
        case .notWritten(let why): refusal(.serviceUnavailable, path: "\(path): \(why)", fields: ["Retry-After": "10"])
        case .upstream(let failure):
            refusal(failure.isTimeout ? .gatewayTimeout : .badGateway, path: "\(path): \(failure.text)")
        }
    }
}
