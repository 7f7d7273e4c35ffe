import Assets
import BootPolicy
import Settings
import Support
import Testing
import Wire

@testable import ControlPlane

/// Boots of real firmware, as the flight recorder kept them: whoever changes what a machine is answered reads here which, and
/// where.
///
/// To make one anew: PILOTFISH_FLIGHTS=DIRECTORY with the lab's checks of the flight recorder, and then
/// `pilotfish replay NAME.pcapng --settings NAME.toml --dhcp-only > NAME.expected`, on a host with Debian's loaders.
@Suite("flights of real firmware")
struct FlightFixtureTests {
    private static let flights = ["bios", "bios-plain", "uefi", "uefi-http"]

    private func settings(_ name: String) throws -> Settings {
        let text = String(decoding: try PcapFile.octets(ofFixture: "flights/\(name).toml"), as: UTF8.self)
        return try Settings.parse(text, file: "\(name).toml")
    }

    private func replay(_ name: String, _ settings: Settings) throws -> FlightReplay {
        let capture = try CaptureFile(PcapFile.octets(ofFixture: "flights/\(name).pcapng"))
        return try FlightReplay(
            capture, ours: [], catalog: settings.catalog(canOpen: { _ in true }), mark: settings.mark, assets: nil)
    }

    @Test("the same answers come of the same questions", arguments: flights)
    func golden(name: String) throws {
        let replay = try replay(name, settings(name))
        let expected = String(decoding: try PcapFile.octets(ofFixture: "flights/\(name).expected"), as: UTF8.self)
        let lines = replay.text.split(separator: "\n")
        let wanted = expected.split(separator: "\n")
        // The first difference is worth more than two whole texts.
        let first = zip(lines, wanted).first { $0 != $1 }
        #expect(first?.0 == first?.1, "\(name)")
        #expect(lines.count == wanted.count)
        #expect(replay.isSame)
        #expect(replay.hasSameSettings == true)
    }

    @Test("another loader is seen in the answers", arguments: flights.filter { $0 != "bios" })
    func changed(name: String) throws {
        // The ROM of "bios" is an iPXE, which is told of its script and of no loader.
        var settings = try settings(name)
        for role in LoaderTable.Role.allCases { settings.loaders[role] = ["/srv/another.efi"] }
        let replay = try replay(name, settings)
        #expect(!replay.isSame)
        #expect(replay.hasSameSettings == false)
        #expect(replay.text.contains("another.efi"))
    }

    @Test("a flight that was cut short is played as far as it goes", arguments: flights)
    func cutShort(name: String) throws {
        let whole = try PcapFile.octets(ofFixture: "flights/\(name).pcapng")
        let settings = try settings(name)
        for length in stride(from: 300, to: whole.count, by: 331) {
            guard let capture = try? CaptureFile(Array(whole[..<length])) else { continue }
            let replay = try? FlightReplay(
                capture, ours: [IPv4Address(10, 77, 0, 2)], catalog: settings.catalog(canOpen: { _ in true }),
                mark: settings.mark, assets: nil)
            #expect(replay?.text.isEmpty == false)
        }
    }
}
