import BootPolicy
import Support
import Testing
import Wire

/// Conformance statements about the shapes of an OFFER, and about sname.
@Suite("conformance: shapes")
struct ConformanceShapeTests {
    private static let elsewhere = IPv4Address(192, 0, 2, 9)

    @Test("C21 sname is siaddr as text, padded with NUL", arguments: ConformanceOfferTests.clients)
    func serverName(client: PacketBuilder) throws {
        let sent = try #require(offer(client)).sent
        #expect(sent.serverName == "192.0.2.5")
        #expect(sent.octets[44 + 9..<108].allSatisfy { $0 == 0 })
    }

    @Test(
        "C33 what is UEFI gets its own loader, by BINL",
        arguments: [
            (0x06, .uefiIA32), (0x07, .uefiX64), (0x09, .uefiX64), (0x0A, .uefiARM32), (0x0B, .uefiARM64),
            (0x19, .uefiRISCV32), (0x1B, .uefiRISCV64), (0x1D, .uefiRISCV128), (0x25, .uefiLoong32),
            (0x27, .uefiLoong64), (0x02, .itanium), (0x21, .uefiMIPS32), (0x22, .uefiMIPS64),
        ] as [(UInt16, LoaderTable.Role)])
    func ownLoaders(number: UInt16, role: LoaderTable.Role) throws {
        var catalog = Catalog()
        for other in LoaderTable.Role.allCases { catalog.loaders[other] = [Loader(path: "\(other.rawValue).efi")] }
        let asked = PacketBuilder.discoverUEFI.with(93, PacketBuilder.octets(number))
        let answered = try #require(offer(asked, in: catalog))
        #expect(answered.sent.file == "\(role.rawValue).efi")
        #expect(answered.decision.shape == .binl)
        #expect(answered.sent[43] == nil)
        #expect(silence(asked, in: catalog.changing { $0.loaders[role] = [] }) == .unknownArchitecture)
    }

    @Test(
        "C50 x64 with TFTP elsewhere: OFFER siaddr = S, ACK siaddr = T",
        arguments: [
            Catalog.debian.changing { $0.tftpAddress = elsewhere }, .planned { $0.nextServer = elsewhere },
        ])
    func tftpElsewhere(catalog: Catalog) throws {
        let first = try #require(offer(.discoverUEFI, in: catalog)).sent
        let second = try #require(askBootService(.bootRequest, in: catalog).answered).sent
        #expect((first.serverAddress, first.serverName) == (Net.server, "192.0.2.5"))
        #expect((second.serverAddress, second.serverName) == (Self.elsewhere, "192.0.2.9"))
        #expect(second[54] == Net.server.octets)
        // A ROM that takes the file from the OFFER is told at once.
        #expect(try #require(offer(.discover, in: catalog)).sent.serverAddress == Self.elsewhere)
    }

    @Test("C51 a rule forces DIRECT on x64: 43.6 bit 3, file and siaddr of the TFTP server")
    func forcedDirect() throws {
        let catalog = Catalog.planned { plan in
            plan.shape = .direct
            plan.nextServer = Self.elsewhere
        }
        let answered = try #require(offer(.discoverUEFI, in: catalog))
        #expect(answered.decision.reason == .rule)
        #expect(answered.sent[43] == [6, 1, 8, 10, 4, 0] + Array("PXE".utf8) + [255])
        #expect(answered.sent.file == "snponly.efi")
        #expect(answered.sent.serverAddress == Self.elsewhere)
    }

    @Test(
        "C52 a rule forces MENU on x64: 43.6 = 3, one address a type, items, prompt; C57 local boot is listed, not served",
        arguments: [
            (
                [FirmwareMenu.Item("Linx", .usual), .init("More", .usual)],
                [8, 14, 0x80, 0, 1, 192, 0, 2, 5, 0x80, 1, 1, 192, 0, 2, 5],
                [9, 14, 0x80, 0, 4] + Array("Linx".utf8) + [0x80, 1, 4] + Array("More".utf8)
            ),
            (
                [.init("Disk", .localBoot), .init("Linx", .usual)], [8, 7, 0x80, 1, 1, 192, 0, 2, 5],
                [9, 14, 0, 0, 4] + Array("Disk".utf8) + [0x80, 1, 4] + Array("Linx".utf8)
            ),
        ] as [([FirmwareMenu.Item], [UInt8], [UInt8])])
    func forcedMenu(items: [FirmwareMenu.Item], servers: [UInt8], texts: [UInt8]) throws {
        let menu = FirmwareMenu(prompt: "PXE", timeout: 7, items: items)
        let catalog = Catalog.planned { $0.shape = .menu }.changing { $0.menu = menu }
        let tables = [(PacketBuilder.discoverUEFI, nil), (.discover, nil), (.discover, Self.elsewhere)]
        for (asked, tftp) in tables as [(PacketBuilder, IPv4Address?)] {
            let answered = try #require(offer(asked, in: catalog.changing { $0.tftpAddress = tftp }))
            #expect(answered.decision.shape == .menu)
            #expect(answered.sent[43] == [6, 1, 3, 10, 4, 7] + Array("PXE".utf8) + servers + texts + [255])
            // The items are asked for at our address, wherever their files are.
            #expect(answered.sent.serverAddress == Net.server)
        }
    }

