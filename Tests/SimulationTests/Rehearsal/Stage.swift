import Assets
import BootPolicy
import Foundation
import LinuxIO
import Wire

@testable import Simulation

/// A root of its own for one rehearsal, and settings that a test writes.
final class Stage {
    static let server = IPv4Address(10, 0, 0, 2)
    static let card = MACAddress(0x5254_0012_3456)
    static let uuid = MachineUUID("44332211-6655-8877-99aa-bbccddeeff00")

    let path: String
    var catalog = Catalog()
    var installs: (any InstallSource)?
    var enrolment: Enrolment?

    /// - Parameter files: what lies beneath the root.
    init(_ files: [String: [UInt8]]) throws {
        path = NSTemporaryDirectory() + "/pilotfish-rehearsal-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        catalog.loaders[.bios] = [Loader(path: "undionly.kpxe")]
        catalog.loaders[.uefiX64] = [Loader(path: "snponly.efi")]
        catalog.loaders[.uefiARM64] = [Loader(path: "arm64.efi")]
        catalog.loaders[.uefiIA32] = [Loader(path: "ia32.efi")]
        for (name, octets) in files {
            let url = URL(filePath: path + "/" + name)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(octets).write(to: url)
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func play(_ kind: RehearsedKind, _ change: (inout RehearsalPlan) -> Void = { _ in }) throws -> RehearsalReport {
        let root = ServedRoot(try RootDirectory(path: path))
        let enrolment = enrolment
        let world = RehearsalWorld(catalog: catalog, root: root, installs: installs) { requester, _ in
            var requester = requester
            requester.enrolment = enrolment
            return requester
        }
        var plan = RehearsalPlan(kind, server: Self.server)
        plan.address = IPv4Address(10, 0, 0, 99)
        if kind != .pi {
            plan.hardware = Self.card
            if let uuid = Self.uuid { plan.machine = uuid }
        }
        change(&plan)
        return Rehearsal.play(plan, in: world)
    }

    /// Each step in a few words, and the end.
    func transcript(
        _ kind: RehearsedKind, _ change: (inout RehearsalPlan) -> Void = { _ in }
    ) throws -> [String] {
        let report = try play(kind, change)
        return report.steps.map(Self.words) + [Self.words(report.end)]
    }

    private static func words(_ step: RehearsalStep) -> String {
        switch step.what {
        case .told(let told):
            return "\(step.actor.rawValue) \(told.isOffer ? "OFFER" : "ACK") \(told.shape.rawValue) \(told.file)"
        case .note(let text): return "\(step.actor.rawValue): \(text)"
        case .fetch(let fetch):
            let answer =
                switch fetch.answer {
                case .found(.upstream, _): "upstream"
                case .found(.made, _): "made"
                case .found(.install, _): "install"
                case .found: "+"
                case .refused(let reason): reason.code
                case .foreign: "foreign"
                }
            return "\(step.actor.rawValue) \(fetch.way.rawValue)\(fetch.isProbe ? "?" : "") \(fetch.path) \(answer)"
        }
    }

    private static func words(_ end: RehearsalEnd) -> String {
        switch end {
        case .kernel(let path, let disks, let arguments):
            "kernel \(([path] + disks).joined(separator: "+")) \(arguments)"
        case .stopped(let why, _): "stopped \(why.code)"
        case .refused(let refusal): "refused \(refusal.code)"
        default: "\(end)"
        }
    }
}

/// Files that are known by what they hold.
enum Fixture {
    static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// An EFI program with a text in it.
    static func efi(_ machine: UInt16, _ text: String = "iPXE") -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: 0x80)
        octets.replaceSubrange(0..<2, with: "MZ".utf8)
        octets[0x3C] = 0x40
        octets.replaceSubrange(0x40..<0x44, with: "PE\0\0".utf8)
        octets[0x44] = UInt8(machine & 0xFF)
        octets[0x45] = UInt8(machine >> 8)
        return octets + Array(text.utf8) + [0]
    }

    static let x64: UInt16 = 0x8664

    /// A module of SYSLINUX that needs others: a table of two segments, entries, names.
    static func module(needing names: [String]) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: 0x34)
        octets.replaceSubrange(0..<6, with: [0x7F, 0x45, 0x4C, 0x46, 1, 1])
        var strings: [UInt8] = [0]
        let places = names.map { name in
            defer { strings += Array(name.utf8) + [0] }
            return strings.count
        }
        let entries = 0x74
        let start = entries + (names.count + 2) * 8
        func u32(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
        octets.replaceSubrange(0x1C..<0x20, with: u32(0x34))
        octets[0x2A] = 32
        octets[0x2C] = 2
        let whole = start + strings.count
        for segment in [[1, 0, 0x1000, 0, whole, whole, 0, 0], [2, entries, 0, 0, (names.count + 2) * 8, 0, 0, 0]] {
            octets += segment.flatMap(u32)
        }
        for place in places { octets += u32(1) + u32(place) }
        octets += u32(5) + u32(0x1000 + start) + u32(0) + u32(0)
        return octets + strings
    }
}
