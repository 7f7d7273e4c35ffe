import BootPolicy
import Support
import Testing
import Wire

@Suite("fingerprints and architectures")
struct FactTests {
    private static func print(_ packet: PacketBuilder) throws -> Fingerprint {
        let bytes = packet.bytes
        return try ClientFacts.read(try DHCPMessage(bytes.span.bytes)).get().fingerprint
    }

    private static let edk2 = PacketBuilder.discoverUEFI.with(55, [1, 2, 3, 60, 66, 67, 97, 128, 175, 203])

    @Test(
        "machines of one kind have one fingerprint",
        arguments: [
            edk2.machine(7), edk2.changing { $0.transaction = 9 },
            edk2.with(97, [0] + [UInt8](repeating: 3, count: 16)),
            edk2.with(57, [5, 220]), edk2.relayed(by: Net.relay), edk2.changing { $0.seconds = 4 }, edk2.with(53, [3]),
            edk2.with(50, [192, 0, 2, 77]),
            // EDK2's HTTP Boot puts a random octet into its list.
            edk2.with(55, [1, 2, 3, 60, 235, 66, 67, 97, 128, 175, 203]),
            edk2.with(55, [1, 2, 3, 60, 243, 66, 67, 97, 128, 175, 203]),
        ])
    func same(packet: PacketBuilder) throws {
        #expect(try Self.print(packet) == Self.print(Self.edk2))
    }

    @Test(
        "those of another kind have another",
        arguments: [
            edk2.with(60, "PXEClient:Arch:00007:UNDI:003001"), edk2.with(55, [1, 2, 3, 60, 66, 67, 97, 128, 175]),
            edk2.with(55, [2, 1, 3, 60, 66, 67, 97, 128, 175, 203]), edk2.without(55), edk2.with(94, [1, 3, 16]),
            edk2.without(94), edk2.changing { $0.hardware = [0x52, 0x54, 1, 0xC1, 0x1E, 1] },
            edk2.changing { $0.hardwareType = 32 },
        ])
    func other(packet: PacketBuilder) throws {
        #expect(try Self.print(packet) != Self.print(Self.edk2))
    }

    @Test("no octet can slip from one field into the next")
    func borders() throws {
        let plain = PacketBuilder.discover.without(55).without(94)
        let prints = [
            plain.with(60, "PXEClientA").with(94, [0x42]), plain.with(60, "PXEClient").with(94, [0x41, 0x42]),
            plain.with(60, "PXEClientA").with(55, [0x42]), plain.with(60, "PXEClientAB"),
        ]
        #expect(try Set(prints.map(Self.print)).count == prints.count)
    }

    @Test("it is kept on disk, so its value and its text never change")
    func stable() throws {
        #expect(try Self.print(.discoverUEFI).description == Self.stableText)
        #expect(Fingerprint(Self.stableText) == (try Self.print(.discoverUEFI)))
        #expect(Fingerprint(7).description == "0000000000000007")
        for text in ["", "7", "00000000000000007", "000000000000000g"] { #expect(Fingerprint(text) == nil) }
    }

    /// FNV-1a, reckoned by another program.
    private static let stableText = "97c67cf8ff8d4965"

    @Test("in the captures, each client keeps its fingerprint from DISCOVER to DISCOVER", arguments: PcapFile.fixtures)
    func captures(name: String) throws {
        var prints: [String: Set<Fingerprint>] = [:]
        for frame in try PcapFile(fixture: name).frames {
            let packet = frame.packet
            let message = try DHCPMessage(try UDPPacket(ipv4: packet.span.bytes, checksumReady: true).payload)
            guard message.isRequest else { continue }
            let facts = try ClientFacts.read(message).get()
            guard facts.type == .discover else { continue }
            prints["\(facts.hardware) \(facts.stage)", default: []].insert(facts.fingerprint)
        }
        #expect(!prints.isEmpty)
        for (client, prints) in prints { #expect(prints.count == 1, "\(client)") }
    }

    @Test("every number of IANA's table has a name, 0x29 the last; names are read back, as numbers are")
    func names() throws {
        for number in 0...0x29 as ClosedRange<UInt16> {
            let architecture = ClientArchitecture(number)
            #expect(!architecture.description.hasPrefix("arch-"))
            let again = try #require(ClientArchitecture(name: architecture.description))
            #expect(again.description == architecture.description)
            #expect(ClientArchitecture(name: "\(number)") == architecture)
        }
        #expect(ClientArchitecture(0x2A).description == "arch-42")
        #expect(ClientArchitecture(name: "x64-uefi") == .uefiX64)
        for text in ["", "x64", "X64-UEFI", "65536", "-1", "arch-42"] { #expect(ClientArchitecture(name: text) == nil) }
        #expect(ClientArchitecture.names.first == "x86-bios")
        #expect(Set(ClientArchitecture.names).count == ClientArchitecture.names.count)
    }

    @Test(
        "HTTP variants start the loaders of their PXE twins",
        arguments: [
            (0x0F, 0x06), (0x10, 0x07), (0x12, 0x0A), (0x13, 0x0B), (0x14, 0x00), (0x17, 0x15), (0x18, 0x16),
            (0x1A, 0x19),
            (0x1C, 0x1B), (0x1E, 0x1D), (0x26, 0x25), (0x28, 0x27),
        ] as [(UInt16, UInt16)])
    func twins(http: UInt16, pxe: UInt16) throws {
        let role = try #require(ClientArchitecture(pxe).role)
        #expect(ClientArchitecture(http).role == role)
        #expect(ClientArchitecture(http).isUEFI == ClientArchitecture(pxe).isUEFI)
    }

    @Test(
        "what no loader is known for has no role",
        arguments: [1, 3, 4, 5, 8, 0x11, 0x23, 0x24, 0x29, 0x2A, 0x4242] as [UInt16])
    func without(number: UInt16) {
        #expect(ClientArchitecture(number).role == nil)
        #expect(!ClientArchitecture(number).isUEFI && !ClientArchitecture(number).isBIOS)
    }

    @Test("the ladder of an architecture has no style twice, and none that a rule could not name")
    func ladders() {
        for number in [nil] + (0...0x2A as ClosedRange<UInt16>).map({ $0 as UInt16? }) {
            let ladder = OfferStyle.ladder(for: number.map(ClientArchitecture.init))
            #expect(!ladder.isEmpty && Set(ladder).count == ladder.count)
            #expect(ladder.allSatisfy { $0.shape.isChoosable })
            #expect(number.map { ClientArchitecture($0).isUEFI } != true || ladder[0] == OfferStyle(.binl))
        }
    }
}
