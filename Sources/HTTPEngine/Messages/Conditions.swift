import NIOHTTP1

/// The fields of a request on which the answer for a file depends (RFC 9110 §13 and §14).
struct Conditions: Equatable {
    var range: [String] = []
    var ifRange: [String] = []
    var ifNoneMatch: [String] = []
    var ifModifiedSince: [String] = []

    init() {}

    init(_ fields: HTTPHeaders) {
        range = fields["Range"]
        ifRange = fields["If-Range"]
        ifNoneMatch = fields["If-None-Match"]
        ifModifiedSince = fields["If-Modified-Since"]
    }

    /// Whether the client holds this state of the file already. A date counts only as the one we gave, letter for letter,
    /// and only when there is no tag (RFC 9110 §13.1.3).
    func alreadyHas(_ file: FileFacts) -> Bool {
        guard let validators = file.validators else { return false }
        return ifNoneMatch.isEmpty
            ? ifModifiedSince == [validators.lastModified] : validators.tag.isAmong(ifNoneMatch)
    }

    /// The parts of `file` that are asked for; the whole if it is no longer the file that the client began with
    /// (RFC 9110 §13.1.5; weak tags never match).
    func part(of file: FileFacts) -> RangeRequest {
        let states = file.validators.map { [[$0.tag.text], [$0.lastModified]] } ?? []
        guard range.count == 1, ifRange.isEmpty || states.contains(ifRange) else { return .whole }
        return RangeRequest(range[0], size: file.size)
    }
}
