package import Wire

/// The configuration that a GRUB netboot image looks for: the same boot as the script's, by TFTP.
///
/// GRUB behind a proxy asks the DHCP server for it unless the image carries our address in its prefix; who gets here has
/// found us.
package enum GRUBConfig {
    /// Whether GRUB asks for its configuration under this path; images differ in their prefix.
    static func isAskedFor(_ path: String) -> Bool {
        path == "grub.cfg" || path == "grub/grub.cfg" || path == "boot/grub/grub.cfg"
    }

    /// - Parameter server: our address as the client reaches us.
    package static func render(_ target: BootTarget, server: IPAddress) -> String {
        let device = "(tftp,\(server.urlHost))"
        let initrds = target.initrds.map { "\(device)/\(escaped($0))" }.joined(separator: " ")
        let lines = [
            "echo \"Pilotfish boots from \(server)\"",
            "linux \(device)/\(escaped(target.kernel)) \(target.arguments.split(separator: " ").map(quoted).joined(separator: " "))",
            initrds.isEmpty ? "" : "initrd \(initrds)",
            "boot",
        ]
        return lines.filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
    }

    /// A path as a word of GRUB's language.
    private static func escaped(_ path: String) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/+".unicodeScalars)
        var text = ""
        for scalar in path.unicodeScalars {
            if !plain.contains(scalar) { text += "\\" }
            text.unicodeScalars.append(scalar)
        }
        return text
    }

    /// An argument in single quotes, in which GRUB replaces nothing.
    private static func quoted(_ word: Substring) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
