import Wire

/// What a machine, its installer, or what was installed is answered at each step of an install.
package enum InstallScript {
    /// - Parameter answer: what came of the step, written down by now.
    package static func render(
        _ step: InstallStep, _ answer: InstallAnswer, of enrolment: Enrolment, in catalog: Catalog,
        _ setting: ScriptSetting
    ) -> String {
        switch step {
        case .ask(.ipxe): ipxe(answer, of: enrolment, catalog, setting)
        case .ask(.grub): GRUBConfig.render(grub(answer, of: enrolment, catalog, setting), askingAgain: setting)
        case .askAgain: grub(answer, of: enrolment, catalog, setting).joined(separator: "\n") + "\n"
        case .ask(.pxelinux): pxelinux(answer, catalog, setting)
        case .begin(_, let dialect): begin(answer, dialect)
        case .done, .failed: answer == .noted(true) ? "noted\n" : "this install is not under way\n"
        }
    }

    private static func ipxe(
        _ answer: InstallAnswer, of enrolment: Enrolment, _ catalog: Catalog, _ setting: ScriptSetting
    ) -> String {
        let book = catalog.targets
        switch (answer, book[enrolment.target]) {
        case (.install(let attempt), .target(let target)?):
            return IPXEScript.render(installing: target, InstallGate(attempt: attempt), setting)
        case (.wait(let why, let seconds), _):
            return IPXEScript.render(waiting: why, seconds: seconds, for: enrolment.target, setting)
        case (.usual, _): return IPXEScript.render(book.usual, of: book, setting.leavingInstall())
        default: return IPXEScript.render(disk, of: book, setting.leavingInstall().saying(message(answer)))
        }
    }

    private static func grub(
        _ answer: InstallAnswer, of enrolment: Enrolment, _ catalog: Catalog, _ setting: ScriptSetting
    ) -> [String] {
        switch (answer, catalog.targets[enrolment.target]) {
        case (.install(let attempt), .target(let target)?):
            return GRUBConfig.installing(target, InstallGate(attempt: attempt), setting)
        case (.wait(let why, let seconds), _): return GRUBConfig.waiting(why, seconds: seconds)
        case (.usual, _): return GRUBConfig.usual(setting)
        default: return GRUBConfig.localDisk(saying: message(answer))
        }
    }

    /// PXELINUX cannot ask before it boots: nothing is installed by it, and a machine that is to be installed is told so.
    private static func pxelinux(
        _ answer: InstallAnswer, _ catalog: Catalog, _ setting: ScriptSetting
    ) -> String {
        let entry = answer == .usual ? catalog.targets.usual : disk
        let message =
            switch answer {
            case .install, .wait: "Pilotfish: PXELINUX cannot install this machine, but iPXE and GRUB can"
            default: message(answer)
            }
        return PXELINUXConfig.render(entry, of: catalog.targets, setting.leavingInstall().saying(message))
    }

    private static let disk = TargetBook.Entry.target(TargetBook.localDisk)

    /// What is shown before the local disk is booted.
    private static func message(_ answer: InstallAnswer) -> String {
        if case .stopped(let why) = answer { why } else { "" }
    }

    /// Loaders run it: it ends well only if the installer may go.
    private static func begin(_ answer: InstallAnswer, _ dialect: ScriptDialect) -> String {
        switch (dialect, answer) {
        case (.ipxe, .go): "#!ipxe\nexit 0\n"
        case (.ipxe, .later(let why)): "#!ipxe\necho Pilotfish: \(IPXEScript.shown(why))\nexit 1\n"
        case (.ipxe, _): "#!ipxe\nset \(InstallGate.refused) yes\nexit 1\n"
        case (.grub, .go): "set pilotfish=go\n"
        case (.grub, .later(let why)): GRUBConfig.later(why).joined(separator: "\n") + "\n"
        case (.grub, _), (.pxelinux, _): "set pilotfish=stale\n"
        }
    }

    /// What a script is told that may not begin any more.
    static func stale(_ dialect: ScriptDialect) -> String { begin(.stale, dialect) }
}

extension Catalog {
    /// Whether a name is that of something that can be installed: a kernel, or a disk's image for memdisk. A menu leaves it to
    /// chance; behind another loader nobody could ask before the begin, and what a loader does by itself is no install.
    package func canInstall(_ target: String) -> Bool {
        guard case .target(let target)? = targets[target] else { return false }
        let actions = [target.action].compactMap(\.self) + target.variants.values
        return !actions.isEmpty
            && actions.allSatisfy { action in
                switch action {
                case .linux, .memdisk: true
                case .program, .chain, .localDisk, .shell, .reboot, .powerOff: false
                }
            }
    }
}

/// The point of no return in a script: behind it the installer is let go. What it needs is in memory by then.
struct InstallGate: Hashable, Sendable {
    /// The number of this script.
    let attempt: Int

    static let refused = "pilotfish-refused"

    /// For iPXE. While nobody answers, or the time has not come, it asks again and again: it might have been let go already.
    ///
    /// - Parameter label: begins the labels, so that each variant of a target has its own.
    func commands(label: String, _ setting: ScriptSetting) -> [String] {
        [
            ":\(label)/begin", "clear \(Self.refused) ||",
            "chain --autofree \(setting.baseURL)/begin/\(attempt) && goto \(label)/go ||",
            "isset ${\(Self.refused)} && goto again ||", "echo Pilotfish: asks once more whether it may begin",
            "sleep 5",
            "goto \(label)/begin", ":\(label)/go",
        ]
    }
}

extension IPXEScript {
    /// The script that installs a machine, once.
    static func render(installing target: BootTarget, _ gate: InstallGate, _ setting: ScriptSetting) -> String {
        let head = ["#!ipxe", "echo Pilotfish installs \(shown(target.title)) on ${net0/mac}, script \(gate.attempt)"]
        let ending = [nextDevice, ":failed", "echo Pilotfish: ${errmsg}", ":declined", "sleep 20", ":again"]
        let (isMeant, other) = check(setting.requester.enrolment?.cards ?? [])
        return script(
            head + isMeant + commands(of: target, label: "boot", setting, gate: gate) + ending + askAgain(setting)
                + other)
    }

    /// We know a machine by the address that it asks from, and what was heard of that may be old: its own card has the last word.
    private static func check(_ cards: [MACAddress]) -> (isMeant: [String], other: [String]) {
        guard !cards.isEmpty else { return ([], []) }
        let tests = cards.map { "iseq ${netX/mac} \($0)" } + ["goto other"]
        let other = [":other", "echo Pilotfish: ${netX/mac} is not the machine that is to be installed", localDisk]
        return ([tests.joined(separator: " || ")], other)
    }

    /// The script of a machine whose turn has not come: no firmware gives up while a script runs.
    static func render(waiting why: String, seconds: Int, for target: String, _ setting: ScriptSetting) -> String {
        let head = ["#!ipxe", "echo Pilotfish: ${net0/mac} waits to be installed (\(target)): \(why)"]
        let key = "Asks again in \(seconds) s; Esc boots what the disk holds"
        let wait = [
            "prompt --key 0x1b --timeout \(seconds * 1000) \(key) && goto leave ||", ":again",
        ]
        return script(head + wait + askAgain(setting) + [":leave", localDisk])
    }

    /// By the path of the install: we may have been started anew since, and know nobody by his address any more.
    private static func askAgain(_ setting: ScriptSetting) -> [String] {
        ["chain --replace --autofree \(setting.baseURL)/\(path) ||", "sleep 5", "goto again"]
    }

    private static func script(_ lines: [String]) -> String { lines.joined(separator: "\n") + "\n" }
}
