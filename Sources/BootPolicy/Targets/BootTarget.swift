/// Something that a machine can be made to boot or do: what a line of a menu stands for.
package struct BootTarget: Hashable, Sendable {
    /// What menus call it.
    package var title: String
    /// What is done on machines that have no variant of their own; nil when only those can boot it.
    package var action: BootAction?
    package var variants: [BootPlatform: BootAction]
    /// The memory that a machine needs for it, in MiB; nil when nobody knows.
    package var memory: Int?

    package init(
        title: String, action: BootAction?, variants: [BootPlatform: BootAction] = [:], memory: Int? = nil
    ) {
        self.title = title
        self.action = action
        self.variants = variants
        self.memory = memory
    }

    /// What is done on a platform; nil when it cannot be booted there.
    package func action(on platform: BootPlatform) -> BootAction? {
        guard let chosen = variants[platform] ?? action else { return nil }
        // memdisk is a 16-bit program: there is nothing like it on UEFI.
        if case .memdisk = chosen, platform != .bios { return nil }
        return chosen
    }

    /// What most platforms get, and those that get something else.
    var cases: (usual: BootAction?, others: [(platform: BootPlatform, action: BootAction?)]) {
        let all = BootPlatform.allCases.map { (platform: $0, action: action(on: $0)) }
        let usual = all.map(\.action).max { one, other in
            all.count { $0.action == one } < all.count { $0.action == other }
        }
        return (usual ?? nil, all.filter { $0.action != usual })
    }

    /// Every file beneath the root that some machine fetches for it, each once.
    package var files: [String] { named.filter { !URLPath.isURL($0) } }

    /// The files that it names by URLs, each once.
    package var urls: [String] { named.filter(URLPath.isURL) }

    private var named: [String] {
        var found: [String] = []
        for action in [action] + BootPlatform.allCases.map({ variants[$0] }) {
            for file in action?.files ?? [] where !found.contains(file) { found.append(file) }
        }
        return found
    }

    /// The same with other files.
    package func replacingFiles(_ change: (String) -> String) -> BootTarget {
        var target = self
        target.action = action?.replacingFiles(change)
        target.variants = variants.mapValues { $0.replacingFiles(change) }
        return target
    }
}

/// What is done with a machine. Paths lie beneath the root; what the settings name by a URL has a path of a mirror's in its
/// place before any loader hears of it.
package enum BootAction: Hashable, Sendable {
    case linux(LinuxBoot)
    /// A program for the firmware: an EFI application, or on BIOS what a loader starts like a Linux kernel (memtest).
    case program(path: String)
    /// On with a script or a loader elsewhere.
    case chain(url: VariableText)
    /// An image of a disk that stays in memory, for BIOS only.
    case memdisk(path: String)
    /// On with the machine's next boot device.
    case localDisk
    /// The loader's own command line.
    case shell
    case reboot
    case powerOff

    fileprivate var files: [String] {
        switch self {
        case .linux(let boot): [boot.kernel] + boot.initrds
        case .program(let path), .memdisk(let path): [path]
        case .chain, .localDisk, .shell, .reboot, .powerOff: []
        }
    }

    fileprivate func replacingFiles(_ change: (String) -> String) -> BootAction {
        switch self {
        case .linux(var boot):
            boot.kernel = change(boot.kernel)
            boot.initrds = boot.initrds.map(change)
            return .linux(boot)
        case .program(let path): return .program(path: change(path))
        case .memdisk(let path): return .memdisk(path: change(path))
        case .chain, .localDisk, .shell, .reboot, .powerOff: return self
        }
    }
}

/// A Linux kernel and what it is given. Its files lie under the root; those that a webhook names may be URLs, which machines
/// fetch by themselves, and which are no paths: those have no two slashes in a row.
package struct LinuxBoot: Hashable, Sendable {
    /// The kernel.
    package var kernel: String
    /// The initial RAM disks in order: microcode first.
    package var initrds: [String]
    /// The kernel's command line.
    package var arguments: VariableText

    package init(kernel: String = "vmlinuz", initrds: [String] = ["initrd.img"], arguments: String = "") {
        self.kernel = kernel
        self.initrds = initrds
        self.arguments = VariableText(arguments)
    }
}

/// The machines that loaders can tell apart when they run; the raw value is the key in the settings, that of the loaders.
package enum BootPlatform: String, Hashable, Sendable, CaseIterable {
    case bios
    case uefiX64 = "uefi-x64"
    case uefiIA32 = "uefi-ia32"
    case uefiARM64 = "uefi-arm64"
    case uefiARM32 = "uefi-arm32"
    case uefiRISCV64 = "uefi-riscv64"
    case uefiLoong64 = "uefi-loong64"
}