    @Test(
        "C53 a menu of one collapses to BINL on UEFI and stays one on BIOS",
        arguments: [
            ([FirmwareMenu.Item("Linx", .usual)], true), ([.init("Linx", .usual), .init("D", .localBoot)], false),
        ])
    func oneItem(items: [FirmwareMenu.Item], collapses: Bool) throws {
        let catalog = Catalog.planned { $0.shape = .menu }.changing {
            $0.menu = FirmwareMenu(prompt: "PXE", timeout: 0, items: items)
        }
        let uefi = try #require(offer(.discoverUEFI, in: catalog))
        #expect(uefi.decision.shape == (collapses ? .binl : .menu))
        #expect((uefi.sent[43] == nil) == collapses)
        let bios = try #require(offer(.discover, in: catalog))
        #expect(bios.decision.shape == .menu)
        if collapses {
            // The reference's sample of a menu of one, octet by octet.
            let sample: [UInt8] = [
                6, 1, 3, 10, 4, 0, 0x50, 0x58, 0x45, 8, 7, 0x80, 0, 1, 0xC0, 0, 2, 5, 9, 7, 0x80, 0, 4, 0x4C, 0x69,
                0x6E,
                0x78, 255,
            ]
            #expect(bios.sent[43] == sample)
        }
    }

    @Test("a menu collapses to BINL on UEFI, too, when another server has the files, for 43.8 lists our own address")
    func menuOfAnotherServer() throws {
        let other = IPv4Address(192, 0, 2, 9)
        let here = Catalog.planned { $0.shape = .menu }.changing { $0.menu = .two }
        let byRule = Catalog.planned { plan in
            plan.shape = .menu
            plan.nextServer = other
        }.changing { $0.menu = .two }
        #expect(offer(.discoverUEFI, in: here)?.decision.shape == .menu)
        for catalog in [byRule, here.changing { $0.tftpAddress = other }] {
            #expect(offer(.discoverUEFI, in: catalog)?.decision.shape == .binl)
            #expect(askBootService(.bootRequest, in: catalog).answered?.sent.serverAddress == other)
            #expect(offer(.discover, in: catalog)?.decision.shape == .menu)
        }
    }

    @Test("C55 a menu without a time of its own waits for ever if there is a choice, and not at all if there is none")
    func timeouts() throws {
        var menu = FirmwareMenu.two
        #expect(menu.wire.timeout == 255)
        menu.items.removeLast()
        #expect(menu.wire.timeout == 0)
        menu.timeout = 30
        #expect(menu.wire.timeout == 30)
        let catalog = Catalog.planned { $0.shape = .menu }.changing { $0.menu = .two }
        let field = try #require(offer(.discover, in: catalog)?.sent[43])
        #expect(field.starts(with: [6, 1, 3, 10, 4, 255]))
    }

    @Test(
        "C58 multicast is allowed only with a group; C59 bit 2 is clear",
        arguments: [
            (PXEMenu.Discovery.unicast, [6, 1, 3]), (.broadcast, [6, 1, 2]),
            (.multicast, [6, 1, 1, 7, 4, 224, 0, 1, 2]),
        ] as [(PXEMenu.Discovery, [UInt8])])
    func discovery(discovery: PXEMenu.Discovery, start: [UInt8]) throws {
        let catalog = Catalog.planned { $0.shape = .menu }.changing { catalog in
            catalog.menu = .two
            catalog.menu.discovery = discovery
        }
        let field = try #require(offer(.discoverUEFI, in: catalog)?.sent[43])
        #expect(field.starts(with: start + [10]))
        #expect(field[2] & 4 == 0)
        #expect(field.contains([8, 7, 0x80, 0, 1, 192, 0, 2, 5]))
    }

    @Test("a rule's shape is not learned away, its delay waits, and standby waits at least as long as it says")
    func planWins() throws {
        var history = ClientHistory()
        history.style = OfferStyle(.menu, isDelayed: true)
        history.reason = .retry(2)
        let delayed = try #require(ask(PacketBuilder.discoverUEFI.bytes, history: history).answered).decision
        #expect(delayed.shape == .menu && delayed.delay == OfferStyle.pause && delayed.reason == .retry(2))
        let forced = ask(PacketBuilder.discoverUEFI.bytes, history: history, in: .planned { $0.shape = .direct })
        #expect(forced.answered?.decision.shape == .direct)
        #expect(forced.answered?.decision.delay == .zero)
        let slow = Catalog.planned { $0.delay = .seconds(2) }
        #expect(offer(.discoverUEFI, in: slow)?.decision.delay == .seconds(2))
        #expect(askBootService(.bootRequest, in: slow).answered?.decision.delay == .zero)
        let standby = slow.changing { $0.standby = .milliseconds(900) }
        #expect(offer(.discoverUEFI, in: standby)?.decision.delay == .seconds(2))
        #expect(offer(.discoverUEFI, in: standby)?.decision.isStandby == true)
        #expect(offer(.discover, in: .debian.changing { $0.standby = .seconds(1) })?.decision.delay == .seconds(1))
        #expect(askBootService(.bootRequest, in: standby).answered?.decision.isStandby == false)
    }

    @Test("the next loader of a role is offered when the one before was distrusted, and a missing one is left out")
    func loaders() throws {
        let catalog = Catalog.debian.changing {
            $0.loaders[.uefiX64] = [
                Loader(path: "a.efi"), Loader(path: "gone.efi", isPresent: false), Loader(path: "b.efi"),
            ]
        }
        let names = try (0..<5).map { number in
            var history = ClientHistory()
            history.loader = number
            return try #require(ask(PacketBuilder.discoverUEFI.bytes, history: history, in: catalog).answered).sent.file
        }
        #expect(names == ["a.efi", "b.efi", "a.efi", "b.efi", "a.efi"])
    }
}
