import Wire

/// The configuration that PXELINUX asks for last: the same as the script's, by TFTP.
///
/// PXELINUX looks for `pxelinux.cfg/UUID`, `01-MAC`, the address in hexadecimal and its beginnings, and `default`. All but
/// the last are the operator's own, or nobody's: made up, they would hide what stands in a tree under a later name.
package enum PXELINUXConfig {
    /// Wherever the loader lies, it asks beside itself.
    static func isAskedFor(_ path: String) -> Bool {
        path == "pxelinux.cfg/default" || path.hasSuffix("/pxelinux.cfg/default")
    }

    package static func render(_ entry: TargetBook.Entry, of book: TargetBook, _ setting: ScriptSetting) -> String {
        let lines: [String]
        switch entry {
        case .target(let target):
            let commands =
                commands(of: target, setting) ?? ["  SAY \(target.title) is not for BIOS machines", "  LOCALBOOT 0"]
            lines = ["DEFAULT boot", "PROMPT 0"] + closed(book) + ["LABEL boot"] + commands
        case .menu(let menu):
            // Tenths of a second; 0 waits for ever. When the time is over it boots without asking for any password.
            let timeout = menu.lock == nil ? (menu.timeout?.nanoseconds ?? 0) / 100_000_000 : 0
            lines = ["UI menu.c32", "PROMPT 0", "TIMEOUT \(timeout)"] + closed(book) + page(menu, book, setting)
        }
        let message = setting.requester.order.message
        return ((message.isEmpty ? [] : ["SAY \(message)"]) + lines).joined(separator: "\n") + "\n"
    }

    /// With a password somewhere nobody may write a command line of his own.
    private static func closed(_ book: TargetBook) -> [String] {
        book.hasLocks ? ["NOESCAPE 1", "ALLOWOPTIONS 0"] : []
    }

    /// - Parameter lock: that of the menu around it.
    private static func page(
        _ menu: TargetMenu, _ book: TargetBook, _ setting: ScriptSetting, lock: MenuLock? = nil
    ) -> [String] {
        let lock = menu.lock ?? lock
        return ["MENU TITLE \(menu.title)"]
            + menu.items.flatMap { item($0, isPreferred: $0 == menu.preferred, lock, book, setting) }
    }

    private static func item(
        _ name: String, isPreferred: Bool, _ lock: MenuLock?, _ book: TargetBook, _ setting: ScriptSetting
    ) -> [String] {
        switch book[name] {
        case .target(let target):
            guard let commands = commands(of: target, setting) else { return [] }
            let mark = isPreferred ? ["  MENU DEFAULT"] : []
            // A menu cannot have one, so each of its lines does.
            let password = lock.map { ["  MENU PASSWD \($0.crypt)"] } ?? []
            return ["LABEL \(name)", "  MENU LABEL \(shown(target.title))"] + mark + password + commands
        case .menu(let inner):
            let back = ["LABEL \(name)-back", "  MENU LABEL Back", "  MENU EXIT"]
            return ["MENU BEGIN \(name)"] + page(inner, book, setting, lock: lock) + back + ["MENU END"]
        case nil: return []
        }
    }

    /// Nil for what no BIOS machine boots: PXELINUX is a program for those. Its command line is behind the key Tab.
    private static func commands(of target: BootTarget, _ setting: ScriptSetting) -> [String]? {
        guard let action = target.action(on: .bios), action != .shell else { return nil }
        return commands(of: action, setting).map { "  " + $0 }
    }

    private static func commands(of action: BootAction, _ setting: ScriptSetting) -> [String] {
        switch action {
        case .linux(let boot):
            let initrds = boot.initrds.map(file).joined(separator: ",")
            let arguments = setting.filled(setting.arguments(of: boot))
            return ["LINUX \(file(boot.kernel))"] + (initrds.isEmpty ? [] : ["INITRD \(initrds)"])
                + (arguments.isEmpty ? [] : ["APPEND \(arguments)"]) + card(boot, setting)
        // By its name PXELINUX would take a .bin for a boot sector.
        case .program(let path): return ["\(verb(path)) \(file(path))"]
        case .memdisk(let path):
            return [
                "LINUX \(file(SyslinuxModules.memdisk))", "INITRD \(file(path))",
                "APPEND \(SyslinuxModules.memdiskArguments(for: path))",
            ]
        // An iPXE that is started like a kernel takes its script on the command line.
        case .chain(let url):
            return ["LINUX \(file("ipxe.lkrn"))", "APPEND dhcp && chain \(setting.filled(url))"]
        case .localDisk: return ["LOCALBOOT 0"]
        case .shell: return []
        case .reboot: return ["COM32 reboot.c32"]
        case .powerOff: return ["COM32 poweroff.c32"]
        }
    }

    /// Which card it booted by, the loader can say where nobody heard it.
    private static func card(_ boot: LinuxBoot, _ setting: ScriptSetting) -> [String] {
        let isWanted = boot.arguments.variables.contains(BootVariable.bootif.rawValue)
        return isWanted && setting.requester.hardware == nil ? ["SYSAPPEND 2"] : []
    }

    private static func verb(_ path: String) -> String {
        if path.hasSuffix(".c32") { return "COM32" }
        return path.hasSuffix(".0") || path.hasSuffix(".kpxe") || path.hasSuffix(".pxe") ? "PXE" : "LINUX"
    }

    /// From the root, wherever the loader lies. A URL as it is: lpxelinux.0 fetches http and tftp, the plain pxelinux.0 tftp
    /// only, and each says so itself. A comma would begin the next file.
    private static func file(_ path: String) -> String {
        guard URLPath.isURL(path) else { return "::\(path)" }
        return path.split(separator: ",", omittingEmptySubsequences: false).joined(separator: "%2C")
    }

    /// A caret would mark a key.
    private static func shown(_ title: String) -> String {
        String(String.UnicodeScalarView(title.unicodeScalars.filter { $0 != "^" }))
    }
}
