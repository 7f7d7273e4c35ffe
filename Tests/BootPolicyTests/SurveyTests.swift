import BootPolicy
import Support
import Testing
import Wire

/// What is learned by listening: each finding once, and never more memory than agreed.
@Suite("survey")
struct SurveyTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let said: Said
        let codes: [SurveyCode]
        let why: String

        init(_ why: String, _ said: Said, _ codes: [SurveyCode]) {
            self.why = why
            self.said = said
            self.codes = codes
        }

        var testDescription: String { why }
    }

    static let rows: [Row] = [
        Row("a plain lease", .lease(), [.dhcpServer]),
        Row("RFC 2131 §4.3.5: the router's answer to an INFORM", .binl(LAN.router).without(60).option(53, [5]), []),
        Row("our own offer", .direct(LAN.us, file: "a"), []),
        Row("our own ACK", .service(LAN.us, file: "a"), []),
        Row("another proxy", .binl(LAN.rival, file: "b"), [.otherProxy]),
        Row("another boot service", .service(LAN.rival, file: "b"), [.otherProxy]),
        Row("another HTTP proxy", .http(LAN.rival, url: "http://10.77.0.3/b"), [.otherHTTPProxy]),
        Row("a proxy of no class", .binl(LAN.rival).without(60), [.strangeProxy]),
        Row("a proxy with priority", .binl(LAN.rival).option(175, [1, 1, 1]), [.otherProxy, .foreignPriority]),
        Row("C127: class 60 in a lease", .lease().option(60, "PXEClient"), [.dhcpServer, .leaseIsBootServer]),
        Row(
            "… that leads to us", .lease(next: LAN.us).option(60, "PXEClient"),
            [
                .dhcpServer, .leaseSendsPXEToUs, .nextServerIsUs,
            ]),
        Row(
            "a PXE menu in a lease", .lease().option(60, "PXEClient").option(43, [6, 1, 3]),
            [
                .dhcpServer, .leaseHasMenu,
            ]),
        Row(
            "HTTPClient in a lease", .lease(file: "http://10.77.0.1/r").option(60, "HTTPClient"),
            [
                .dhcpServer, .leaseIsHTTPBootServer, .leaseNamesFile,
            ]),
        Row("no-pxedhcp", .lease().option(175, [0xB0, 1, 1]), [.dhcpServer, .proxiesForbidden]),
        Row(
            "a file and a next-server", .lease(next: LAN.router, file: "r"),
            [
                .dhcpServer, .leaseNamesFile, .nextServerIsOther,
            ]),
        Row("two files", .lease(file: "r").option(67, "s"), [.dhcpServer, .leaseNamesFile, .leaseNamesTwoFiles]),
        Row("next-server is us", .lease(next: LAN.us), [.dhcpServer, .nextServerIsUs]),
        Row("P26: an Aironet 43", .lease().option(43, [0xF1, 4, 10, 0, 0, 1]), [.dhcpServer, .strangeVendorOptions]),
        Row("overload", .lease().option(52, [2]), [.dhcpServer, .overload]),
    ]

    @Test("findings of one message, once", arguments: rows)
    func findings(row: Row) throws {
        var survey = Survey(ours: [LAN.us])
        let offer = try #require(row.said.observed)
        let found = survey.note(offer, now: LAN.asked)
        #expect(found.map(\.code) == row.codes)
        for finding in found {
            #expect(finding.sentence.contains("\(finding.server)"))
            #expect(!finding.isWarning || !finding.remedy.isEmpty)
        }
        #expect(survey.note(offer, now: LAN.asked + .seconds(1)) == [])
        #expect(survey.servers.count == (row.codes.isEmpty ? 0 : 1))
    }

    @Test("our own answers come back on a second card; a lease of this host is no answer of ours")
    func own() throws {
        let survey = Survey(ours: [LAN.us])
        let ours: [Said] = [
            .direct(LAN.us, file: "a"), .binl(LAN.us), .service(LAN.us, file: "a"), .http(LAN.us, url: "u"),
        ]
        for said in ours {
            #expect(survey.isOwn(try #require(said.observed)))
        }
        #expect(!survey.isOwn(try #require(Said.lease(LAN.us).observed)))
        #expect(!survey.isOwn(try #require(Said.binl(LAN.rival).observed)))
    }

    @Test("what a server says later is found later, and only that")
    func later() throws {
        var survey = Survey(ours: [LAN.us])
        _ = survey.note(try #require(Said.lease().observed), now: LAN.asked)
        let changed = try #require(Said.lease(file: "r").observed)
        #expect(survey.note(changed, now: LAN.asked + .seconds(9)).map(\.code) == [.leaseNamesFile])
        let server = try #require(survey.servers.first)
        #expect(server.isDHCPServer && !server.isProxy)
        #expect(server.lastHeard - server.firstHeard == .seconds(9))
    }

    @Test("a second DHCP server is told once")
    func second() throws {
        var survey = Survey(ours: [LAN.us])
        _ = survey.note(try #require(Said.lease().observed), now: LAN.asked)
        let other = try #require(Said.lease(LAN.third).observed)
        #expect(survey.note(other, now: LAN.asked).map(\.code) == [.dhcpServer, .severalDHCPServers])
        #expect(survey.note(other, now: LAN.asked) == [])
    }

    @Test("a flood of servers costs 64 places and one finding")
    func flood() throws {
        var survey = Survey(ours: [LAN.us])
        var tooMany = 0
        for number in 0..<500 {
            let address = IPv4Address(0x0A00_0000 | UInt32(number + 10))
            let offer = try #require(Said.lease(address).observed)
            tooMany += survey.note(offer, now: LAN.asked).filter { $0.code == .tooManyServers }.count
        }
        #expect(survey.servers.count == Survey.serverLimit)
        #expect(tooMany == 1)
        // An hour later those that fell silent make room, and one that speaks stays.
        let first = try #require(survey.servers.first).address
        #expect(survey.note(try #require(Said.lease(first).observed), now: LAN.asked + .seconds(3599)) == [])
        let late = try #require(Said.lease(LAN.third).observed)
        #expect(survey.note(late, now: LAN.asked + .seconds(3600)).map(\.code) == [.dhcpServer])
        #expect(survey.servers.count == Survey.serverLimit)
        #expect(survey.servers.contains { $0.address == LAN.third } && survey.servers.contains { $0.address == first })
    }

    @Test("codes are unique, and each says what it means")
    func codes() {
        #expect(Set(SurveyCode.allCases.map(\.code)).count == SurveyCode.allCases.count)
        #expect(SurveyCode.dhcpServer.code == "PF-S001")
        #expect(SurveyCode.tooManyServers.code == "PF-S018")
        let covered = Set(Self.rows.flatMap(\.codes)).union([.severalDHCPServers, .tooManyServers])
        #expect(covered == Set(SurveyCode.allCases))
        for code in SurveyCode.allCases { #expect(!code.summary.isEmpty && !code.explanation.isEmpty) }
    }
}

/// Reading offers: total on any bytes.
@Suite("observed offers")
struct ObservedOfferTests {
    @Test("fields and options")
    func fields() throws {
        let said = Said.menu(LAN.rival).option(66, "10.77.0.4\0").option(67, "o.efi\0").option(175, [1, 1, 0xFE])
        let offer = try #require(said.observed)
        #expect(offer.server == LAN.rival && offer.isProxy && offer.clientClass == .pxe)
        #expect(offer.serverNameOption.printable == "10.77.0.4")
        #expect(offer.fileByOption == "o.efi" && offer.fileByHeader == "o.efi" && offer.fileInHeader == nil)
        #expect(offer.ipxePriority == -2)
        #expect(offer.vendor.isPXE10 && offer.vendor.control == 3 && offer.vendor.menuLength == 1)
        #expect(offer.vendor.firstItem == 0x8000 && offer.vendor.firstServer == LAN.rival)
        #expect(!offer.vendor.saysRaspberryPi)
        #expect(offer.hasEndMark && offer.illegalOption == nil)
        let facts = ForeignOffer(offer)
        #expect(facts.server == LAN.rival && facts.address == .any && facts.isBootServer && facts.type == .offer)
    }

    @Test("a field that holds options is no file name")
    func overload() throws {
        var said = Said.lease().option(52, [1])
        said.packet.file = [67, 5] + Array("o.efi".utf8) + [255]
        let offer = try #require(said.observed)
        #expect(offer.overload == 1)
        #expect(offer.fileInHeader == nil && offer.fileByHeader == "o.efi")
    }

    @Test("damaged messages of every kind are read or refused, and every model ends")
    func total() {
        let originals: [Said] = [
            .menu(LAN.us), .direct(LAN.rival, file: "f").option(67, "o").option(175, [1, 1, 1, 0xB0, 1, 1]),
            .lease(next: LAN.us, file: "r").option(60, "PXEClient").option(52, [3]),
        ]
        var number: UInt64 = 0x5EED
        func next(_ limit: Int) -> Int {
            number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(number >> 33) % limit
        }
        var read = 0
        for round in 0..<6000 {
            var octets = originals[round % originals.count].packet.bytes
            for _ in 0..<3 {
                octets[next(2) == 0 ? 236 + next(octets.count - 236) : next(octets.count)] = UInt8(next(256))
            }
            let datagram = Array(octets.prefix(octets.count - next(12)))
            guard let message = try? DHCPMessage(datagram.span.bytes) else { continue }
            let source = Endpoint(address: LAN.rival, port: round % 2 == 0 ? 67 : 4011)
            guard
                let offer = ObservedOffer(message, datagram: datagram.span.bytes, source: source, at: LAN.asked)
            else { continue }
            read += 1
            var hearing = Hearing([.lease(), .binl(LAN.us)])
            hearing.note(offer)
            for model in FirmwareModel.allCases { _ = model.predict(hearing, ours: [LAN.us]) }
            var survey = Survey(ours: [LAN.us])
            _ = survey.note(offer, now: LAN.asked)
        }
        #expect(read > 1000, "the damage has to leave something to read")
    }

    @Test("the probe's DISCOVER is that of its kind", arguments: FirmwareModel.allCases)
    func probe(kind: FirmwareModel) throws {
        var writer = ByteWriter()
        let hardware = MACAddress(0x0200_0000_0001)
        ProbeDiscover.write(kind, hardware: hardware, transaction: 7, into: &writer)
        let octets = writer.bytes
        let message = try DHCPMessage(octets.span.bytes)
        #expect(octets.count >= 300)
        #expect(message.type == .discover && message.wantsBroadcast && message.transaction == 7)
        #expect(message.hardware.mac == hardware)
        let model = ClientPortrait(message)?.model
        let expected: FirmwareModel =
            switch kind {
            case .edk2From2010To2017, .edk2Before2013, .grubEFI206, .shim: .edk2
            case .pxelinux, .grubBIOS: .biosROM
            case .ubootWithProxy: .uboot
            default: kind
            }
        #expect(model == expected)
    }
}
