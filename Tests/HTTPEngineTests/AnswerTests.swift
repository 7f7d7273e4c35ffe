import Assets
import LinuxIO
import NIOHTTP1
import Testing

@testable import HTTPEngine

@Suite("answers for files")
struct AnswerTests {
    /// A file of ten octets and its tag, or one that is said to be larger.
    private static func tenOctets(size: Int64 = 10) throws -> FileFacts {
        let folder = try Folder()
        folder.write("ten.efi", Array("0123456789".utf8))
        let file = try OpenFile(hostPath: folder.path + "/ten.efi")
        return FileFacts(size: size, validators: Validators(file.identity), path: Array("/ten.efi".utf8))
    }

    private static func conditions(_ change: (inout Conditions) -> Void) -> Conditions {
        var conditions = Conditions()
        change(&conditions)
        return conditions
    }

    @Test("C99 a whole file, with all that EDK2 wants to read of it")
    func whole() throws {
        let file = try Self.tenOctets()
        let answer = Answer.file(file, isHead: false, conditions: Conditions())
        #expect(answer.status == .ok)
        #expect(answer.body == [.file(0..<10)])
        #expect(answer.fields["Content-Length"] == ["10"])
        #expect(answer.fields["Content-Type"] == ["application/efi"])
        #expect(answer.fields["Accept-Ranges"] == ["bytes"])
        #expect(answer.fields["ETag"] == [file.tagText])
        #expect(file.tagText.hasPrefix("\"") && file.tagText.hasSuffix("\""))
        #expect(answer.withoutBody.fields == answer.fields)
        #expect(answer.withoutBody.length == 0)
    }

