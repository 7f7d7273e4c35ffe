import Testing

@testable import LinuxIO

@Suite("what a file system has")
struct FileSystemRoomTests {
    @Test(
        "octets are counted whatever it says",
        arguments: [
            (0, 4096, 0), (3, 4096, 12_288), (UInt64.max, 0, 0), (1 << 62, 1, 1 << 62), (1 << 62, 2, .max),
            (1 << 52, 4096, .max), (UInt64.max, UInt64.max, Int64.max),
        ] as [(UInt64, UInt64, Int64)])
    func octets(blocks: UInt64, size: UInt64, octets: Int64) {
        #expect(FileSystemRoom.octets(blocks, of: size) == octets)
    }
}
