/// The script that iPXE runs: it names kernel, initial RAM disks and command line, all by HTTP, or by TFTP where
/// HTTP is switched off.
package enum IPXEScript {
    /// The virtual path of the usual script, over HTTP and TFTP alike.
    package static let path = "boot.ipxe"

    /// The virtual path of a profile's script; nil is the usual one.
    package static func path(profile: String?) -> String {
        profile.map { "boot/\($0).ipxe" } ?? path
    }

    /// What an iPXE of 2021 and later looks for beside itself before it asks DHCP at all.
    package static let automaticName = "autoexec.ipxe"

    /// The script under that name when machines boot different things: only the answer to iPXE's own DISCOVER knows
    /// which is this one's.
    package static func renderAutomatic(baseURL: String) -> String {
        """
        #!ipxe
        dhcp || goto usual
        isset ${proxydhcp/filename} && chain --replace ${proxydhcp/filename} ||
        :usual
        chain --replace \(baseURL)/\(path)

        """
    }

    /// - Parameter baseURL: `Catalog.baseURL`, as the client reaches us.
    package static func render(_ target: BootTarget, baseURL: String) -> String {
        // An EFI kernel finds its RAM disks by `initrd=`; a BIOS kernel does not mind it.
        let initrdNames = target.initrds.map(lastPart)
        let named = initrdNames.map { "initrd=\($0)" }
        let commandLine = (named + [target.arguments]).filter { !$0.isEmpty }.joined(separator: " ")
        var lines = [
            "#!ipxe",
            "echo Pilotfish boots ${net0/mac} from \(baseURL)",
            "imgfree",
            "kernel \(baseURL)/\(URLPath.escaped(target.kernel)) \(commandLine) || goto failed",
        ]
        for (path, name) in zip(target.initrds, initrdNames) {
            lines.append("initrd --name \(name) \(baseURL)/\(URLPath.escaped(path)) || goto failed")
        }
        lines += [
            "boot || goto failed",
            ":failed",
            "echo Pilotfish: ${errmsg}",
            "echo Put the files under the root directory, or name others in [boot] of the settings.",
            "sleep 20",
            "exit 1",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lastPart(_ path: String) -> String {
        String(path.split(separator: "/").last ?? "")
    }
}
