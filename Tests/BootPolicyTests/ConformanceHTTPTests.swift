import BootPolicy
import Support
import Testing
import Wire

/// Conformance statements about UEFI HTTP Boot.
@Suite("conformance: HTTP Boot")
struct ConformanceHTTPTests {
    private static func client(_ number: UInt16) -> PacketBuilder {
        .discoverUEFI.with(60, "HTTPClient:Arch:00016:UNDI:003016").with(93, PacketBuilder.octets(number))
    }

    @Test(
        "C93 the OFFER has the class, the URL and no 43; C97 so it has with architecture 7",
        arguments: [0x10, 7, 9] as [UInt16])
    func url(number: UInt16) throws {
        let answered = try #require(offer(Self.client(number)))
        #expect(answered.decision.shape == .http)
        #expect(answered.sent.type == .offer)
        #expect(answered.sent[60] == Array("HTTPClient".utf8))
        #expect(answered.sent[43] == nil)
        #expect(answered.sent[175] == nil)
        #expect(answered.sent.file == "http://192.0.2.5/snponly.efi")
        #expect(answered.sent[67] == Array("http://192.0.2.5/snponly.efi".utf8) + [0])
        #expect(answered.decision.route == .broadcast)
    }

    @Test(
        "C94 the host of the URL is an address",
        arguments: [
            (nil, 80, "http://192.0.2.5/snponly.efi"), (nil, 8080, "http://192.0.2.5:8080/snponly.efi"),
            (IPv4Address(10, 1, 2, 3), 80, "http://10.1.2.3/snponly.efi"),
        ] as [(IPv4Address?, UInt16, String)])
    func literal(address: IPv4Address?, port: UInt16, url: String) throws {
        let catalog = Catalog.debian.changing { catalog in
            catalog.httpAddress = address
            catalog.httpPort = port
        }
        #expect(try #require(offer(Self.client(0x10), in: catalog)).sent.file == url)
    }

    @Test("C95 a long URL stands in 67 only, its NUL inside the length", arguments: [100, 110, 111, 183, 237, 238])
    func long(count: Int) throws {
        let name = String(repeating: "n", count: count)
        let url = "http://192.0.2.5/\(name)"
        let catalog = Catalog.debian.changing { $0.loaders[.uefiX64] = [Loader(path: name)] }
        let outcome = ask(Self.client(0x10).bytes, in: catalog)
        guard url.utf8.count <= 254 else {
            #expect(outcome.refusal == .replyTooLarge)
            return
        }
        let sent = try #require(outcome.answered).sent
        #expect(sent[67] == Array(url.utf8) + [0])
        #expect(sent.file == (url.utf8.count > 127 ? "" : url))
    }

    @Test("a path is escaped in the URL")
    func escaped() throws {
        let catalog = Catalog.debian.changing { $0.loaders[.uefiX64] = [Loader(path: "sub dir/a%.efi")] }
        #expect(try #require(offer(Self.client(0x10), in: catalog)).sent.file == "http://192.0.2.5/sub%20dir/a%25.efi")
    }

    @Test(
        "C96 PXEClient with an HTTP architecture is PXE: the class decides",
        arguments: [0x0F, 0x10, 0x13, 0x1C] as [UInt16])
    func classDecides(number: UInt16) throws {
        var catalog = Catalog()
        for role in LoaderTable.Role.allCases { catalog.loaders[role] = [Loader(path: "x.efi")] }
        let answered = try #require(offer(.discoverUEFI.with(93, PacketBuilder.octets(number)), in: catalog))
        #expect(answered.sent.text(60) == "PXEClient")
        #expect(answered.decision.shape == .binl)
        #expect(answered.sent.file == "x.efi")
    }

    @Test("C98 without HTTP, or without a loader, silence")
    func silent() {
        #expect(silence(Self.client(0x10), in: .debian.changing { $0.servesHTTP = false }) == .httpNotServed)
        #expect(silence(Self.client(0x13)) == .unknownArchitecture)
        #expect(
            silence(Self.client(0x10), in: .debian.changing { $0.loaders[.uefiX64][0].isPresent = false })
                == .loaderMissing)
        // PXE goes on as before.
        #expect(silence(.discoverUEFI, in: .debian.changing { $0.servesHTTP = false }) == nil)
    }
}
