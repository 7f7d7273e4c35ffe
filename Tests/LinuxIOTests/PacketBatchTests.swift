import Glibc
import LinuxIO
import Testing
import Wire

/// Of the same suite as the other packet sockets' tests: whoever listens on loopback hears all of them.
extension PacketSocketTests {
    private static let mark: [UInt8] = [0xB7, 0xA7]

    /// A packet that says its number, of a length of its own.
    private static func packet(_ number: UInt8) -> [UInt8] {
        let here = IPv4Address(127, 0, 0, 1)
        var writer = ByteWriter()
        UDPPacket.write(
            from: Endpoint(address: here, port: 68), to: Endpoint(address: here, port: 67),
            payload: mark + [UInt8](repeating: number, count: 1 + Int(number)), identification: UInt16(number),
            into: &writer)
        return writer.bytes
    }

    /// The numbers of the packets that arrive, when each is whole.
    private static func receive(_ count: Int, from socket: borrowing PacketSocket) throws -> [UInt8] {
        var batch = ReceiveBatch()
        var numbers: [UInt8] = []
        let end = Clock.now + .seconds(2)
        while numbers.count < count, Clock.now < end {
            _ = try batch.receive(from: socket.descriptor)
            for index in 0..<batch.count {
                guard let datagram = try? UDPPacket(ipv4: batch.payload(index), checksumReady: true) else { continue }
                let payload = datagram.payload.array
                guard payload.starts(with: mark), let number = payload.last else { continue }
                #expect(payload.count == 3 + Int(number))
                numbers.append(number)
            }
        }
        return numbers
    }

    private static func loopbackIndex() throws -> Int32 {
        try #require(try NetlinkSocket().interfaces().named("lo")).index
    }

    @Test("a batch of packets leaves in order, each whole, and is empty again", arguments: [1, 7, 16])
    func batch(count: Int) throws {
        let sender = try PacketSocket()
        let receiver = try PacketSocket()
        let interface = try Self.loopbackIndex()
        var batch = PacketBatch(capacity: 16)
        // Twice, for memory that is used again must not remember.
        for round in 0..<2 {
            let numbers = (0..<count).map { UInt8($0 + (1 - round) * 100) }
            for number in numbers { batch.add(Self.packet(number), interface: interface, to: MACAddress(0)) }
            #expect(batch.isFull == (count == 16))
            var refused = 0
            batch.flush(on: sender) { _ in refused += 1 }
            #expect(refused == 0)
            #expect(batch.count == 0)
            #expect(try Self.receive(count, from: receiver) == numbers)
        }
    }

    @Test("a socket that only sends does send, and hears nothing")
    func sendsOnly() throws {
        let sender = try PacketSocket(sendsOnly: true)
        let receiver = try PacketSocket()
        var batch = PacketBatch(capacity: 4)
        batch.add(Self.packet(5), interface: try Self.loopbackIndex(), to: MACAddress(0))
        batch.flush(on: sender) { _ in Issue.record("refused") }
        #expect(try Self.receive(1, from: receiver) == [5])
        var heard = ReceiveBatch()
        _ = try heard.receive(from: sender.descriptor)
        #expect(heard.count == 0)
    }

    @Test("a packet that cannot leave is told, and those before and behind it arrive")
    func refusals() throws {
        let sender = try PacketSocket()
        let receiver = try PacketSocket()
        let interface = try Self.loopbackIndex()
        var batch = PacketBatch(capacity: 4)
        for (number, index) in [interface, Int32.max, interface, Int32.max - 1].enumerated() {
            batch.add(Self.packet(UInt8(number)), interface: index, to: MACAddress(0))
        }
        var refused: [Int32] = []
        batch.flush(on: sender) { refused.append($0.code) }
        #expect(refused == [ENXIO, ENXIO])
        #expect(try Self.receive(2, from: receiver) == [0, 2])
    }
}
