import Testing
import Wire

@Suite("addresses and identifiers")
struct ValuesTests {
    @Test(
        "IPv4 addresses as text and back",
        arguments: [
            ("0.0.0.0", 0), ("255.255.255.255", 0xFFFF_FFFF), ("10.0.0.1", 0x0A00_0001), ("192.0.2.5", 0xC000_0205),
        ] as [(String, UInt32)])
    func address(text: String, value: UInt32) throws {
        let address = try #require(IPv4Address(text))
        #expect(address.value == value)
        #expect(address.description == text)
        #expect(IPv4Address(address.octets[0], address.octets[1], address.octets[2], address.octets[3]) == address)
    }

    @Test(
        "what is no dotted quad",
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "+1.2.3.4", "1..2.3",
            "a.b.c.d",
            "1.2.3.-4", "0x1.2.3.4", "1.2.3.",
        ])
    func noAddress(text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test(
        "which addresses are one host's",
        arguments: [
            ("0.0.0.0", false), ("0.1.2.3", false), ("1.0.0.1", true), ("127.0.0.1", false), ("192.0.2.5", true),
            ("223.255.255.254", true), ("224.0.1.2", false), ("240.0.0.1", false), ("255.255.255.255", false),
        ])
    func unicast(text: String, expected: Bool) throws {
        #expect(try #require(IPv4Address(text)).isUnicast == expected)
    }

    @Test(
        "networks: members and directed broadcast",
        arguments: [
            ("192.0.2.5", 24, "192.0.2.200", "192.0.3.1", "192.0.2.255"),
            ("10.1.2.3", 8, "10.255.0.1", "11.0.0.1", "10.255.255.255"),
            ("10.1.2.3", 30, "10.1.2.1", "10.1.2.4", "10.1.2.3"),
            ("10.1.2.2", 31, "10.1.2.3", "10.1.2.4", nil),
            ("10.1.2.2", 32, "10.1.2.2", "10.1.2.3", nil),
            ("10.1.2.2", 40, "10.1.2.2", "10.1.2.3", nil),
        ] as [(String, Int, String, String, String?)])
    func network(address: String, length: Int, inside: String, outside: String, broadcast: String?) throws {
        let network = IPv4Network(address: try #require(IPv4Address(address)), prefixLength: length)
        #expect(network.contains(try #require(IPv4Address(inside))))
        #expect(!network.contains(try #require(IPv4Address(outside))))
        #expect(network.directedBroadcast?.description == broadcast)
        #expect(network.hasHost(try #require(IPv4Address(inside))) == (inside != broadcast))
        #expect(!network.hasHost(try #require(IPv4Address(outside))))
        #expect(network.description == "\(address)/\(min(length, 32))")
    }

    @Test(
        "the network's own address and its directed broadcast are no host's, but where there are only two or one (RFC 3021)",
        arguments: [
            ("192.0.2.0", 24, false), ("192.0.2.255", 24, false), ("192.0.2.1", 24, true), ("192.0.2.254", 24, true),
            ("192.0.2.7", 29, false), ("192.0.2.8", 29, false), ("192.0.2.4", 31, true), ("192.0.2.5", 31, true),
            ("192.0.2.5", 32, true),
        ])
    func hosts(text: String, length: Int, isHost: Bool) throws {
        let network = IPv4Network(address: IPv4Address(192, 0, 2, 5), prefixLength: length)
        #expect(network.hasHost(try #require(IPv4Address(text))) == isHost)
    }

    @Test("whatever a client varies of its hardware fields, the hashes differ, and equal fields have equal ones")
    func hardwareHashes() {
        let usual = ClientHardware(MACAddress(0x5254_00C1_1E01))
        var all = [usual]
        for number in 1...1000 as ClosedRange<UInt64> {
            all.append(ClientHardware(type: 1, length: 6, high: usual.high, low: number))
            // What folding the two words by XOR would not tell apart.
            all.append(ClientHardware(type: 1, length: 6, high: usual.high ^ number, low: number))
        }
        for number in 2...200 as ClosedRange<UInt8> {
            all.append(ClientHardware(type: number, length: 6, high: usual.high, low: 0))
            all.append(ClientHardware(type: 1, length: 6 + number, high: usual.high, low: 0))
        }
        #expect(Set(all.map(\.hashValue)).count == all.count)
        #expect(usual.hashValue == ClientHardware(type: 1, length: 6, high: usual.high, low: 0).hashValue)
    }

    @Test("a network of length 0 holds everything")
    func everything() {
        let network = IPv4Network(address: .any, prefixLength: -3)
        #expect(network.prefixLength == 0)
        #expect(network.contains(.broadcast))
        #expect(network.directedBroadcast == .broadcast)
    }

    @Test(
        "MAC addresses as text and back",
        arguments: [
            ("52:54:00:c1:1e:01", 0x5254_00C1_1E01), ("52-54-00-C1-1E-01", 0x5254_00C1_1E01),
            ("ff:ff:ff:ff:ff:ff", 0xFFFF_FFFF_FFFF),
        ] as [(String, UInt64)])
    func mac(text: String, value: UInt64) throws {
        let mac = try #require(MACAddress(text))
        #expect(mac.value == value)
        #expect(MACAddress(mac.description) == mac)
        #expect(mac.octets.reduce(0) { $0 << 8 | UInt64($1) } == value)
    }

    @Test(
        "what is no MAC address",
        arguments: [
            "", "52:54:00:c1:1e", "52:54:00:c1:1e:01:02", "5254.00c1.1e01", "5:54:00:c1:1e:01", "52:54:00:c1:1e:0g",
            "+f:54:00:c1:1e:01", "52:54:00:c1:1e:-1",
        ])
    func noMAC(text: String) {
        #expect(MACAddress(text) == nil)
    }

    @Test("a MAC address is 48 bits wide, also when made of more")
    func macWidth() {
        #expect(MACAddress(0xFFFF_0000_0000_0001).description == "00:00:00:00:00:01")
    }

    @Test("a machine's UUID shows its first three fields turned round, as SMBIOS tools do")
    func machine() {
        let machine = MachineUUID(high: 0x3F1D_9A52_7C84_4B1E, low: 0x9D06_A1B2_C3D4_E501)
        #expect(machine.description == "529a1d3f-847c-1e4b-9d06-a1b2c3d4e501")
        #expect(!machine.isBlank)
    }

    @Test(
        "blank UUIDs",
        arguments: [(0, 0, true), (.max, .max, true), (0, .max, false), (.max, 0, false), (0, 1, false)]
            as [(UInt64, UInt64, Bool)])
    func blank(high: UInt64, low: UInt64, expected: Bool) {
        #expect(MachineUUID(high: high, low: low).isBlank == expected)
    }

    @Test("client hardware: Ethernet shows a MAC address, the rest its type and octets")
    func hardware() {
        let mac = MACAddress(0x5254_00C1_1E01)
        let ethernet = ClientHardware(mac)
        #expect(ethernet.mac == mac)
        #expect(ethernet.description == "52:54:00:c1:1e:01")
        let infiniBand = ClientHardware(type: 32, length: 0, high: 0x1234, low: 0)
        #expect(infiniBand.mac == nil)
        #expect(infiniBand.description == "32-")
        let guid = ClientHardware(type: 1, length: 16, high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10)
        #expect(guid.mac == nil)
        #expect(guid.description == "1-0102030405060708090a0b0c0d0e0f10")
    }

    @Test("time adds up, and `never` is later than anything")
    func time() {
        let start = Instant(nanoseconds: 5)
        let later = start + .milliseconds(2)
        #expect(later - start == .microseconds(2000))
        #expect(start - later == TimeSpan.zero - .microseconds(2000))
        #expect(later > start)
        #expect(later < .never)
        #expect(TimeSpan.seconds(3) / 2 == .milliseconds(1500))
        #expect(TimeSpan.milliseconds(250) * 6 == .milliseconds(1500))
        #expect(TimeSpan.milliseconds(1500).seconds == 1.5)
    }

    @Test(
        "percent-decoding",
        arguments: [
            ("", ""), ("/a", "/a"), ("/%61%2F%2e", "/a/."), ("/a+b", "/a+b"), ("%00", "\0"), ("%c3%A9", "\u{e9}"),
            ("%25", "%"), ("%", nil), ("%4", nil), ("%4g", nil), ("%g4", nil), ("a%%20", nil),
        ] as [(String, String?)])
    func decoding(encoded: String, decoded: String?) {
        #expect(PercentDecoding.octets(encoded.utf8) == decoded.map { Array($0.utf8) })
    }
}
