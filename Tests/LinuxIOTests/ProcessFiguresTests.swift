import Foundation
import LinuxIO
import Testing

@Suite("what a process takes")
struct ProcessFiguresTests {
    @Test("memory and descriptors are those of this process")
    func own() throws {
        let before = ProcessFigures.own
        #expect(before.residentOctets > 1 << 20)
        #expect(before.openDescriptors > 2 && before.openDescriptors <= before.mostDescriptors)
    }

    @Test("a directory's disk has room, and one that is not there has none")
    func room() throws {
        let room = try FileSystemRoom(path: "/")
        #expect(room.total > 0 && room.free <= room.total)
        #expect(throws: SystemError.self) { try FileSystemRoom(path: "/nowhere/at/all") }
    }
}
