import CLinuxNet
import Glibc

extension ListeningSocket {
    /// Opens a Unix socket that its owner and its group may connect to (unix(7)).
    ///
    /// What a killed process left at the path is taken away. There is no moment in which others might connect.
    ///
    /// - Parameter owner: whom it belongs to; nil for who we are.
    /// - Throws: `SystemError`; EADDRINUSE when somebody listens there.
    package static func open(
        path: String, owner: (user: UInt32, group: UInt32)?
    ) throws(SystemError) -> OwnedDescriptor {
        if (try? ControlCall(to: path)) != nil { throw SystemError(EADDRINUSE, call: "bind", subject: path) }
        unlink(path)
        let number = try check("socket", path) { pilotfish_stream_socket(AF_UNIX) }
        let owned = OwnedDescriptor(number)
        // The path's mode is that of the socket (unix_bind of the kernel), less what the umask takes.
        try check("fchmod", path) { fchmod(number, 0o600) }
        try withUnixAddress(path) { address, length throws(SystemError) in
            try check("bind", path) { bind(number, address, length) }
        }
        // Not through a link, which another user could put there.
        if let owner { try check("lchown", path) { lchown(path, owner.user, owner.group) } }
        try check("fchmodat", path) { fchmodat(AT_FDCWD, path, 0o660, AT_SYMLINK_NOFOLLOW) }
        return owned
    }
}
