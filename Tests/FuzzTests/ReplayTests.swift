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
