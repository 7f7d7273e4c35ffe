import Foundation
import Hummingbird
import Wire

/// The web page, and the description of the API: files that are part of the program.
struct PageFile: Sendable {
    private let octets: [UInt8]
    private let type: String
    private let tag: String
    /// What the page may load and run; nil for what is no page.
    private let policy: String?

    static let page = PageFile(PackageResources.page_html, type: "text/html; charset=utf-8", isPage: true)
    static let description = PageFile(PackageResources.openapi_json, type: "application/json", isPage: false)

    init(_ octets: [UInt8], type: String, isPage: Bool) {
        self.octets = octets
        self.type = type
        tag = "\"\(Self.digest(octets).prefix(32))\""
        policy = isPage ? Self.policy(for: octets) : nil
    }

    /// - Parameter known: the tags that the browser has already (`If-None-Match`).
    func response(known: String?) -> Response {
        let isKnown = known?.split(separator: ",").contains { Self.trimmed($0) == tag || $0 == "*" } == true
        var headers: HTTPFields = [.eTag: tag, .cacheControl: "no-cache"]
        if let policy { headers[.contentSecurityPolicy] = policy }
        guard !isKnown else { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = type
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: octets)))
    }

    /// A tag without blanks and the mark of a weak one.
    private static func trimmed(_ tag: Substring) -> Substring {
        let tag = tag.drop { $0 == " " }
        return tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
    }

    /// The page's own scripts run, known by what they hold, and no other, wherever one might be put in.
    private static func policy(for page: [UInt8]) -> String {
        let scripts = inlineScripts(of: page).map { "'sha256-\(base64(ofHexadecimal: digest(Array($0.utf8))))'" }
        return [
            "default-src 'self'", "script-src " + (["'self'"] + scripts).joined(separator: " "),
            "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "object-src 'none'", "base-uri 'none'",
            "form-action 'none'", "frame-ancestors 'none'",
        ].joined(separator: "; ")
    }

    static func inlineScripts(of page: [UInt8]) -> [String] {
        String(decoding: page, as: UTF8.self).components(separatedBy: "<script").dropFirst().compactMap { part in
            guard let start = part.firstIndex(of: ">"), let end = part.range(of: "</script>") else { return nil }
            return String(part[part.index(after: start)..<end.lowerBound])
        }
    }

    private static func digest(_ octets: [UInt8]) -> String {
        var hash = SHA256()
        hash.update(octets.span.bytes)
        return hash.digest
    }

    private static func base64(ofHexadecimal text: String) -> String {
        let digits = Array(text)
        let octets = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0..<$0 + 2]), radix: 16)
        }
        return Data(octets).base64EncodedString()
    }
}
