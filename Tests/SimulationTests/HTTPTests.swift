import Testing
import Wire

@testable import Simulation

@Suite("HTTP as a machine reads it")
struct HTTPTests {
    private static func read(_ pieces: [String], keeps: Bool, closes: Bool = false) -> ResponseReader {
        var reader = ResponseReader(keepsScript: keeps)
        for piece in pieces { reader.take(Array(piece.utf8)[...]) }
        if closes { reader.close() }
        return reader
    }

    private static let script = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nDate: x\r\n\r\n#!ipxe\nexit 1"

    @Test("a script, however it is cut", arguments: [1, 2, 7, 1000])
    func pieces(size: Int) {
        let octets = Array(Self.script)
        let pieces = stride(from: 0, to: octets.count, by: size).map {
            String(octets[$0..<min($0 + size, octets.count)])
        }
        let reader = Self.read(pieces, keeps: true)
        #expect(reader.phase == .complete)
        #expect(reader.status == 200)
        #expect(reader.received == 13)
        #expect(reader.script == "#!ipxe\nexit 1")
    }

    @Test("of a file only the number of octets is kept, and the rest may go unseen")
    func unseen() {
        var reader = Self.read(["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc"], keeps: false)
        #expect(reader.unseen == 97)
        reader.skip(97)
        #expect(reader.phase == .complete)
        #expect(reader.script == nil)
        let program = Self.read(["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nMZ"], keeps: true)
        #expect(program.unseen == 98)
    }

    @Test(
        "what breaks off is no file",
        arguments: [
            ("", "the connection closed unanswered"), ("HTTP/1.1 2", "half a response head"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "fewer octets than announced"),
            ("SSH-2.0\r\n\r\n", "no HTTP response"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "transfer-encoding chunked"),
        ])
    func broken(text: String, why: String) {
        #expect(Self.read([text], keeps: true, closes: true).phase == .failed(why))
    }

    @Test("an empty body, and one whose end is that of the connection")
    func ends() {
        #expect(Self.read(["HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"], keeps: true).phase == .complete)
        let open = Self.read(["HTTP/1.1 200 OK\r\n\r\nabc"], keeps: false, closes: true)
        #expect(open.phase == .complete)
        #expect(open.received == 3)
    }

    @Test("URLs")
    func locations() {
        let location = HTTPLocation("http://10.0.0.2:8080/install/t0/begin/3")
        #expect(location?.server.port == 8080)
        #expect(location?.token == "t0")
        #expect(location?.isBegin == true)
        #expect(HTTPLocation("http://10.0.0.2")?.target == "/")
        #expect(HTTPLocation("http://10.0.0.2/install/t0/k")?.isBegin == false)
        #expect(HTTPLocation("http://10.0.0.2/boot.ipxe")?.token == nil)
        for text in [
            "https://10.0.0.2/", "http://name/", "tftp://10.0.0.2/f", "http://10.0.0.2:0/", "http://1.2.3.4/ a",
        ] {
            #expect(HTTPLocation(text) == nil)
        }
    }
}
