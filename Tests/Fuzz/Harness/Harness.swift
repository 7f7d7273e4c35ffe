import FuzzTargets
import Glibc

// The entry points that libFuzzer calls. Built by `Packaging/fuzz` only: it is no target of the package.

/// Chosen by the environment, so that one program holds all targets.
private let target = getenv("PILOTFISH_FUZZ").flatMap { FuzzTarget(rawValue: String(cString: $0)) }

@c(LLVMFuzzerInitialize)
public func initialize(
    _ count: UnsafeMutablePointer<CInt>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> CInt {
    guard target != nil else {
        print("PILOTFISH_FUZZ names no target; there are:", FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))
        exit(2)
    }
    if let directory = getenv("PILOTFISH_FUZZ_SEEDS") { writeSeeds(into: String(cString: directory)) }
    return 0
}

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // A copy of exactly this size: address sanitizer sees who reads past it.
    let octets = Array(UnsafeBufferPointer(start: start, count: count))
    let complaints = target?.run(octets) ?? []
    guard complaints.isEmpty else { fatalError("\(target?.rawValue ?? ""): \(complaints)") }
    return 0
}

/// Writes the seeds of the target and ends.
private func writeSeeds(into directory: String) -> Never {
    guard let target, let seeds = try? FuzzSeeds.make(for: target) else { fatalError("no seeds") }
    for (number, seed) in seeds.enumerated() {
        guard let file = fopen("\(directory)/seed-\(number)", "w") else { fatalError("cannot write to \(directory)") }
        fwrite(seed, 1, seed.count, file)
        fclose(file)
    }
    exit(0)
}
