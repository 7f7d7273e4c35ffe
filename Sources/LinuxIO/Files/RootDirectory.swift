import CLinuxNet
import Glibc

/// The directory whose files clients may fetch; nothing outside it can be opened through it.
package final class RootDirectory: Sendable {
    /// Its path, for messages.
    package let path: String
    private let descriptor: OwnedDescriptor

    /// - Throws: `SystemError` when there is no such directory.
    package init(path: String) throws(SystemError) {
        let number = try check("open", path) { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        self.path = path
        descriptor = OwnedDescriptor(number)
    }

    /// Opens a regular file beneath the root.
    ///
    /// - Parameter path: relative; the kernel refuses `..`, absolute links and links that lead outside (openat2(2),
    ///   RESOLVE_BENEATH), so a race between check and open cannot exist.
    /// - Throws: `SystemError`; EXDEV when the path would leave the root.
    package func open(_ path: String) throws(SystemError) -> OpenFile {
        try OpenFile(OwnedDescriptor(openBeneath(path, O_RDONLY)), name: path)
    }

    func openBeneath(_ path: String, _ flags: Int32) throws(SystemError) -> Int32 {
        try check("open", path) {
            pilotfish_openat2(
                descriptor.number, path, UInt64(flags | O_CLOEXEC | O_NONBLOCK), 0,
                UInt64(RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS))
        }
    }
}
