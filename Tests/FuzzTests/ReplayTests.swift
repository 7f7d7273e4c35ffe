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

    /// libFuzzer, which collects a corpus, does not build these (`FuzzTarget.needsWholeRooms`), and none was made by
    /// hand: their seeds are texts of all kinds, and every run makes variations of those.
    private static let withoutCorpus: Set<FuzzTarget> = [.settings, .hosts, .conversion]

    @Test("the corpus is clean", arguments: FuzzTarget.allCases)
    func corpus(target: FuzzTarget) {
        let inputs = Self.inputs("corpus", target)
        #expect(inputs.count >= 5 || Self.withoutCorpus.contains(target), "there is a corpus at all")
        for (name, octets) in inputs { #expect(target.run(octets) == [], "\(name)") }
    }

    /// What libFuzzer does not build is played here, with octets that chance makes of what is known: always the same
    /// ones, and so many of them for each target. PILOTFISH_FUZZ_VARIATIONS=100000 makes more.
    @Test("variations are clean", arguments: FuzzTarget.allCases.filter(\.needsWholeRooms))
    func variations(target: FuzzTarget) throws {
        let inputs = try FuzzSeeds.make(for: target) + Self.inputs("corpus", target).map(\.octets)
        let count = getenv("PILOTFISH_FUZZ_VARIATIONS").flatMap { Int(String(cString: $0)) } ?? 200
        var variations = Variations(of: inputs, seed: 20_261)
        for _ in 0..<count {
            let octets = variations.next()
            let complaints = target.run(octets)
            #expect(complaints == [], "\(String(decoding: octets, as: UTF8.self)) \(octets)")
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
