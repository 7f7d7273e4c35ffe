import Glibc
import Wire

/// A whole capture of Ethernet frames, as `tcpdump -w` leaves it; `Wire` reads it, this finds the file.
package struct PcapFile: Sendable {
    /// One frame: its place in the file, from 0, and its octets from the Ethernet header on.
    package struct Frame: Sendable {
        package let number: Int
        package let octets: [UInt8]

        /// The IPv4 packet inside, as a packet socket of the kind SOCK_DGRAM hands it over.
        package var packet: [UInt8] { Array(octets.dropFirst(14)) }
    }

    /// Why a file is no capture that tests stand on.
    package enum Problem: Error, Equatable {
        case unreadable(String)
        /// No capture, not of Ethernet, or cut short.
        case unknownFormat
    }

    package let frames: [Frame]

    /// - Parameter file: the octets of a capture.
    package init(_ file: [UInt8]) throws(Problem) {
        guard let capture = try? CaptureFile(file), capture.damage == nil,
            capture.packets.allSatisfy({ $0.link == .ethernet && $0.octets.count >= 14 })
        else { throw .unknownFormat }
        frames = capture.packets.map { Frame(number: $0.number, octets: $0.octets) }
    }

    /// Reads `Tests/Fixtures/NAME.pcap`.
    package init(fixture name: String) throws(Problem) {
        try self.init(Self.octets(ofFixture: name + ".pcap"))
    }

    /// The octets of `Tests/Fixtures/NAME`, whatever they are.
    package static func octets(ofFixture name: String) throws(Problem) -> [UInt8] {
        let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return try read("/\(tests)/Fixtures/\(name)")
    }

    private static func read(_ path: String) throws(Problem) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path) }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            guard count >= 0 else { throw .unreadable(path) }
            if count == 0 { return contents }
            contents += piece[0..<count]
        }
    }
}

extension PcapFile {
    /// Every capture in `Tests/Fixtures`: client and router, as the lab named them.
    package static let fixtures = [
        "bios-anon-chain-dnsmasq", "bios-anon-pxelinux-dnsmasq", "bios-grub-dnsmasq", "bios-ipxe-dnsmasq",
        "bios-ipxe-isc", "bios-ipxe-new-literal-siaddr0", "bios-pxelinux-dnsmasq", "uefi-arm64-grub-isc",
        "uefi-arm64-ipxe-new-dnsmasq", "uefi-arm64-uki-dnsmasq", "uefi-x64-e1000-dnsmasq", "uefi-x64-grub-isc",
        "uefi-x64-http-dnsmasq", "uefi-x64-ipxe-dnsmasq", "uefi-x64-ipxe-new-dnsmasq", "uefi-x64-sb-http-isc",
        "uefi-x64-sb-isc", "uefi-x64-sb-unsigned-refused", "uefi-x64-uki-dnsmasq", "uefi-x64-uki-kea",
    ]
}
