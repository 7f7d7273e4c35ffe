import Wire

/// The scripts that iPXE runs: a target's files and command line, or a menu; all by HTTP, or by TFTP where HTTP is
/// switched off.
package enum IPXEScript {
    /// The virtual path of the usual script, over HTTP and TFTP alike.
    package static let path = "boot.ipxe"

    /// The virtual path of the script of a target or menu; nil is the usual one.
    package static func path(of name: String?) -> String {
        name.map { "boot/\($0).ipxe" } ?? path
    }

    /// What stands in place of a target's name when a webhook made one up, and is no such name. Who cannot be told apart any more
    /// finds nothing there, rather than the usual boot.
    static let decided = "~decided"

    /// The virtual path of the script that asks for the password of a menu, and goes on with the menu's own.
    static func gatePath(of menu: String) -> String { "boot/\(menu)/gate.ipxe" }

    static func name(ofGate path: String) -> String? {
        guard path.hasPrefix("boot/"), path.hasSuffix("/gate.ipxe") else { return nil }
        return String(path.dropFirst(5).dropLast(10))
    }

    /// The target or menu whose script would have this path.
    static func name(ofScript path: String) -> String? {
        guard path.hasPrefix("boot/"), path.hasSuffix(".ipxe") else { return nil }
        return String(path.dropFirst(5).dropLast(5))
    }

    /// What an iPXE of 2021 and later looks for beside itself before it asks DHCP at all.
    package static let automaticName = "autoexec.ipxe"

    /// The script under that name. An iPXE has fetched it by means of its firmware and has no address of its own yet, and
    /// only the answer to its own DISCOVER knows which script is this machine's.
    package static func renderAutomatic(baseURL: String) -> String {
        """
        #!ipxe
        dhcp || goto usual
        isset ${proxydhcp/filename} && chain --replace ${proxydhcp/filename} ||
        :usual
        chain --replace \(baseURL)/\(path)

        """
    }

    /// The virtual path of the script that looks whether a machine has memory enough: iPXE cannot compare numbers.
    private static let memoryPath = "memory"

    /// The script under `memory/NEED/HAVE.ipxe`, both in MiB; nil for any other path.
    ///
    /// A firmware that tells nothing is believed to have enough.
    static func memoryCheck(_ path: RequestPath) -> String? {
        let parts = path.parts
        guard parts.count == 3, parts[0] == memoryPath, let need = Int(parts[1]), parts[2].hasSuffix(".ipxe") else {
            return nil
        }
        guard let have = Int(parts[2].dropLast(5)), have > 0, have < need else { return "#!ipxe\nexit 0\n" }
        return "#!ipxe\necho Pilotfish: this machine has \(have) MiB of memory, and \(need) are needed\nexit 1\n"
    }

    /// A text as the first word of a command: iPXE would take one that begins with a dash for an option of its own, and end there.
    static func shown(_ text: String) -> String {
        String(text.unicodeScalars.drop { $0 == "-" || $0 == " " })
    }

    package static func render(_ entry: TargetBook.Entry, of book: TargetBook, _ setting: ScriptSetting) -> String {
        var lines = ["#!ipxe", "echo Pilotfish boots ${net0/mac} from \(setting.baseURL)"]
        if !setting.introduction.isEmpty { lines.append("echo \(shown(setting.introduction))") }
        if !setting.requester.order.message.isEmpty { lines.append("echo \(shown(setting.requester.order.message))") }
        switch entry {
        case .target(let target):
            lines += commands(of: target, label: "boot", setting)
            lines += [nextDevice] + ending(isMenu: false)
        case .menu(let menu) where menu.lock?.opens(to: setting.requester.password) == false:
            lines += [":\(start)"] + gate(menu, setting)
        case .menu(let menu):
            lines += ["set menu-timeout \((menu.timeout?.nanoseconds ?? 0) / 1_000_000)"]
            lines += page(menu, label: start, of: book)
            for (name, entry) in book.reachable(from: entry, passing: { $0.lock == nil }) {
                switch entry {
                case .menu(let menu) where menu.lock != nil: lines += [":\(label(name))"] + gate(menu, setting)
                case .menu(let menu): lines += page(menu, label: label(name), of: book)
                case .target(let target):
                    lines += [":\(label(name))"] + commands(of: target, label: label(name), setting) + ["goto \(start)"]
                }
            }
            lines += ending(isMenu: true)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let start = "start"

    /// An error, by which UEFI takes its next boot entry: after a success it shows its own menu. A BIOS does not mind.
    static let nextDevice = "exit 1"

    /// A BIOS goes on by itself only from a ROM.
    static let localDisk = "iseq ${platform} pcbios && sanboot --no-describe --drive 0x80 || \(nextDevice)"

    private static func label(_ name: String) -> String { "go-\(name)" }

    /// A menu: Esc leads back to the first one. Only the first time is it taken without anybody there, or a target that
    /// fails would be tried for ever.
    private static func page(_ menu: TargetMenu, label: String, of book: TargetBook) -> [String] {
        let items = menu.items.compactMap { name in book[name].map { "item \(Self.label(name)) \($0.title)" } }
        let preferred = (menu.preferred ?? menu.items.first).map { "--default \(Self.label($0)) " } ?? ""
        let back = label == start ? [] : ["item \(start) Back"]
        return [":\(label)", "menu \(shown(menu.title))"] + items + back
            + ["choose --timeout ${menu-timeout} \(preferred)selected || goto \(start)", "goto ${selected}"]
    }

    /// A menu with a password is a script of its own, which we hand out for that: iPXE could only compare it with one that
    /// stands in the script. What was typed the last time would stand in the field already, and the next try behind it.
    private static func gate(_ menu: TargetMenu, _ setting: ScriptSetting) -> [String] {
        let path = URLPath.escaped(self.path(of: menu.lock?.menu))
        let url = setting.baseURL.replacingPrefix("http://", by: "http://${username:uristring}:${password:uristring}@")
        return [
            "clear password ||", "login || goto \(start)", "chain --replace \(url)/\(path) ||",
            "echo Pilotfish: ${errmsg}", "sleep 3", "goto \(start)",
        ]
    }

    private static func ending(isMenu: Bool) -> [String] {
        let next = isMenu ? ["prompt Press any key", "set menu-timeout 0", "goto \(start)"] : ["sleep 20", nextDevice]
        let hint = "echo Put the files under the root directory, or name others in the settings."
        return [":failed", "echo Pilotfish: ${errmsg}", hint, ":declined"] + next
    }
}

// MARK: Targets

extension IPXEScript {
    /// What is done, whichever machine it turns out to be; `label` begins the labels of variants, behind a slash, which no
    /// name of a target holds.
    static func commands(
        of target: BootTarget, label: String, _ setting: ScriptSetting, gate: InstallGate? = nil
    ) -> [String] {
        let check = target.memory.map { need in
            "chain --autofree \(setting.baseURL)/\(memoryPath)/\(need)/${memsize}.ipxe || goto declined"
        }
        return (check.map { [$0] } ?? []) + cases(of: target, label: label, setting, gate)
    }

    private static func cases(
        of target: BootTarget, label: String, _ setting: ScriptSetting, _ gate: InstallGate?
    ) -> [String] {
        let (usual, others) = target.cases
        let perform = { (action: BootAction?, label: String) in
            action.map { commands(of: $0, setting, gate?.commands(label: label, setting)) } ?? refusal(target)
        }
        guard !others.isEmpty else { return perform(usual, label) }
        let tests = others.map { "\(isRunning(on: $0.platform)) && goto \(label)/\($0.platform.rawValue) ||" }
        let blocks = others.flatMap { platform, action in
            [":\(label)/\(platform.rawValue)"] + perform(action, "\(label)/\(platform.rawValue)") + [
                "goto \(label)/end"
            ]
        }
        return tests + perform(usual, label) + ["goto \(label)/end"] + blocks + [":\(label)/end"]
    }

    private static func refusal(_ target: BootTarget) -> [String] {
        ["echo Pilotfish: \(target.title) is not for ${platform} ${buildarch}", "sleep 5"]
    }

    private static func isRunning(on platform: BootPlatform) -> String {
        switch platform {
        // An undionly.kpxe calls itself i386 whatever the processor is.
        case .bios: "iseq ${platform} pcbios"
        case .uefiX64: "iseq ${platform}-${buildarch} efi-x86_64"
        case .uefiIA32: "iseq ${platform}-${buildarch} efi-i386"
        case .uefiARM64: "iseq ${platform}-${buildarch} efi-arm64"
        case .uefiARM32: "iseq ${platform}-${buildarch} efi-arm32"
        case .uefiRISCV64: "iseq ${platform}-${buildarch} efi-riscv64"
        case .uefiLoong64: "iseq ${platform}-${buildarch} efi-loong64"
        }
    }

    /// - Parameter gate: what stands before the boot itself; nil where nothing does.
    private static func commands(of action: BootAction, _ setting: ScriptSetting, _ gate: [String]?) -> [String] {
        let base = setting.baseURL
        let go = gate ?? []
        switch action {
        case .linux(let boot): return linux(boot, setting, gate)
        case .program(let path):
            return ["imgfree"] + go + ["chain --autofree \(base)/\(URLPath.escaped(path)) || goto failed"]
        case .chain(let url):
            return ["imgfree"] + go + ["chain --replace --autofree \(filled(url, setting)) || goto failed"]
        case .memdisk(let path):
            let arguments = SyslinuxModules.memdiskArguments(for: path)
            return [
                "imgfree", "kernel \(base)/\(SyslinuxModules.memdisk) \(arguments) || goto failed",
                "initrd \(base)/\(URLPath.escaped(path)) || goto failed",
            ] + go + ["\(gate == nil ? "boot" : "boot \(SyslinuxModules.memdisk)") || goto failed"]
        case .localDisk: return [localDisk]
        case .shell: return ["shell"]
        case .reboot: return ["reboot"]
        // Debian 12's iPXE and small ROMs have no such command, and say no more than that. What was to be off shall not boot
        // by itself then: it waits for somebody.
        case .powerOff:
            return [
                "poweroff ||", "echo Pilotfish: this iPXE cannot switch off, so do it by hand",
                "prompt Press any key to go on instead", "set menu-timeout 0",
            ]
        }
    }

    private static func linux(_ boot: LinuxBoot, _ setting: ScriptSetting, _ gate: [String]?) -> [String] {
        // An EFI kernel finds its RAM disks by `initrd=`; a BIOS kernel does not mind it.
        let names = diskNames(boot.initrds)
        let words = names.map { "initrd=\($0)" } + [filled(setting.arguments(of: boot), setting)].filter { !$0.isEmpty }
        // What a gate fetches would be booted instead of a kernel that is not called by its name.
        let name = gate == nil ? "" : "--name \(kernelName) "
        let kernel = "kernel \(name)\(place(of: boot.kernel, setting)) " + words.joined(separator: " ")
        let initrds = zip(boot.initrds, names).map { path, name in
            "initrd --name \(name) \(place(of: path, setting)) || goto failed"
        }
        return ["imgfree", kernel + " || goto failed"] + initrds
            + (gate.map { $0 + ["boot \(kernelName) || goto failed"] } ?? ["boot || goto failed"])
    }

    private static let kernelName = "kernel"

    private static func place(of file: String, _ setting: ScriptSetting) -> String {
        URLPath.isURL(file) ? file : "\(setting.baseURL)/\(URLPath.escaped(file))"
    }

    /// The last parts of the paths; a kernel could not tell two of one name apart. What a URL ends with need not be a word.
    private static func diskNames(_ paths: [String]) -> [String] {
        var names: [String] = []
        for path in paths {
            let name = URLPath.isURL(path) ? "initrd" : path.lastPathPart
            names.append(names.contains(name) ? "\(names.count)-\(name)" : name)
        }
        return names
    }

    /// A text for iPXE, which knows best who its machine is; what we do not know may be a setting of its own.
    private static func filled(_ text: VariableText, _ setting: ScriptSetting) -> String {
        text.replacing { name in
            if let own = setting.variables[name] { return own.text }
            return switch BootVariable(rawValue: name) {
            case .server, .base, .install: setting.value(of: name) ?? ""
            case .macDashed: "${mac:hexhyp}"
            case .bootif: "01-${mac:hexhyp}"
            case .hostname: setting.machine?.name ?? "${\(name)}"
            case .mac, .ip, .uuid, .serial, nil: "${\(name)}"
            }
        }
    }
}

extension String {
    fileprivate func replacingPrefix(_ prefix: String, by other: String) -> String {
        hasPrefix(prefix) ? other + dropFirst(prefix.count) : self
    }
}
