import BootPolicy
import Foundation
import Inventory
import Testing
import Wire

typealias Happening = (time: Int64, event: BootEvent)

/// A client as the engines see it: read from a real DISCOVER.
func client(
    _ mac: String, stage: BootStage = .firmware, address: IPv4Address = .any, uuid: UInt8 = 7
) throws
    -> BootClient
{
    var bytes = [UInt8](repeating: 0, count: 236)
    bytes.replaceSubrange(0..<3, with: [1, 1, 6])
    bytes.replaceSubrange(12..<16, with: address.octets)
    bytes.replaceSubrange(28..<34, with: try #require(MACAddress(mac)).octets)
    bytes += [99, 130, 83, 99, 53, 1, 1, 60, 9] + Array("PXEClient".utf8) + [93, 2, 0, 7]
    bytes += [97, 17, 0] + [UInt8](repeating: uuid, count: 15) + [uuid % 255 == 0 ? uuid : uuid ^ 0x5A]
    if stage == .foreignIPXE { bytes += [77, 4] + Array("iPXE".utf8) }
    bytes.append(255)
    let message = try DHCPMessage(bytes.span.bytes)
    let client = BootClient(try ClientFacts.read(message).get(), interfaceName: "eth0")
    #expect(client.stage == stage)
    return client
}

func answered(_ client: BootClient, port: Arrival.Port = .dhcp) -> BootEvent {
    var message = DHCPReply(
        kind: .offer, transaction: 1, hardware: client.hardware, serverIdentifier: IPv4Address(10, 0, 0, 2))
    message.bootFile = "snponly.efi"
    message.nextServer = IPv4Address(10, 0, 0, 2)
    return .answered(
        client, port: port, interface: 2, reply: BootReply(message: message, route: .broadcast, shape: .binl))
}

func lease(_ mac: String, _ address: IPv4Address, isBootServer: Bool = false) throws -> BootEvent {
    let hardware = ClientHardware(try #require(MACAddress(mac)))
    let offer = ForeignOffer(
        hardware: hardware, type: .acknowledge, server: IPv4Address(10, 0, 0, 1), address: address,
        isBootServer: isBootServer)
    return .foreignOffer(offer, interface: 2)
}

func transfer(_ address: IPv4Address, _ name: String = "snponly.efi") -> TransferFacts {
    TransferFacts(
        client: IPEndpoint(address: IPAddress(address), port: 2000), name: name, size: 1000, blockSize: 1468,
        windowSize: 4)
}

func download(_ address: IPv4Address, _ path: String = "vmlinuz", status: Int = 200) -> BootEvent {
    .downloadEnded(
        DownloadFacts(
            client: IPEndpoint(address: IPAddress(address), port: 3000), path: path, status: status, bytes: 5,
            duration: .milliseconds(3), isComplete: true))
}

func notice(_ text: String) -> BootEvent {
    .notice(Notice(.warning, text))
}

/// A directory of its own, gone when the test is.
func inDirectory(_ body: (URL) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "pilotfish-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(directory)
}

let firstMAC = "52:54:00:00:00:01"
let secondMAC = "52:54:00:00:00:02"
let firstAddress = IPv4Address(10, 0, 0, 100)
let secondAddress = IPv4Address(10, 0, 0, 101)
