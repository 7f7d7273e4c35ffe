import BootPolicy
import Testing
import Wire

@testable import Exchange

@Suite("the address book")
struct AddressBookTests {
    private static func address(_ number: Int) -> IPv4Address { IPv4Address(UInt32(0x0A00_0001 + number)) }
    private static func machine(_ number: Int) -> ClientHardware {
        ClientHardware(MACAddress(UInt64(0x5254_0000_0000 + number)))
    }

    private static func number(_ book: AddressBook, _ address: Int) -> Int? {
        book.requester(at: IPAddress(Self.address(address))).hardware.map { Int($0.value - 0x5254_0000_0000) }
    }

    @Test("says which machine has an address, by the last that was heard")
    func last() {
        let book = AddressBook()
        #expect(Self.number(book, 1) == nil)
        book.note(Self.address(1), Self.machine(7))
        #expect(Self.number(book, 1) == 7)
        book.note(Self.address(1), Self.machine(8))
        #expect(Self.number(book, 1) == 8)
        book.note(Self.address(2), Self.machine(8))
        #expect(book.requester(of: MACAddress(0x5254_0000_0008))?.address == IPAddress(Self.address(2)))
        #expect(book.requester(of: MACAddress(0x5254_0000_0007)) == nil)
    }

    @Test("says what the latest boot of a card showed, whichever address it has; the card noted longest ago makes room")
    func boots() {
        let book = AddressBook(capacity: 4)
        func boot(_ number: Int, at time: Int64) -> BootSighting {
            BootSighting(machine: MachineUUID(high: UInt64(number), low: 1), since: time, last: time)
        }
        func known(_ number: Int) -> BootSighting? {
            book.note(Self.address(number), Self.machine(number))
            return book.requester(at: IPAddress(Self.address(number))).boot
        }
        #expect(known(1) == nil)
        for time in [0, 4000, 12_000] as [Int64] { book.note(boot(1, at: time), of: Self.machine(1)) }
        #expect(known(1) == BootSighting(machine: MachineUUID(high: 1, low: 1), since: 0, last: 12_000))
        book.note(Self.address(9), Self.machine(1))
        #expect(book.requester(at: IPAddress(Self.address(9))).boot == known(1))
        for number in 2...5 { book.note(boot(number, at: 0), of: Self.machine(number)) }
        #expect((1...5).map { known($0) == nil } == [true, false, false, false, false])
        book.note(boot(6, at: 0), of: ClientHardware(type: 32, length: 0, high: 0, low: 0))
        #expect(known(2) != nil, "one without a card's address is left out")
    }

    @Test("knows nobody of IPv6")
    func otherVersion() {
        let client = IPAddress(high: 0x2001_0DB8 << 32, low: 1)
        #expect(AddressBook().requester(at: client) == Requester(address: client))
    }

    @Test("takes neither what is no address nor what is no Ethernet machine")
    func nonsense() {
        let book = AddressBook()
        for address in [IPv4Address.any, .broadcast, IPv4Address(127, 0, 0, 1), IPv4Address(224, 0, 0, 1)] {
            book.note(address, Self.machine(1))
            #expect(book.requester(at: IPAddress(address)).hardware == nil)
        }
        book.note(Self.address(1), ClientHardware(type: 32, length: 0, high: 0, low: 0))
        #expect(Self.number(book, 1) == nil)
    }

    @Test("bounded: the address noted longest ago makes room")
    func bounded() {
        let book = AddressBook(capacity: 4)
        for number in 0..<4 { book.note(Self.address(number), Self.machine(number)) }
        book.note(Self.address(0), Self.machine(0))
        book.note(Self.address(4), Self.machine(4))
        #expect((0...4).map { Self.number(book, $0) } == [0, nil, 2, 3, 4])
        for round in 0..<1000 { book.note(Self.address(round % 3), Self.machine(round % 3)) }
        #expect((0...4).map { Self.number(book, $0) } == [0, 1, 2, nil, 4])
        for number in 10..<10_000 { book.note(Self.address(number), Self.machine(number)) }
        #expect((0...4).allSatisfy { Self.number(book, $0) == nil })
        #expect((9996..<10_000).allSatisfy { Self.number(book, $0) == $0 })
    }
}
