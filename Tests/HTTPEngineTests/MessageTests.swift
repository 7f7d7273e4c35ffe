import Assets
import LinuxIO
import NIOHTTP1
import Testing
import Wire

@testable import HTTPEngine

@Suite("pure parts")
struct MessageTests {
    @Test(
        "printable text",
        arguments: [
            ("/boot.ipxe", "/boot.ipxe"), ("a b", "a b"), ("a\r\n\u{1b}[31m", "a%0D%0A%1B[31m"), ("100%", "100%25"),
            ("\u{e9}\u{7f}", "%C3%A9%7F"),
        ])
    func printable(path: String, text: String) {
        #expect(PercentCoding.printable(path.utf8) == text)
    }

    @Test("printable text has an end")
    func printableEnds() {
        let text = PercentCoding.printable(repeatElement(UInt8(ascii: "x"), count: 100_000))
        #expect(text == String(repeating: "x", count: 256) + "...")
    }

    @Test(
        "request targets",
        arguments: [
            ("/", "/"), ("/a/b", "/a/b"), ("/a?b=/c", "/a"), ("/a#b", "/a"), ("//grubx64.efi", "//grubx64.efi"),
            ("/%2e%2e/x", "/../x"), ("/a%3Fb", "/a?b"), ("http://h/a", "/a"), ("HTTP://h:80/a?x", "/a"),
            ("https://h/a", "/a"), ("http://h", "/"), ("http://h?x", "/"), ("http://", "/"), ("*", nil), ("h:80", nil),
            ("", nil), ("?x", nil), ("a", nil), ("ftp://h/a", nil), ("/%", nil), ("/a%zz", nil),
        ] as [(String, String?)])
    func targets(target: String, path: String?) {
        #expect(RequestTarget(target)?.path == path.map { Array($0.utf8) })
    }

    @Test(
        "ranges of ten octets",
        arguments: [
            ("bytes=0-4", .parts([0..<5])), ("bytes=5-", .parts([5..<10])), ("bytes=-3", .parts([7..<10])),
            ("bytes=0-", .parts([0..<10])), ("bytes=9-9", .parts([9..<10])), ("bytes=2-99", .parts([2..<10])),
            ("bytes=-99", .parts([0..<10])), ("Bytes= 1-2 ", .parts([1..<3])),
            ("bytes=10-", .unsatisfiable), ("bytes=10-20", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            ("bytes=99999999999999999999-", .unsatisfiable),
            ("bytes=1-99999999999999999999", .parts([1..<10])), ("bytes=-99999999999999999999", .parts([0..<10])),
            ("bytes=0-9223372036854775807", .parts([0..<10])), ("bytes=9223372036854775807-", .unsatisfiable),
            ("bytes=5-4", .whole), ("bytes=-", .whole), ("bytes=", .whole), ("bytes", .whole), ("", .whole),
            ("bytes=0-1,3-4", .parts([0..<5])), ("bytes=-1,0-1", .parts([0..<10])), ("bytes=a-b", .whole),
            ("bytes=+1-2", .whole),
            ("bytes=1--2", .whole), ("bytes=1 -2", .whole), ("lines=0-4", .whole), ("bytes =0-4", .whole),
        ] as [(String, RangeRequest)])
    func ranges(field: String, expected: RangeRequest) {
        #expect(RangeRequest(field, size: 10) == expected)
    }

    @Test(
        "several ranges of ten thousand octets",
        arguments: [
            ("bytes=0-1,500-501", .parts([0..<2, 500..<502])), ("bytes=500-501 ,\t0-1", .parts([500..<502, 0..<2])),
            ("bytes=-1,0-", .parts([0..<10_000])), ("bytes=0-,0-,0-,-10000", .parts([0..<10_000])),
            ("bytes=0-1,129-130", .parts([0..<131])), ("bytes=0-1,130-131", .parts([0..<2, 130..<132])),
            ("bytes=0-0,4000-4000,300-300,250-290", .parts([0..<1, 4000..<4001, 250..<301])),
            // The last joins all before it, and stands where the first of them did.
            ("bytes=9000-,0-1,300-301,120-200", .parts([9000..<10_000, 0..<302])),
            ("bytes=10000-,0-1", .parts([0..<2])), ("bytes=10000-,-0", .unsatisfiable),
            ("bytes=0-1,,500-501,", .parts([0..<2, 500..<502])), ("bytes=,", .whole),
            ("bytes=0-1,5-4", .whole), ("bytes=0-1,x", .whole), ("bytes=0-1;500-501", .whole),
        ] as [(String, RangeRequest)])
    func severalRanges(field: String, expected: RangeRequest) {
        #expect(RangeRequest(field, size: 10_000) == expected)
    }

    @Test("nobody is sent more than the file for asking in small pieces", arguments: [1, 16, 17, 10_000])
    func manyRanges(count: Int) {
        let field = "bytes=" + (0..<count).map { "\($0 * 500)-\($0 * 500)" }.joined(separator: ",")
        let expected = count > RangeRequest.most ? nil : (0..<Int64(count)).map { $0 * 500..<$0 * 500 + 1 }
        #expect(RangeRequest(field, size: 1 << 40) == expected.map { .parts($0) } ?? .whole)
        let same = "bytes=" + Array(repeating: "0-", count: min(count, 16)).joined(separator: ",")
        #expect(RangeRequest(same, size: 1 << 40) == .parts([0..<1 << 40]))
    }

    @Test("an empty file has no part", arguments: ["bytes=0-", "bytes=0-0", "bytes=-5"])
    func emptyFile(field: String) {
        #expect(RangeRequest(field, size: 0) == .unsatisfiable)
    }

    @Test(
        "content types",
        arguments: [
            ("/ipxe.efi", "application/efi"), ("/BOOTX64.EFI", "application/efi"),
            ("/a.iso", "application/vnd.efi-iso"), ("/a.img", "application/vnd.efi-img"),
            ("/boot.ipxe", "text/plain; charset=utf-8"), ("/vmlinuz", "application/octet-stream"),
            ("/a.efi/b", "application/octet-stream"), ("/a.", "application/octet-stream"),
            ("", "application/octet-stream"), ("/a.efi.gz", "application/gzip"), ("/.json", "application/json"),
            ("/user.yaml", "application/yaml"), ("/a.YML", "application/yaml"), ("/config.ign", "application/json"),
            ("/live/filesystem.squashfs", "application/vnd.squashfs"), ("/initrd.xz", "application/x-xz"),
            ("/a.tar.zst", "application/zstd"), ("/boot.wim", "application/x-ms-wim"),
            ("/index.html", "text/html; charset=utf-8"), ("/unattend.xml", "text/xml; charset=utf-8"),
            ("/preseed.cfg", "text/plain; charset=utf-8"), ("/SHA256SUMS", "application/octet-stream"),
            ("/a.\u{e9}", "application/octet-stream"),
        ])
    func contentTypes(path: String, type: String) {
        #expect(ContentType.of(path: Array(path.utf8)) == type)
    }

    @Test(
        "dates",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        ] as [(Int64, String)])
    func dates(seconds: Int64, text: String) {
        #expect(HTTPDate.text(seconds: seconds) == text)
    }
}
