import Glibc
import LinuxIO

/// Files that a command reads at once.
enum InputFile {
    /// What stands in a file, or its beginning.
    ///
    /// - Parameter limit: octets; somewhat more may come back.
    static func read(_ path: String, atMost limit: Int) throws(SystemError) -> [UInt8] {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(call: "open", subject: path) }
        let descriptor = OwnedDescriptor(number)
        var contents: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while contents.count < limit {
            let count = Glibc.read(descriptor.number, &piece, piece.count)
            guard count >= 0 else { throw SystemError(call: "read", subject: path) }
            if count == 0 { break }
            contents += piece[0..<count]
        }
        return contents
    }
}
