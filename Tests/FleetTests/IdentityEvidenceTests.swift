import Fleet
import Testing
import Wire

@Suite("what is evidence")
struct IdentityEvidenceTests {
    @Test(
        "UUIDs that many machines show are none",
        arguments: [
            "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "44444444-4444-4444-4444-444444444444", "01010101-0101-0101-0101-010101010101",
            "FEFEFEFE-FEFE-FEFE-FEFE-FEFEFEFEFEFE", "00000042-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
            "03000200-0400-0500-0006-000700080009", "00020003-0004-0005-0006-000700080009",
            "12345678-1234-5678-90AB-CDDEEFAABBCC", "78563412-3412-7856-90AB-CDDEEFAABBCC",
            "4c4c4544-0000-2010-8020-80c04f202020", "00010203-0405-0607-0809-0A0B0C0D0E0F",
        ])
    func worthlessUUID(text: String) throws {
        let uuid = try #require(MachineUUID(text))
        #expect(Evidence(card: nil, uuid: uuid).isEmpty)
    }

    @Test(
        "UUIDs of one machine are",
        arguments: [
            "4c4c4544-0042-3510-8052-b3c04f4b4e32",  // Dell with its service tag
            "00000000-0000-0000-0000-ac1f6b000001",  // Supermicro: the card's address
            "52506934-11c1-c003-0100-00005e5b7a10",  // Raspberry Pi 4
            "12345678-1234-5678-90ab-cddeefaabbcd",
        ])
    func uuid(text: String) throws {
        let uuid = try #require(MachineUUID(text))
        #expect(Evidence(card: nil, uuid: uuid).uuid != nil)
    }

    @Test(
        "serials that many machines show are none",
        arguments: [
            "", " ", "0", "00000000", "1", "xxxxxxxx", "None", "none ", "N/A", "(null string)",
            "To be filled by O.E.M.",
            "To Be Filled By O.E.M.", "TO BE FILLED BY OEM", "Default string", "Default_string", "System Serial Number",
            "SystemSerialNumb", "123456789", "0123456789", "1234567890", "123456789000", "12345678901234567", "12345",
            "Not Specified", "Not Applicable", "Chassis Serial Number", "OEM_Serial", "SYS-1234567890", "........",
            "INVALID",
            "Unknown", "0x", "0101010101",
        ])
    func worthlessSerial(text: String) {
        let isEmpty = Evidence(card: nil, serial: text).isEmpty
        #expect(isEmpty == (text != "0x"))
    }

    @Test(
        "serials of one machine are, spelt in one way",
        arguments: [
            ("  abc1234 ", "ABC1234"), ("VMware-56 4d  ee", "VMWARE-56 4D EE"), ("1234567891", "1234567891"),
            ("5ekpm18320000397", "5EKPM18320000397"), ("MB1234567891", "MB1234567891"),
        ])
    func serial(text: String, cleaned: String) {
        #expect(Evidence(card: nil, serial: text).serial == cleaned)
    }

    @Test(
        "addresses of no single card are none",
        arguments: ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01"])
    func worthlessCard(text: String) throws {
        let card = try #require(MACAddress(text))
        #expect(Evidence(card: card).isEmpty)
    }

    @Test("what DHCP shows and what a file or iPXE says compare equal")
    func sameMachine() throws {
        let text = "1902dcf5-7190-d811-bbd6-6ef21c690030"
        let octets: [UInt8] = [
            0xF5, 0xDC, 0x02, 0x19, 0x90, 0x71, 0x11, 0xD8, 0xBB, 0xD6, 0x6E, 0xF2, 0x1C, 0x69, 0x00, 0x30,
        ]
        let words = [octets[..<8], octets[8...]].map { $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        let wire = MachineUUID(high: words[0], low: words[1])
        let turned = try #require(MachineUUID("f5dc0219-9071-11d8-bbd6-6ef21c690030"))
        let card = try #require(MACAddress("52:54:00:12:34:56"))
        let known = try #require(MachineUUID(text))
        let file = Evidence(card: card, uuid: known, serial: "abc-9")
        #expect(Evidence(card: card, uuid: wire, serial: " ABC-9") == file)
        #expect(Evidence(card: card, uuid: turned, serial: "ABC-9 ") == file)
    }

    @Test("records are cleaned by the same rules")
    func records() throws {
        let host = KnownHost(
            id: 1, name: "a", cards: [MACAddress(5), MACAddress(0), MACAddress(5), MACAddress(4)],
            uuid: MachineUUID(high: 0, low: 0), serial: "Default string")
        #expect(host.cards == [MACAddress(4), MACAddress(5)])
        #expect(host.uuid == nil)
        #expect(host.serial == nil)
    }
}
