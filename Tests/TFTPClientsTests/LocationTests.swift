import Testing
import Wire

@testable import TFTPClients

@Suite("addresses and figures")
struct LocationTests {
    @Test(
        "tftp addresses",
        arguments: [
            ("tftp://10.0.0.1/boot.ipxe", "10.0.0.1", 69, "boot.ipxe", "boot.ipxe"),
            ("TFTP://host:6969/a/b%20c", "host", 6969, "a/b c", "b c"),
            ("tftp://host//etc/x;mode=octet", "host", 69, "/etc/x", "x"), ("tftp://host/dir/", "host", 69, "dir/", ""),
            ("tftp://[2001:DB8::1]/f", "2001:db8::1", 69, "f", "f"), ("tftp://[::1]:6969/f", "::1", 6969, "f", "f"),
            ("tftp://[fe80::1%eth0]:70/f", "fe80::1%eth0", 70, "f", "f"),
            ("tftp://[fe80::1%25eth0]/f", "fe80::1%eth0", 69, "f", "f"),
            ("tftp://[fe80::1%25]/f", "fe80::1%25", 69, "f", "f"),
        ])
    func good(text: String, host: String, port: Int, name: String, last: String) throws {
        let location = try #require(TFTPLocation(text))
        #expect(location.host == host)
        #expect(Int(location.port) == port)
        #expect(location.name == Array(name.utf8))
        #expect(location.lastComponent == last)
    }

    @Test(
        "what is none",
        arguments: [
            "", "host/file", "http://host/file", "tftp://host", "tftp:///file", "tftp://host/", "tftp://host:0/f",
            "tftp://host:x/f", "tftp://host:70000/f", "tftp://a:1:2/f", "tftp://host/%", "tftp://host/%+1",
            "tftp://host/a%00b", "tftp://::1/f", "tftp://[::1/f", "tftp://[::1]x/f", "tftp://[::1]:/f", "tftp://[]/f",
            "tftp://[10.0.0.1]/f", "tftp://[host]/f", "tftp://[::1%eth0]/f", "tftp://[fe80::1%]/f",
        ])
    func bad(text: String) {
        #expect(TFTPLocation(text) == nil)
    }

    @Test("what is delayed comes in order, after its time")
    func delayLine() {
        var line = DelayLine(delay: .microseconds(10), capacity: 2)
        let start = Instant(nanoseconds: 1_000)
        line.append(7, now: start)
        line.append(9, now: start + .microseconds(4))
        #expect(line.isFull)
        #expect(line.popDue(now: start + .microseconds(9)) == nil)
        #expect(line.popDue(now: start + .microseconds(12)) == 7)
        #expect(line.popDue(now: start + .microseconds(12)) == nil)
        line.append(8, now: start + .microseconds(12))
        #expect(line.popDue(now: start + .microseconds(30)) == 9)
        #expect(line.popDue(now: start + .microseconds(30)) == 8)
        #expect(line.next == .never)
    }
}
