import Glibc

/// A capture in the classic pcap format with Ethernet frames, as `tcpdump -w` leaves it.
package struct PcapFile: Sendable {
    /// One frame: its place in the file, from 0, and its octets from the Ethernet header on.
    package struct Frame: Sendable {
        package let number: Int
        package let octets: [UInt8]

        /// The IPv4 packet inside, as a packet socket of the kind SOCK_DGRAM hands it over.
        package var packet: [UInt8] { Array(octets.dropFirst(14)) }
    }

    /// Why a file is no capture that we read.
    package enum Problem: Error, Equatable {
        case unreadable(String)
        /// Not little-endian with microseconds, or not of Ethernet, or cut short.
        case unknownFormat
    }

    package let frames: [Frame]

    /// - Parameter file: the octets of a capture.
    package init(_ file: [UInt8]) throws(Problem) {
        guard file.count >= 24, Self.number(file, at: 0) == 0xA1B2_C3D4, Self.number(file, at: 20) == 1 else {
            throw .unknownFormat
        }
        var frames: [Frame] = []
        var offset = 24
        while offset < file.count {
            guard offset + 16 <= file.count else { throw .unknownFormat }
            let length = Self.number(file, at: offset + 8)
            let start = offset + 16
            guard length == Self.number(file, at: offset + 12), start + length <= file.count, length >= 14 else {
                throw .unknownFormat
            }
            frames.append(Frame(number: frames.count, octets: Array(file[start..<start + length])))
            offset = start + length
        }
        self.frames = frames
    }

    /// Reads `Tests/Fixtures/NAME.pcap`.
    package init(fixture name: String) throws(Problem) {
        let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        try self.init(Self.read("/\(tests)/Fixtures/\(name).pcap"))
    }

    private static func number(_ file: [UInt8], at offset: Int) -> Int {
        (0..<4).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
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
