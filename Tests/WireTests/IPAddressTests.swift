import Testing
import Wire

@Suite("addresses of both versions of IP")
struct IPAddressTests {
    @Test(
        "as RFC 5952 writes them, and back",
        arguments: [
            ("::", 0, 0), ("::1", 0, 1), ("2001:db8::1", 0x2001_0DB8 << 32, 1),
            ("2001:db8:0:1:1:1:1:1", 0x2001_0DB8_0000_0001, 0x0001_0001_0001_0001),
            ("2001:db8::1:0:0:1", 0x2001_0DB8 << 32, 0x0001_0000_0000_0001),
            ("2001:0:0:1::1", 0x2001_0000_0000_0001, 1), ("1::", 1 << 48, 0), ("::ffff", 0, 0xFFFF),
            ("ff02::1:2", 0xFF02 << 48, 0x1_0002), ("fe80::5054:ff:fe12:3456", 0xFE80 << 48, 0x5054_00FF_FE12_3456),
            ("1:2:3:4:5:6:7:8", 0x0001_0002_0003_0004, 0x0005_0006_0007_0008), ("0:1::", 1 << 32, 0),
        ] as [(String, UInt64, UInt64)])
    func canonical(text: String, high: UInt64, low: UInt64) throws {
        let address = try #require(IPAddress(text))
        #expect(address == IPAddress(high: high, low: low))
        #expect(address.description == text)
        #expect(address.family == .ipv6)
        #expect(address.ipv4 == nil)
    }

    @Test(
        "other spellings",
        arguments: [
            ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("0:0:0:0:0:0:0:0", "::"), ("2001:0db8::0001", "2001:db8::1"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("::ffff:192.0.2.1", "192.0.2.1"), ("10.0.0.1", "10.0.0.1"),
            ("fe80::1%7", "fe80::1%7"),
        ])
    func spellings(text: String, canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
    }

    @Test(
        "what is none",
        arguments: [
            "", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "+1::", ":1", "1:",
            "::1.2.3", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4", "::1%1", "fe80::1%", "fe80::1%0", "fe80::1%01",
            "fe80::1%eth0",
            "fe80::1%4294967296", " ::1", "[::1]", "1:2:3:4:5:6:7::8",
        ])
    func none(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "what an address is for",
        arguments: [
            ("::", "any"), ("0.0.0.0", "any"), ("::1", "loopback"), ("127.0.0.1", "loopback"), ("ff02::1", "multicast"),
            ("224.0.0.1", "multicast"), ("fe80::1", "link-local unicast"), ("febf::1", "link-local unicast"),
            ("fec0::1", "unicast"), ("2001:db8::1", "unicast"), ("10.0.0.1", "unicast"),
        ])
    func kinds(text: String, expected: String) throws {
        let address = try #require(IPAddress(text))
        let kinds = [
            address.isAny ? "any" : nil, address.isLoopback ? "loopback" : nil, address.isMulticast ? "multicast" : nil,
            address.isLinkLocal ? "link-local" : nil, address.isUnicast ? "unicast" : nil,
        ]
        #expect(kinds.compactMap(\.self).joined(separator: " ") == expected)
    }

    @Test("T44 a zone tells link-local addresses apart, and means nothing to others")
    func zones() {
        let first = IPAddress(high: 0xFE80 << 48, low: 1, zone: 2)
        #expect(first != IPAddress(high: 0xFE80 << 48, low: 1, zone: 3))
        #expect(first.withoutZone == IPAddress("fe80::1"))
        #expect(IPAddress(high: 0x2001_0DB8 << 32, low: 1, zone: 2) == IPAddress("2001:db8::1"))
    }

    @Test(
        "networks: members, strangers, and none of the other version",
        arguments: [
            ("2001:db8::", 32, "2001:db8:ffff::1", "2001:db9::1"),
            ("2001:db8:0:1::", 64, "2001:db8:0:1::9", "2001:db8::9"),
            ("2001:db8::8", 125, "2001:db8::f", "2001:db8::10"), ("2001:db8::8", 128, "2001:db8::8", "2001:db8::9"),
            ("::", 0, "fe80::1", "10.0.0.1"), ("10.0.0.0", 8, "10.1.2.3", "11.0.0.1"), ("0.0.0.0", 0, "1.2.3.4", "::1"),
            ("fe80::", 10, "fe80::1%4", "2001:db8::1"), ("2001:db8::", 65, "2001:db8::1", "2001:db8::8000:0:0:1"),
        ])
    func networks(text: String, length: Int, inside: String, outside: String) throws {
        let network = IPNetwork(address: try #require(IPAddress(text)), prefixLength: length)
        #expect(network.contains(try #require(IPAddress(inside))))
        #expect(!network.contains(try #require(IPAddress(outside))))
        #expect(network.first == network.address)
        #expect(network.description == "\(text)/\(length)")
        #expect(network.contains(IPNetwork(address: try #require(IPAddress(inside)), prefixLength: 128)))
    }

    @Test("endpoints have brackets around what has colons")
    func endpoints() throws {
        let client = IPEndpoint(address: try #require(IPAddress("fe80::1%3")), port: 69)
        #expect(client.description == "[fe80::1%3]:69")
        #expect(client.ipv4 == nil)
        let old = Endpoint(address: IPv4Address(10, 0, 0, 1), port: 69)
        #expect(IPEndpoint(old).description == "10.0.0.1:69")
        #expect(IPEndpoint(old).ipv4 == old)
    }
}
