import FuzzTargets
import Glibc
import Testing

/// What fuzzing found worth keeping, again in every test run: `Tests/Fuzz/corpus` reaches all that it ever reached,
/// `Tests/Fuzz/failures` is what once was trouble.
@Suite("fuzz replay")
struct ReplayTests {
    /// A file of octets, with the place where it lies beneath `Tests/Fuzz`.
    private static func inputs(_ kind: String, _ target: FuzzTarget) -> [(name: String, octets: [UInt8])] {
        let tests = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let directory = "\(tests)/Fuzz/\(kind)/\(target.rawValue)"
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted().map { ("\(kind)/\(target.rawValue)/\($0)", contents("\(directory)/\($0)")) }
    }

    private static func contents(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var octets = [UInt8](repeating: 0, count: 1 << 16)
        return Array(octets.prefix(fread(&octets, 1, octets.count, file)))
    }

    @Test("the corpus is clean", arguments: FuzzTarget.allCases)
    func corpus(target: FuzzTarget) {
        let inputs = Self.inputs("corpus", target)
        #expect(inputs.count >= 5, "there is a corpus at all")
        for (name, octets) in inputs { #expect(target.run(octets) == [], "\(name)") }
    }

    /// A number in the environment.
    private static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

    /// Of the texts that people and their other tools write more are made: they are short, and most are refused soon.
    private static let manyVariations: Set<FuzzTarget> = [.settings, .hosts, .conversion]

    /// What libFuzzer does not build is played here, with octets that chance makes of what is known: so many of them for
    /// each target, and always the same ones, so that who changes something is not blamed for what was there before.
    /// PILOTFISH_FUZZ_VARIATIONS=100000 makes more, PILOTFISH_FUZZ_SEED=7 others. `Packaging/fuzz` goes on for longer with
    /// all other targets, and the layer `fuzz` of `Packaging/test` with these as well.
    @Test("variations are clean", arguments: FuzzTarget.allCases.filter(\.needsWholeRooms))
    func variations(target: FuzzTarget) throws {
        let inputs = try FuzzSeeds.make(for: target) + Self.inputs("corpus", target).map(\.octets)
        let count = Self.number("PILOTFISH_FUZZ_VARIATIONS") ?? (Self.manyVariations.contains(target) ? 600 : 200)
        let seed = Self.number("PILOTFISH_FUZZ_SEED").flatMap(UInt64.init(exactly:)) ?? 20_261
        // Of zero the generator makes zeros only.
        try #require(seed != 0 && count > 0, "PILOTFISH_FUZZ_SEED and PILOTFISH_FUZZ_VARIATIONS are numbers above 0")
        print("\(target.rawValue): \(count) variations of seed \(seed)")
        var variations = Variations(of: inputs, seed: seed)
        for number in 1...count {
            let octets = variations.next()
            let complaints = target.run(octets)
            #expect(
                complaints == [],
                "variation \(number) of seed \(seed): \(String(decoding: octets, as: UTF8.self)) \(octets)")
            if !complaints.isEmpty { return }
        }
    }

    @Test("past failures stay mended", arguments: FuzzTarget.allCases)
    func failures(target: FuzzTarget) {
        for (name, octets) in Self.inputs("failures", target) { #expect(target.run(octets) == [], "\(name)") }
    }

    @Test("the seeds are clean, and what fuzzing begins with", arguments: FuzzTarget.allCases)
    func seeds(target: FuzzTarget) throws {
        let seeds = try FuzzSeeds.make(for: target)
        #expect(seeds.count >= 4)
        for (number, octets) in seeds.enumerated() { #expect(target.run(octets) == [], "seed \(number)") }
    }
}

/// Makes inputs of others, by what is usual with fuzzers: octets changed, taken out, repeated, and parts of one put
/// into another.
private struct Variations {
    private let inputs: [[UInt8]]
    private var state: UInt64

    init(of inputs: [[UInt8]], seed: UInt64) {
        self.inputs = inputs
        state = seed
    }

    mutating func next() -> [UInt8] {
        var octets = inputs[chance(inputs.count)]
        for _ in 0...chance(4) { change(&octets) }
        return Array(octets.prefix(4096))
    }

    private mutating func change(_ octets: inout [UInt8]) {
        let start = chance(octets.count + 1)
        let end = min(start + 1 + chance(12), octets.count)
        switch chance(5) {
        case 0: octets.replaceSubrange(start..<end, with: (start..<end).map { _ in UInt8(chance(256)) })
        case 1: octets.removeSubrange(start..<end)
        case 2: octets.insert(contentsOf: octets[start..<end], at: start)
        case 3: octets.insert(signs[chance(signs.count)], at: start)
        default:
            let other = inputs[chance(inputs.count)]
            let from = chance(other.count + 1)
            octets.insert(contentsOf: other[from..<min(from + 1 + chance(60), other.count)], at: start)
        }
    }

    private let signs = Array("\"'\\[]{}=,.;:#$%-+*/ \t\n\r\0".utf8) + [0x80, 0xC3, 0xFF]

    /// xorshift64*.
    private mutating func chance(_ below: Int) -> Int {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return Int((state &* 2_685_821_657_736_338_717) >> 33) % max(below, 1)
    }
}
