import Foundation
import Hummingbird

/// A request that is not carried out, and what the caller is told.
struct Refusal: Error, Equatable {
    var status: HTTPResponse.Status
    /// A word for programs.
    var code: String
    /// A sentence for people.
    var message: String
    /// Fields beside those that every answer has.
    var fields: [String: String] = [:]

    static func badRequest(_ message: String) -> Refusal {
        Refusal(status: .badRequest, code: "bad-request", message: message)
    }

    static func notFound(_ message: String) -> Refusal {
        Refusal(status: .notFound, code: "not-found", message: message)
    }

    static func unavailable(_ message: String) -> Refusal {
        Refusal(status: .serviceUnavailable, code: "unavailable", message: message, fields: ["Retry-After": "1"])
    }

    static func tooMany(_ message: String) -> Refusal {
        Refusal(status: .tooManyRequests, code: "too-many", message: message, fields: ["Retry-After": "1"])
    }

    /// What became of a question.
    ///
    /// - Parameter refused: what it means when the service says that it cannot.
    init(_ failure: AskFailure, refused: (String) -> Refusal) {
        switch failure {
        case .busy: self = .unavailable("too many questions wait for the service already")
        case .unavailable(let why): self = .unavailable(why)
        case .notKnown(let why): self = Refusal(status: .notImplemented, code: "not-known", message: why)
        case .refused(let why): self = refused(why)
        }
    }

    init(status: HTTPResponse.Status, code: String, message: String, fields: [String: String] = [:]) {
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields
    }

    var response: Response {
        let error = "\"code\":\(JSONWord.quoted(code)),\"message\":\(JSONWord.quoted(message))"
        var response = Response.json("{\"error\":{\(error)}}", status: status)
        for (name, value) in fields {
            if let name = HTTPFields.Element.Name(name) { response.headers[name] = value }
        }
        return response
    }
}

enum JSONWord {
    /// A text as JSON writes it (RFC 8259 §7).
    static func quoted(_ text: String) -> String {
        let inner = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\n": "\\n"
            case _ where scalar.value < 0x20:
                "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"" + inner.joined() + "\""
    }

    /// The only member of an object, which has to be a text; nil for anything else.
    static func member(_ name: String, of body: [UInt8]) -> String? {
        guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any], object.count == 1
        else { return nil }
        return object[name] as? String
    }
}

extension Response {
    static func json(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// What every answer says to browsers: no content is taken for another kind, nobody frames it, and nobody is told of it.
    mutating func harden() {
        headers[.xContentTypeOptions] = "nosniff"
        for (name, value) in Self.rules where HTTPFields.Element.Name(name).map({ headers[$0] == nil }) == true {
            if let name = HTTPFields.Element.Name(name) { headers[name] = value }
        }
    }

    private static let rules = [
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"), ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin"),
    ]
}
