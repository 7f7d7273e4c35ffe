/// Several parts of a file as one body, `multipart/byteranges` (RFC 9110 §14.6).
struct Multipart: Equatable {
    let contentType: String
    let body: [Answer.Segment]

    /// - Parameter boundary: hard to guess, so that nobody can write a file in which it stands.
    init(_ parts: [Range<Int64>], of file: FileFacts, boundary: UInt64) {
        let mark = "pilotfish-" + String(boundary, radix: 36)
        contentType = "multipart/byteranges; boundary=" + mark
        let segments = parts.flatMap { part in
            let head =
                "\r\n--\(mark)\r\nContent-Type: \(file.contentType)\r\n"
                + "Content-Range: \(file.contentRange(part))\r\n\r\n"
            return [Answer.Segment.octets(Array(head.utf8)), .file(part)]
        }
        body = segments + [.octets(Array("\r\n--\(mark)--\r\n".utf8))]
    }
}

extension FileFacts {
    /// The `Content-Range` of a part that is not empty (RFC 9110 §14.4).
    func contentRange(_ part: Range<Int64>) -> String {
        "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)"
    }
}
