import Assets
import BootPolicy
import LinuxIO
import Wire

@testable import Simulation

/// A text as the configuration of GRUB, of PXELINUX, and as a script of iPXE: each is played to an end, in bounds, the same twice.
enum LoaderFuzz {
    private static let server = IPv4Address(10, 77, 0, 2)
    private static let place = BootLocation(.tftp, server: "\(server)", path: "boot/loader")

    private static let world: RehearsalWorld? = (try? RootDirectory.empty(insteadOf: "/srv/tftp")).map {
        RehearsalWorld(catalog: Catalog(), root: ServedRoot($0))
    }

    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        guard let world else { return complaints.add(["there is no directory to serve"]) }
        let text = String(decoding: octets, as: UTF8.self)
        play(.uefi, world, &complaints) { $0.runGRUB(text) }
        play(.bios, world, &complaints) { $0.runPXELINUX(text, from: place) }
        play(.ipxe, world, &complaints) { $0.run("#!ipxe\n" + text, from: place) }
    }

    private static func play(
        _ kind: RehearsedKind, _ world: RehearsalWorld, _ complaints: inout Complaints, _ run: (inout Rehearsal) -> Void
    ) {
        let played = (0..<2).map { _ in
            var rehearsal = Rehearsal(RehearsalPlan(kind, server: server), in: world)
            run(&rehearsal)
            return rehearsal
        }
        complaints.demand(played[0].end != nil, "\(kind.rawValue) does not come to an end")
        complaints.demand(played[0].steps.count < 20_000, "\(kind.rawValue) takes \(played[0].steps.count) steps")
        complaints.demand(
            played[0].end == played[1].end && played[0].steps == played[1].steps,
            "\(kind.rawValue) was played in two ways")
    }
}