    @Test("several parts in one body, in the order in which they were asked for")
    func parts() throws {
        let file = try Self.tenOctets(size: 10_000)
        let asked = Self.conditions { $0.range = ["bytes=-1, 0-1"] }
        let answer = Answer.file(file, isHead: false, conditions: asked, boundary: 35)
        #expect(answer.status == .partialContent)
        #expect(answer.fields["Content-Type"] == ["multipart/byteranges; boundary=pilotfish-z"])
        #expect(answer.fields["Content-Range"].isEmpty)
        let frame = "\r\n--pilotfish-z\r\nContent-Type: application/efi\r\nContent-Range: bytes "
        #expect(
            answer.body == [
                .octets(Array((frame + "9999-9999/10000\r\n\r\n").utf8)), .file(9999..<10_000),
                .octets(Array((frame + "0-1/10000\r\n\r\n").utf8)), .file(0..<2),
                .octets(Array("\r\n--pilotfish-z--\r\n".utf8)),
            ])
        #expect(answer.fields["Content-Length"] == ["\(answer.length)"])
        let former = Self.conditions {
            $0.range = asked.range
            $0.ifRange = ["\"x\""]
        }
        #expect(Answer.file(file, isHead: false, conditions: former).body == [.file(0..<10_000)])
    }

    @Test("a range is for GET, and once only")
    func ranges() throws {
        let file = try Self.tenOctets()
        let part = Self.conditions { $0.range = ["bytes=2-4"] }
        let answer = Answer.file(file, isHead: false, conditions: part)
        #expect(answer.status == .partialContent)
        #expect(answer.body == [.file(2..<5)])
        #expect(answer.fields["Content-Length"] == ["3"])
        #expect(answer.fields["Content-Range"] == ["bytes 2-4/10"])
        #expect(Answer.file(file, isHead: true, conditions: part).status == .ok)
        let twice = Self.conditions { $0.range = ["bytes=2-4", "bytes=5-6"] }
        #expect(Answer.file(file, isHead: false, conditions: twice).body == [.file(0..<10)])
        let beyond = Answer.file(file, isHead: false, conditions: Self.conditions { $0.range = ["bytes=10-"] })
        #expect(beyond.status == .rangeNotSatisfiable)
        #expect(beyond.fields["Content-Range"] == ["bytes */10"])
    }

    @Test("If-Range: the part only of the same file")
    func ifRange() throws {
        let file = try Self.tenOctets()
        let same = [file.tagText, file.lastModified]
        let other = ["\"x\"", "W/" + file.tagText, HTTPDate.text(seconds: 0), ""]
        for (field, status) in same.map({ ($0, HTTPResponseStatus.partialContent) }) + other.map({ ($0, .ok) }) {
            let conditions = Self.conditions {
                $0.range = ["bytes=2-4"]
                $0.ifRange = [field]
            }
            #expect(Answer.file(file, isHead: false, conditions: conditions).status == status, "\(field)")
        }
    }

    @Test("If-None-Match and If-Modified-Since: 304 for what the client has")
    func notModified() throws {
        let file = try Self.tenOctets()
        let tag = file.tagText
        let has = [[tag], ["W/" + tag], ["*"], ["\"x\", \(tag)"], ["\"x\"", " " + tag + "\t"]]
        for tags in has {
            let answer = Answer.file(file, isHead: false, conditions: Self.conditions { $0.ifNoneMatch = tags })
            #expect(answer.status == .notModified, "\(tags)")
            #expect(answer.length == 0)
            #expect(answer.fields["ETag"] == [tag])
        }
        let date = Self.conditions { $0.ifModifiedSince = [file.lastModified] }
        #expect(Answer.file(file, isHead: true, conditions: date).status == .notModified)
        let tagWins = Self.conditions {
            $0.ifModifiedSince = [file.lastModified]
            $0.ifNoneMatch = ["\"x\""]
        }
        #expect(Answer.file(file, isHead: false, conditions: tagWins).status == .ok)
    }

    @Test("another state of the file, another tag")
    func tags() throws {
        let folder = try Folder()
        folder.write("a", [1])
        let before = try OpenFile(hostPath: folder.path + "/a").identity
        folder.write("a", [1, 2])
        let after = try OpenFile(hostPath: folder.path + "/a").identity
        #expect(EntityTag(before) == EntityTag(before))
        #expect(EntityTag(before) != EntityTag(after))
    }

    @Test(
        "problems have a status and a text",
        arguments: [
            (AssetProblem.notFound, "404 Not Found: /x\n"), (.denied, "403 Forbidden: /x\n"),
            (.locked, "401 Unauthorized: /x\n"),
            (
                .incomplete(missing: ["a", "b"]),
                "500 Internal Server Error: /x: no value is known for a, b\n"
            ),
            (.notWritten(why: "no room"), "503 Service Unavailable: /x: no room\n"),
            (.unreadable, "500 Internal Server Error: /x\n"),
        ])
    func problems(problem: AssetProblem, text: String) {
        let answer = Answer.problem(problem, path: "/x")
        #expect(answer.body == [.octets(Array(text.utf8))])
        #expect(answer.fields["Content-Length"] == ["\(text.utf8.count)"])
        #expect(answer.fields["Content-Type"] == ["text/plain; charset=utf-8"])
    }
}

@Suite("answers for files that are being fetched")
struct GrowingAnswerTests {
    private static let file = FileFacts(size: 10, validators: nil, path: Array("/linux".utf8))

    @Test("parts are given, and no condition holds: nobody knows yet which state it is")
    func conditions() {
        var conditions = Conditions()
        conditions.range = ["bytes=2-4"]
        #expect(Answer.file(Self.file, isHead: false, conditions: conditions).body == [.file(2..<5)])
        conditions.ifRange = ["\"x\""]
        conditions.ifNoneMatch = ["*"]
        let whole = Answer.file(Self.file, isHead: false, conditions: conditions)
        #expect(whole.body == [.file(0..<10)])
        #expect(whole.fields["ETag"] == [] && whole.fields["Last-Modified"] == [])
        #expect(whole.fields["Content-Length"] == ["10"])
    }

    @Test("what upstream does not give is the gateway's failure, with the reason")
    func upstream() {
        let refused = Answer.problem(.upstream(UpstreamFailure("no route")), path: "/linux")
        #expect(refused.status == .badGateway)
        #expect(refused.body == [.octets(Array("502 Bad Gateway: /linux: no route\n".utf8))])
        let late = Answer.problem(.upstream(UpstreamFailure("no word", isTimeout: true)), path: "/linux")
        #expect(late.status == .gatewayTimeout)
    }
}

extension FileFacts {
    fileprivate var tagText: String { validators?.tag.text ?? "" }
    fileprivate var lastModified: String { validators?.lastModified ?? "" }
}
