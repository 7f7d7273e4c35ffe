import BootPolicy
import Wire

/// One `[target.NAME]`, or the table of one platform in it, as it is written.
package struct TargetTable: Equatable, Sendable {
    /// What a loader can do without any file of ours.
    enum Deed: String, Sendable, CaseIterable {
        case local
        case shell
        case reboot
        case poweroff
    }

    var title: String?
    var memory: Int?
    var kernel: WrittenFile?
    var initrds: [WrittenFile]?
    var arguments: String?
    var program: WrittenFile?
    var chain: String?
    var memdisk: WrittenFile?
    var deed: Deed?

    init() {}

    /// - Parameter checksums: SHA-256 by URL.
    init(_ action: BootAction?, checksums: [String: String]) {
        let written = { WrittenFile(name: $0, checksum: checksums[$0]) }
        switch action {
        case .linux(let boot):
            kernel = written(boot.kernel)
            initrds = boot.initrds.isEmpty ? nil : boot.initrds.map(written)
            arguments = boot.arguments.isEmpty ? nil : boot.arguments.source
        case .program(let path): program = written(path)
        case .chain(let url): chain = url.source
        case .memdisk(let path): memdisk = written(path)
        case .localDisk: deed = .local
        case .shell: deed = .shell
        case .reboot: deed = .reboot
        case .powerOff: deed = .poweroff
        case nil: break
        }
    }

    /// The keys that say what is booted, as they stand here; one of them has to.
    var ways: [String] {
        [
            kernel.map { _ in "kernel" }, program.map { _ in "program" }, chain.map { _ in "chain" },
            memdisk.map { _ in "memdisk" }, deed.map { _ in "action" },
        ].compactMap(\.self)
    }

    /// All files that stand here.
    var files: [WrittenFile] { [kernel, program, memdisk].compactMap(\.self) + (initrds ?? []) }

    /// What is done; nil when nothing is said.
    var action: BootAction? {
        if let kernel {
            return .linux(
                LinuxBoot(kernel: kernel.name, initrds: (initrds ?? []).map(\.name), arguments: arguments ?? ""))
        }
        if let program { return .program(path: program.name) }
        if let chain { return .chain(url: VariableText(chain)) }
        if let memdisk { return .memdisk(path: memdisk.name) }
        return switch deed {
        case .local: .localDisk
        case .shell: .shell
        case .reboot: .reboot
        case .poweroff: .powerOff
        case nil: nil
        }
    }

    /// This platform's table over that of all: a kernel of its own keeps the others' RAM disks and arguments.
    func over(_ general: TargetTable) -> TargetTable {
        var table = self
        guard kernel != nil || (ways.isEmpty && general.kernel != nil) else { return table }
        table.kernel = kernel ?? general.kernel
        table.initrds = initrds ?? general.initrds
        table.arguments = arguments ?? general.arguments
        return table
    }
}

extension TableKey where Table == TargetTable {
    package static let target =
        [
            TableKey("title", title, \.title, "What menus call it; the name without this."),
            TableKey(
                "ram", .number(1...16_777_216), \.memory,
                "The memory that it needs, in MiB: iPXE looks before it fetches anything."),
        ] + variant

    /// The keys of a platform's own table.
    package static let variant = [
        TableKey("kernel", .file, \.kernel, "A Linux kernel."),
        TableKey("initrd", .disks, \.initrds, "Its initial RAM disks in order: microcode first."),
        TableKey("arguments", .kernelArguments, \.arguments, "Its command line."),
        TableKey("program", .file, \.program, "An EFI program, or for BIOS what starts like a kernel (memtest)."),
        TableKey("chain", .url, \.chain, "A script or loader elsewhere to go on with."),
        TableKey("memdisk", .file, \.memdisk, "An image of a disk, an .iso too; BIOS only."),
        TableKey("action", .choice, \.deed, "local: the next boot device; shell: the loader's command line; or so."),
    ]
}

/// `[menu.NAME]` as it is written.
package struct MenuTable: Equatable, Sendable {
    var title: String?
    var items: [String] = []
    var preferred: String?
    var timeout = TimeSpan.zero
    var password: String?

    init() {}

    init(_ menu: TargetMenu, password: String?) {
        self.password = password
        title = menu.title
        items = menu.items
        preferred = menu.preferred
        timeout = menu.timeout ?? .zero
    }

    /// - Parameter name: the title where none is written.
    func menu(_ name: String) -> TargetMenu {
        TargetMenu(
            title: title ?? name, items: items, preferred: preferred, timeout: timeout == .zero ? nil : timeout)
    }
}

extension TableKey where Table == MenuTable {
    package static let menu = [
        TableKey("title", title, \.title, "What stands above the items."),
        TableKey(
            "items",
            .list(of: "names of targets and menus", .someOrOne) { text throws(Problem) in
                try Check.targetName(text)
            }, \.items, empty: [], "What it offers, in order; local, shell, reboot and poweroff are always there."),
        TableKey(
            "default", .targetName, \.preferred,
            "The item that is taken when the time is over; the first without this."),
        TableKey(
            "timeout",
            SettingFormat<Int>.number(1...3600, orZero: true)
                .map({ .seconds(Int64($0)) }, back: { Int($0.nanoseconds / 1_000_000_000) }),
            \.timeout, empty: .zero, "Seconds to wait for a key; without this, for ever."),
        TableKey(
            "password", .text("the name of a secret") { text throws(Problem) in try Check.targetName(text) },
            \.password,
            "The secret (see [secrets]) that people must type to use the menu."),
    ]
}

private let title = SettingFormat<String>.text("one line") { text throws(Problem) in try Check.title(text) }

extension SettingFormat where Value == String {
    static let kernel = text("a path beneath root, or a URL") { text throws(Problem) in try Check.file(text) }
    static let kernelArguments = text("one line") { text throws(Problem) in try Check.kernelArguments(text) }
    static let targetName = text("the name of a [target.NAME] or [menu.NAME]") { text throws(Problem) in
        try Check.targetName(text)
    }
    static let url = text("a URL") { text throws(Problem) in try Check.url(text) }
}

extension SettingFormat where Value == String? {
    static let usualTarget: Self =
        SettingFormat<String>.text("the name of a [target.NAME] or [menu.NAME], or nothing for [boot]'s own kernel") {
            text throws(Problem) in try text.isEmpty ? text : Check.targetName(text)
        }.map({ $0.isEmpty ? nil : $0 }, back: { $0 ?? "" })
}

extension SettingFormat where Value == Settings.Strangers? {
    private static let silence = "silence"

    static let strangers: Self =
        SettingFormat<String>.text("the name of a [target.NAME] or [menu.NAME], \"\(silence)\", or nothing") {
            text throws(Problem) in try text.isEmpty ? text : Check.targetName(text)
        }.map(
            { $0.isEmpty ? nil : $0 == silence ? .silence : .target($0) },
            back: { strangers in
                switch strangers {
                case nil: ""
                case .silence: silence
                case .target(let name): name
                }
            })
}

extension SettingFormat where Value == [String] {
    static let initrds = list(of: "paths beneath root or URLs", .listOrOne) { text throws(Problem) in
        try Check.disk(text)
    }
}
