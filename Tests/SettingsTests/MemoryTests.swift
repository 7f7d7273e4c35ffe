import Foundation
import Glibc
import Testing

@testable import Settings

@Suite("Settings that are read again and again")
struct MemoryTests {
    /// In a process of its own, for others take memory meanwhile.
    @Test("a hundred readings of two hundred machines leave less than half of what they are behind")
    func growth() async {
        await #expect(processExitsWith: .success) {
            let text = (0..<200).map {
                "[machine.host\($0)]\nmac = \"52:54:00:00:00:\($0 % 100)\"\ngroups = [\"rack\"]\n"
            }
            .joined()
            let readings = 100
            func resident() -> Int {
                let words = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
                return (words?[1]).flatMap { Int($0) }.map { $0 * sysconf(Int32(_SC_PAGESIZE)) } ?? 0
            }
            for _ in 0..<10 { _ = try TOMLNode.parse(text) }
            let before = resident()
            for _ in 0..<readings { _ = try TOMLNode.parse(text) }
            let kept = (resident() - before) / readings
            guard before > 0, kept < text.utf8.count * 7 else {
                fatalError("each reading of \(text.utf8.count) octets keeps \(kept)")
            }
        }
    }
}
