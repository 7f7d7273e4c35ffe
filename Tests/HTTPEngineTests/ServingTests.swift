import BootPolicy
import Exchange
import Glibc
import HTTPEngine
import LinuxIO
import Testing
import Wire

@Suite("serving over a real socket")
struct ServingTests {
    @Test("a whole file", arguments: [0, 1, 262_144, 1_048_577, 3_000_001])
    func wholeFile(size: Int) throws {
        try Stand.run { stand in
            let octets = pattern(size)
            stand.folder.write("a.efi", octets)
            let response = try stand.connect().ask("GET", "/a.efi")
            #expect(response.status == 200)
            #expect(response.body == octets)
            #expect(response.fields["content-type"] == "application/efi")
            #expect(response.fields["date"]?.hasSuffix(" GMT") == true)
            let facts = try #require(stand.ended().first)
            #expect(facts.isComplete && facts.bytes == Int64(size) && facts.status == 200 && facts.path == "/a.efi")
            #expect(facts.client.address == IPAddress(IPv4Address(127, 0, 0, 1)) && facts.client.port != 0)
            #expect(stand.context.counters[.httpRequests] == 1)
            #expect(stand.context.counters[.httpBytes] == size)
            #expect(stand.context.counters[.httpFailed] == 0)
        }
    }

    @Test("C99 HEAD says what GET would, and sends nothing")
    func head() throws {
        try Stand.run { stand in
            stand.folder.write("a", pattern(5000))
            let client = try stand.connect()
            let head = try client.ask("HEAD", "/a")
            #expect(head.status == 200 && head.fields["content-length"] == "5000")
            // Had a body come, it would be taken for the next head.
            let get = try client.ask("GET", "/a")
            #expect(get.body == pattern(5000) && get.fields["etag"] == head.fields["etag"])
            #expect(stand.ended(2).map(\.bytes) == [0, 5000])
            #expect(try client.ask("HEAD", "/none").status == 404)
            #expect(try client.ask("HEAD", "/boot.ipxe").status == 200)
            #expect(try client.ask("GET", "/a").status == 200)
        }
    }

    @Test("ranges and validators")
    func ranges() throws {
        try Stand.run { stand in
            let octets = pattern(600_000)
            stand.folder.write("a", octets)
            let client = try stand.connect()
            let middle = try client.ask("GET", "/a", ["Range: bytes=1000-499999"])
            #expect(middle.status == 206 && middle.body == Array(octets[1000..<500_000]))
            #expect(middle.fields["content-range"] == "bytes 1000-499999/600000")
            #expect(try client.ask("GET", "/a", ["Range: bytes=599999-"]).body == [octets[599_999]])
            #expect(try client.ask("GET", "/a", ["Range: bytes=-2"]).body == Array(octets.suffix(2)))
            #expect(try client.ask("GET", "/a", ["Range: bytes=0-1,5-6"]).body == Array(octets[0..<7]))
            let parts = try client.ask("GET", "/a", ["Range: bytes=599999-,0-299999"])
            let mark = try #require(parts.fields["content-type"]?.split(separator: "=").last)
            let frames = ["599999-599999", "0-299999"].map {
                Array(
                    "\r\n--\(mark)\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes \($0)/600000\r\n\r\n"
                        .utf8)
            }
            let end = Array("\r\n--\(mark)--\r\n".utf8)
            #expect(parts.status == 206)
            #expect(parts.body == frames[0] + [octets[599_999]] + frames[1] + octets[..<300_000] + end)
            let beyond = try client.ask("GET", "/a", ["Range: bytes=600000-"])
            #expect(beyond.status == 416 && beyond.fields["content-range"] == "bytes */600000")
            let tag = try #require(middle.fields["etag"])
            #expect(try client.ask("GET", "/a", ["If-None-Match: \(tag)"]).status == 304)
            #expect(try client.ask("GET", "/a", ["Range: bytes=0-0", "If-Range: \(tag)"]).status == 206)
            #expect(try client.ask("GET", "/a", ["Range: bytes=0-0", "If-Range: \"x\""]).status == 200)
        }
    }

    @Test("keep-alive, close, and HTTP/1.0")
    func keepAlive() throws {
        try Stand.run { stand in
            stand.folder.write("a", [1, 2, 3])
            let client = try stand.connect()
            #expect(try client.ask("GET", "/a").fields["connection"] == "keep-alive")
            #expect(try client.ask("GET", "/a", ["Connection: close"]).body == [1, 2, 3])
            #expect(client.receive() == 0)
            let old = try stand.connect()
            old.send("GET /a HTTP/1.0\r\n\r\n")
            let response = try old.read()
            #expect(response.body == [1, 2, 3] && response.fields["connection"] == "close")
            #expect(old.receive() == 0)
        }
    }

    @Test("who offers another protocol is answered in this one, and may come again")
    func upgrade() throws {
        try Stand.run { stand in
            stand.folder.write("a", [1, 2, 3])
            let client = try stand.connect()
            let offer = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"]
            let response = try client.ask("GET", "/a", offer)
            #expect(response.body == [1, 2, 3] && response.fields["connection"] == "close")
            #expect(client.receive() == 0)
            let tunnel = try stand.connect()
            #expect(try tunnel.ask("CONNECT", "a:80").status == 405)
            #expect(tunnel.receive() == 0)
        }
    }

