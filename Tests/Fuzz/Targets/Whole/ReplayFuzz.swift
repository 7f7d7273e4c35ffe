import BootPolicy
import ControlPlane
import Wire

/// A capture that is written anew and played again: nothing of it gets lost on the way, and whatever its packets say, the same
/// settings give the same words twice.
enum ReplayFuzz {
    private static let server = IPv4Address(10, 77, 0, 2)

    private static let catalog: Catalog = {
        var catalog = Catalog()
        catalog.loaders = LoaderTable([
            .bios: [Loader(path: "/usr/lib/ipxe/undionly.kpxe"), Loader(path: "/usr/lib/ipxe/ipxe.pxe")],
            .uefiX64: [Loader(path: "/usr/lib/ipxe/snponly.efi"), Loader(path: "/usr/lib/ipxe/ipxe.efi")],
        ])
        return catalog
    }()

    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        guard let file = try? CaptureFile(octets) else { return }
        let again = rewritten(file, &complaints)
        guard let first = play(file), let second = play(file) else { return complaints.add(["it was not played"]) }
        complaints.demand(first.text == second.text && first.json == second.json, "it was played in two ways")
        complaints.demand(!first.json.contains("\n"), "several lines for programs")
        let copy = again.flatMap(play)
        // A file that says more of itself than its packets do is played by that.
        let isPlain =
            file.damage == nil && file.comments.isEmpty && file.interfaces.allSatisfy { $0.address == nil }
            && Set(file.packets.map(\.link)).count <= 1 && link(of: file).rawValue <= UInt16.max
        if isPlain { complaints.demand(copy?.json.count == first.json.count, "the copy was played in another way") }
    }

    private static func link(of file: CaptureFile) -> LinkType { file.packets.first?.link ?? .ethernet }

    private static func play(_ file: CaptureFile) -> FlightReplay? {
        try? FlightReplay(file, ours: [server], catalog: catalog, mark: "", assets: nil)
    }

    /// The same packets as our writer writes them, compared as they are read back.
    private static func rewritten(_ file: CaptureFile, _ complaints: inout Complaints) -> CaptureFile? {
        var writer = PcapngWriter(application: "fuzz", comment: "c")
        let number = writer.add(CaptureInterface(name: "e", address: nil), link: link(of: file))
        for packet in file.packets {
            writer.add(
                packet.octets, carried: packet.octets.count + (packet.isCut ? 1 : 0), time: packet.time,
                interface: number, isOutgoing: packet.isOutgoing, comments: ["x"])
        }
        let again = try? CaptureFile(writer.bytes)
        complaints.demand(again?.damage == nil, "what was written is damaged")
        complaints.demand(again?.packets.map(\.octets) == file.packets.map(\.octets), "packets were lost")
        complaints.demand(again?.packets.map(\.time) == file.packets.map(\.time), "times were lost")
        complaints.demand(again?.packets.map(\.isCut) == file.packets.map(\.isCut), "what was cut is whole")
        return again
    }
}
