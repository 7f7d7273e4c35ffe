import Wire

/// The configuration that a GRUB netboot image looks for: the same as the script's, by TFTP.
///
/// GRUB behind a proxy asks the DHCP server for it unless the image carries our address in its prefix; who gets here has
/// found us. It looks for `grub.cfg-01-MAC` and `grub.cfg-IPHEX` first: those are the operator's own, or nobody's.
package enum GRUBConfig {
    /// Whether GRUB asks for its configuration under this path; images differ in their prefix.
    static func isAskedFor(_ path: String) -> Bool {
        path == "grub.cfg" || path == "grub/grub.cfg" || path == "boot/grub/grub.cfg"
    }

    package static func render(_ entry: TargetBook.Entry, of book: TargetBook, _ setting: ScriptSetting) -> String {
        var writer = Writer(book: book, setting: setting)
        let lines: [String]
        switch entry {
        case .target(let target):
            writer.isAlone = true
            lines = writer.alone(target)
        case .menu(let menu): lines = writer.page(menu)
        }
        let said = [setting.introduction, setting.requester.order.message].filter { !$0.isEmpty }.map {
            "echo \(quoted($0))"
        }
        return ([#"echo "Pilotfish boots from \#(setting.server)""#] + said + lines).joined(separator: "\n") + "\n"
    }
}

// MARK: Installs

extension GRUBConfig {
    /// The configuration of a machine that is being installed: what there is for it now, and the same again in a while. In a
    /// loop, for each `configfile` would lie on the stack of the one before.
    static func render(_ answer: [String], askingAgain setting: ScriptSetting) -> String {
        let again = "(tftp,\(setting.server.urlHost))/\(setting.installPath)/\(InstallPath.again)/grub.cfg"
        let lines =
            Writer.function + ["set \(pause)=20"] + answer + [
                "while [ 1 = 1 ]; do",
                "  echo \"Asks again in $\(pause) s; Esc boots what the disk holds\"",
                "  if sleep --interruptible $\(pause); then source \(again); else \(Writer.wayOn); fi", "done",
            ]
        return lines.joined(separator: "\n") + "\n"
    }

    private static let pause = "pilotfish_pause"

    /// Lets the installer go when everything is in memory, and Pilotfish says that it may.
    static func installing(_ target: BootTarget, _ gate: InstallGate, _ setting: ScriptSetting) -> [String] {
        var writer = Writer(book: TargetBook(), setting: setting)
        (writer.isAlone, writer.gate) = (true, gate)
        let install =
            ["echo \(quoted("Pilotfish installs \(target.title), script \(gate.attempt)"))"]
            + writer.commands(of: target)
        return isMeant(setting.requester.enrolment?.cards ?? [], install)
    }

    /// We know a machine by the address that it asks from, and what was heard of that may be old: its own card has the last
    /// word. Where GRUB does not tell its card, nothing is known against it.
    private static func isMeant(_ cards: [MACAddress], _ install: [String]) -> [String] {
        guard !cards.isEmpty else { return install }
        let tests = [#"-z "$net_default_mac""#] + cards.map { #""$net_default_mac" = "\#($0)""# }
        let other = #"echo "Pilotfish: $net_default_mac is not the machine that is to be installed""#
        return ["if [ \(tests.joined(separator: " -o ")) ]; then"] + install.map { "  " + $0 }
            + ["else", "  " + other, "  sleep 5", "  " + Writer.wayOn, "fi"]
    }

    static func waiting(_ why: String, seconds: Int) -> [String] {
        [
            "echo \(quoted("Pilotfish: this machine waits to be installed: \(why)"))", "set \(pause)=\(seconds)",
        ]
    }

    /// What is sourced before the installer is let go, and does not let it.
    static func later(_ why: String) -> [String] { ["echo \(quoted("Pilotfish: \(why)"))", "set pilotfish=later"] }

    /// - Parameter message: may be empty.
    static func localDisk(saying message: String) -> [String] {
        (message.isEmpty ? [] : ["echo \(quoted(message))", "sleep 5"]) + [Writer.wayOn]
    }

    /// On with what the machine boots as ever.
    static func usual(_ setting: ScriptSetting) -> [String] {
        ["configfile (tftp,\(setting.server.urlHost))/grub/grub.cfg"]
    }
}

extension GRUBConfig {
    /// A word in single quotes, in which GRUB replaces nothing. By scalars: to Swift a quote with an accent is one character,
    /// to GRUB it is a quote.
    fileprivate static func quoted(_ word: String) -> String {
        let parts = word.unicodeScalars.split(separator: "'", omittingEmptySubsequences: false).map(String.init)
        return "'" + parts.joined(separator: "'\\''") + "'"
    }
}

private struct Writer {
    let book: TargetBook
    let setting: ScriptSetting
    /// What stands before a boot; nil where nothing does.
    var gate: InstallGate?
    /// Whether one target is all there is. Behind a menu's item is the menu again; behind this would be GRUB's prompt, where
    /// nobody sits.
    var isAlone = false

    /// One target, and the next boot device where it does not boot.
    func alone(_ target: BootTarget) -> [String] {
        let lines = commands(of: target)
        let needsWayOn = lines.contains { $0.drop { $0 == " " } == Self.wayOn }
        return closed + (needsWayOn ? Self.function : []) + lines
    }

    static let wayOn = "next_device"
    static let function = ["function \(wayOn) {"] + localDisk.map { "  " + $0 } + ["}"]

    /// The point of no return: what is asked there says whether the installer may go, and nothing when it was not heard.
    private func gated(_ commands: [String], _ gate: InstallGate) -> [String] {
        let begin = "(tftp,\(setting.server.urlHost))/\(setting.installPath)/begin/\(gate.attempt)/grub.cfg"
        let ask = [
            "set pilotfish=later", "while [ \"$pilotfish\" = later ]; do", "  source \(begin)",
            "  if [ \"$pilotfish\" = later ]; then", "    echo 'Pilotfish: asks once more whether it may begin'",
            "    sleep 5", "  fi", "done",
            "if [ \"$pilotfish\" = go ]; then boot; fi",
        ]
        return once(commands[0])
            + block("if \(Self.isLoaded); then", nested(Array(commands.dropFirst()), around: ask), "fi")
    }

    /// Loads a kernel, and no second one: a GRUB 2.06 that did does not survive its boot, and may be in our loop for the
    /// second time. A RAM disk may be loaded again. With another kernel in memory than is wanted now it starts anew.
    private func once(_ kernel: String) -> [String] {
        [
            "set pilotfish_wanted=\(quoted(kernel))", #"if [ -z "$pilotfish_loaded" ]; then"#,
            #"  if \#(kernel); then set pilotfish_loaded="$pilotfish_wanted"; fi"#,
            #"elif [ "$pilotfish_loaded" != "$pilotfish_wanted" ]; then"#, "  reboot", "fi",
        ]
    }

    private static let isLoaded = #"[ "$pilotfish_loaded" = "$pilotfish_wanted" ]"#

    func page(_ menu: TargetMenu) -> [String] {
        let seconds = menu.timeout.map { $0.nanoseconds / 1_000_000_000 }
        // An id would be shown; without a wish the first is taken.
        let preferred = menu.preferred.map { ["set default=\(quoted($0))"] } ?? []
        return ["set timeout=\(seconds.map { "\($0)" } ?? "-1")"] + preferred + users(menu)
            + menu.items.flatMap { item($0, menu.lock) }
    }

    /// A user for each menu with a password, of the menu's name. A superuser there must be, or GRUB would let anybody edit
    /// what it boots; ours has no password, so nobody is it.
    private func users(_ menu: TargetMenu) -> [String] {
        let locks = [menu.lock].compactMap(\.self) + book.reachable(from: .menu(menu)).compactMap(\.entry.lock)
        return closed + locks.map { "password_pbkdf2 \(quoted($0.menu)) \($0.grub)" }
    }

    /// Where some menu has a password nobody may write commands. A submenu knows exported variables only.
    var closed: [String] { book.hasLocks ? ["set superusers='nobody'", "export superusers"] : [] }

    /// - Parameter lock: that of the menu around it.
    private func item(_ name: String, _ lock: MenuLock?) -> [String] {
        switch book[name] {
        case .target(let target):
            return block(
                "menuentry \(quoted(target.title)) --id \(quoted(name))\(access(lock)) {", commands(of: target))
        case .menu(let menu):
            let own = menu.lock ?? lock
            return block(
                "submenu \(quoted(menu.title)) --id \(quoted(name))\(access(own)) {",
                menu.items.flatMap { item($0, own) })
        case nil: return []
        }
    }

    private func access(_ lock: MenuLock?) -> String {
        guard book.hasLocks else { return "" }
        return lock.map { " --users \(quoted($0.menu))" } ?? " --unrestricted"
    }

    private func block(_ head: String, _ lines: [String], _ end: String = "}") -> [String] {
        [head] + lines.map { "  " + $0 } + [end]
    }

    func commands(of target: BootTarget) -> [String] {
        let (usual, others) = target.cases
        let general = usual.map(commands) ?? refusal(target)
        guard !others.isEmpty else { return general }
        var lines: [String] = []
        for (platform, action) in others {
            lines.append("\(lines.isEmpty ? "if" : "elif") [ \(Self.test(platform)) ]; then")
            lines += (action.map { commands(of: $0, on: platform) } ?? refusal(target)).map { "  " + $0 }
        }
        return lines + ["else"] + general.map { "  " + $0 } + ["fi"]
    }

    private func refusal(_ target: BootTarget) -> [String] {
        stopped("\(target.title) is not for this machine")
    }

    /// Says why nothing is booted.
    private func stopped(_ reason: String) -> [String] {
        ["echo \(quoted(reason))", "sleep 5"] + (isAlone ? [Self.wayOn] : [])
    }

    private static func test(_ platform: BootPlatform) -> String {
        switch platform {
        case .bios: #""$grub_platform" = "pc""#
        case .uefiX64: #""$grub_platform-$grub_cpu" = "efi-x86_64""#
        case .uefiIA32: #""$grub_platform-$grub_cpu" = "efi-i386""#
        case .uefiARM64: #""$grub_platform-$grub_cpu" = "efi-arm64""#
        case .uefiARM32: #""$grub_platform-$grub_cpu" = "efi-arm""#
        case .uefiRISCV64: #""$grub_platform-$grub_cpu" = "efi-riscv64""#
        case .uefiLoong64: #""$grub_platform-$grub_cpu" = "efi-loongarch64""#
        }
    }

    private func commands(of action: BootAction) -> [String] {
        guard case .program = action else { return commands(of: action, on: .uefiX64) }
        return ["if [ \(Self.test(.bios)) ]; then"] + commands(of: action, on: .bios).map { "  " + $0 } + ["else"]
            + commands(of: action, on: .uefiX64).map { "  " + $0 } + ["fi"]
    }

    private func commands(of action: BootAction, on platform: BootPlatform) -> [String] {
        switch loading(action, on: platform) {
        case .commands(let commands): isAlone ? booted(commands) : commands
        case .outOfReach(let url): stopped("GRUB cannot fetch \(url)")
        case nil: deed(action)
        }
    }

    /// What follows on what an item of a menu does: GRUB boots by itself there. Here nothing is booted of which a part is missing.
    private func booted(_ commands: [String]) -> [String] {
        if let gate { return gated(commands, gate) }
        return nested(commands, around: ["boot"])
            + ["echo 'It could not be booted: on to the next boot device'", "sleep 20", Self.wayOn]
    }

    private func nested(_ commands: [String], around last: [String]) -> [String] {
        commands.reversed().reduce(last) { inner, command in
            ["if \(command); then"] + inner.map { "  " + $0 } + ["fi"]
        }
    }

    private enum Loading {
        case commands([String])
        /// A URL that GRUB cannot fetch.
        case outOfReach(String)
    }

    /// How something is loaded that is booted then; nil for all else.
    private func loading(_ action: BootAction, on platform: BootPlatform) -> Loading? {
        switch action {
        case .linux(let boot): return linux(boot)
        case .program(let path):
            return .commands(["\(platform == .bios ? "linux16" : "chainloader") \(file(path))"])
        case .memdisk(let path):
            let arguments = SyslinuxModules.memdiskArguments(for: path)
            return .commands(["linux16 \(file(SyslinuxModules.memdisk)) \(arguments)", "initrd16 \(file(path))"])
        case .chain(let url):
            let url = setting.filled(url)
            return Self.device(url).map { .commands(["chainloader \($0)"]) } ?? .outOfReach(url)
        case .localDisk, .shell, .reboot, .powerOff: return nil
        }
    }

    private func deed(_ action: BootAction) -> [String] {
        switch action {
        case .linux, .program, .memdisk, .chain: return []
        case .localDisk: return Self.localDisk
        // There is no command for it.
        case .shell:
            if isAlone { return ["echo 'This is the command line of GRUB'"] }
            return ["echo 'Press Esc, and c in the menu: that is the command line of GRUB'", "sleep 5"]
        case .reboot: return ["reboot"]
        case .powerOff: return ["halt"]
        }
    }

    /// A BIOS goes on by itself. UEFI does after an error only, and GRUB 2.06 ends without one: so it looks for what an
    /// installer puts on a disk, the particular before what stands in when a machine has forgotten its boot entries.
    private static let localDisk = [
        #"if [ "$grub_platform" = "efi" ]; then"#,
        "  if [ \"$grub_cpu\" = \"arm64\" ]; then set suffix=aa64; else set suffix=x64; fi",
        "  for loader in \(diskLoaders.joined(separator: " ")); do",
        "    if search --no-floppy --file --set=disk /EFI/$loader; then chainloader ($disk)/EFI/$loader; boot; fi",
        "  done", "fi", "exit",
    ]

    private static let diskLoaders =
        ["debian", "ubuntu", "fedora", "redhat", "centos", "rocky", "almalinux", "opensuse", "sles"].map {
            "\($0)/shim$suffix.efi"
        } + ["Microsoft/Boot/bootmgfw.efi", "BOOT/BOOT$suffix.EFI"]

    private func linux(_ boot: LinuxBoot) -> Loading {
        let files = [boot.kernel] + boot.initrds
        let places = files.map { URLPath.isURL($0) ? Self.device($0) : file($0) }
        if let missing = zip(files, places).first(where: { $1 == nil }) { return .outOfReach(missing.0) }
        let words = setting.filled(setting.arguments(of: boot)).unicodeScalars.split(separator: " ").map {
            quoted(String($0))
        }
        let found = places.compactMap(\.self)
        return .commands(
            [(["linux"] + found.prefix(1) + words).joined(separator: " ")]
                + (found.count == 1 ? [] : [(["initrd"] + found.dropFirst()).joined(separator: " ")]))
    }

    /// A file of ours in GRUB's words.
    private func file(_ path: String) -> String {
        let directory = setting.installPath.isEmpty ? "" : setting.installPath + "/"
        return "(tftp,\(setting.server.urlHost))/\(directory)\(Self.escaped(path))"
    }

    /// A URL in GRUB's words; nil for what it cannot fetch.
    private static func device(_ url: String) -> String? {
        for scheme in ["http", "tftp"] where url.hasPrefix(scheme + "://") {
            let rest = url.dropFirst(scheme.count + 3)
            let host = rest.prefix { $0 != "/" }
            return host.isEmpty
                ? nil
                : "(\(scheme),\(escaped(String(host), beside: "[]:")))/\(escaped(String(rest.dropFirst(host.count + 1))))"
        }
        return nil
    }

    /// A path as a word of GRUB's language.
    ///
    /// - Parameter beside: what may stand as it is, beside what a path is made of.
    private static func escaped(_ path: String, beside: String = "") -> String {
        let plain = Set(
            ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/+" + beside).unicodeScalars)
        var text = ""
        for scalar in path.unicodeScalars {
            if !plain.contains(scalar) { text += "\\" }
            text.unicodeScalars.append(scalar)
        }
        return text
    }

    private func quoted(_ word: String) -> String { GRUBConfig.quoted(word) }
}