    @Test("pipelined requests are answered in order")
    func pipelining() throws {
        try Stand.run { stand in
            stand.folder.write("a", pattern(400_000))
            stand.folder.write("b", [7])
            let client = try stand.connect()
            client.send(
                "GET /a HTTP/1.1\r\nHost: h\r\n\r\nPUT /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n"
            )
            #expect(try client.read().body == pattern(400_000))
            #expect(try client.read().status == 405)
            #expect(try client.read().body == [7])
        }
    }

    @Test("thousands of bad requests at once do not exhaust the stack")
    func badRequestStorm() throws {
        try Stand.run { stand in
            let client = try stand.connect()
            let count = 3000
            let wait = onThread { [descriptor = client.descriptor.number] in
                let storm = Array(String(repeating: "PUT / HTTP/1.1\r\n\r\n", count: count).utf8)
                var rest = storm[...]
                while !rest.isEmpty {
                    let sent = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                    guard sent > 0 else { return }
                    rest = rest.dropFirst(sent)
                }
            }
            for _ in 0..<count { #expect(try client.read().status == 405) }
            wait()
        }
    }

    @Test("who asks for the impossible is told so, and may go on asking")
    func refusals() throws {
        try Stand.run { stand in
            stand.folder.write("a", [1])
            symlink("/etc/hostname", stand.folder.path + "/link")
            let client = try stand.connect()
            let missing = try client.ask("GET", "/no%0a%1bne")
            #expect(missing.status == 404)
            let named = try client.ask("GET", "/no%C3%A9ne")
            #expect(named.text == "404 Not Found: /no%C3%A9ne\n")
            for path in ["/../x", "/%2e%2e/x", "/..%2fx", "/a/../a", "/%5c..%5cx", "/link"] {
                #expect(try client.ask("GET", path).status == 403, "\(path)")
            }
            for path in ["/%", "/%zz", "*", "x"] {
                let response = try stand.connect().ask("GET", path)
                #expect(response.status == 400, "\(path)")
            }
            let post = try client.ask("POST", "/a", ["Content-Length: 0"])
            #expect(post.status == 405 && post.fields["allow"] == "GET, HEAD")
            #expect(try client.ask("GET", "/").status == 404)
            #expect(try client.ask("GET", "/a/b").status == 404)
            #expect(try client.ask("GET", "//a").body == [1])
            #expect(try client.ask("GET", "/a?x=../y").body == [1])
            #expect(try client.ask("GET", "http://somewhere/a").body == [1])
        }
    }

    @Test("what is no HTTP gets 400 and is counted, not told")
    func garbage() throws {
        try Stand.run { stand in
            let client = try stand.connect()
            client.send("\u{1}\u{2}\u{3} hello\r\n\r\n")
            #expect(try client.read().status == 400)
            #expect(client.receive() <= 0)
            let long = try stand.connect()
            long.send("GET / HTTP/1.1\r\nX: " + String(repeating: "x", count: 100_000) + "\r\n\r\n")
            _ = long.drain()
            #expect(stand.context.counters[.httpFailed] == 2)
            #expect(stand.context.events.drain().events.isEmpty)
        }
    }

    @Test("a request body is thrown away, and bounded")
    func requestBody() throws {
        try Stand.run { stand in
            stand.folder.write("a", [1])
            let client = try stand.connect()
            client.request("GET", "/a", ["Content-Length: 5"])
            client.send("hello")
            #expect(try client.read().body == [1])
            client.request("GET", "/a", ["Content-Length: 70000"])
            client.send(String(repeating: "x", count: 70_000))
            let response = try client.read()
            #expect(response.status == 413 && response.fields["connection"] == "close")
            #expect(client.receive() <= 0)
        }
    }

    @Test("the script names the address that the client asked on")
    func script() throws {
        try Stand.run { stand in
            for text in ["127.0.0.1", "127.0.0.2", "::1"] {
                let address = try #require(IPAddress(text))
                let response = try stand.connect(address).ask("GET", "/boot.ipxe")
                #expect(response.status == 200 && response.text.hasPrefix("#!ipxe\n"))
                #expect(response.text.contains("http://\(address.urlHost):\(stand.port)/vmlinuz"))
                #expect(response.fields["content-type"] == "text/plain; charset=utf-8")
                #expect(response.fields["cache-control"] == "no-store")
            }
        }
    }

    @Test("an IPv6 client is told as what it is")
    func ipv6() throws {
        try Stand.run { stand in
            stand.folder.write("a", pattern(100_000))
            let loopback = IPAddress(high: 0, low: 1)
            let client = try stand.connect(loopback)
            #expect(try client.ask("GET", "/a").body == pattern(100_000))
            #expect(stand.ended().first?.client.address == loopback)
        }
    }

    @Test("the mode counts from the next request on")
    func modes() throws {
        try Stand.run { stand in
            stand.folder.write("a", [1])
            let client = try stand.connect()
            #expect(try client.ask("GET", "/a").status == 200)
            stand.publish(.observe)
            #expect(try client.ask("GET", "/a").status == 503)
            #expect(try client.ask("GET", "/boot.ipxe").status == 503)
            stand.publish(.frozen)
            #expect(try client.ask("GET", "/a").status == 200)
            #expect(stand.ended(4).map(\.status) == [200, 503, 503, 200])
            #expect(stand.context.counters[.httpFailed] == 2)
        }
    }
}
