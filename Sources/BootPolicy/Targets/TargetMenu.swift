package import Wire

/// A menu that loaders show. (The one that firmware shows by itself is a `FirmwareMenu`.)
package struct TargetMenu: Equatable, Sendable {
    package var title: String
    /// The names of targets and of other menus, in order.
    package var items: [String]
    /// The item that is taken when the time is over, and marked before; nil for the first.
    package var preferred: String?
    /// How long to wait for a key; nil waits for ever.
    package var timeout: TimeSpan?
    /// What opens it; nil for everybody.
    package var lock: MenuLock?

    package init(
        title: String, items: [String], preferred: String? = nil, timeout: TimeSpan? = nil, lock: MenuLock? = nil
    ) {
        self.title = title
        self.items = items
        self.preferred = preferred
        self.timeout = timeout
        self.lock = lock
    }
}

/// The password of a menu, as each loader asks for it.
///
/// It keeps people at a keyboard out. What the menu boots can still be fetched by whoever knows the files' names.
package struct MenuLock: Equatable, Sendable {
    /// The menu's name.
    package var menu: String
    /// iPXE sends it to us, and we compare.
    package var password: String
    /// For PXELINUX (crypt(5)).
    package var crypt: String
    /// For GRUB, as `grub-mkpasswd-pbkdf2` prints it.
    package var grub: String

    package init(menu: String, password: String, crypt: String, grub: String) {
        self.menu = menu
        self.password = password
        self.crypt = crypt
        self.grub = grub
    }

    /// Compares in a time that does not tell how much of it was right.
    package func opens(to offered: String?) -> Bool {
        guard let offered else { return false }
        let one = Array(password.utf8)
        let other = Array(offered.utf8)
        var difference = UInt8(one.count == other.count ? 0 : 1)
        for (index, octet) in other.enumerated() { difference |= octet ^ (one.isEmpty ? 0 : one[index % one.count]) }
        return difference == 0
    }
}

/// All targets and menus by name.
package struct TargetBook: Equatable, Sendable {
    package enum Entry: Equatable, Sendable {
        case target(BootTarget)
        case menu(TargetMenu)

        package var lock: MenuLock? {
            if case .menu(let menu) = self { menu.lock } else { nil }
        }

        package var title: String {
            switch self {
            case .target(let target): target.title
            case .menu(let menu): menu.title
            }
        }
    }

    /// Names of targets and menus; a name stands for one of either.
    private var entries: [String: Entry]
    /// What machines boot that no rule names anything else for.
    package var usual: Entry

    package init(usual: Entry = .target(.standard), _ entries: [String: Entry] = [:]) {
        self.usual = usual
        self.entries = entries
    }

    /// The target or menu of a name: the operator's, or one of those that need no files.
    package subscript(name: String) -> Entry? {
        entries[name] ?? Self.builtIn[name].map(Entry.target)
    }

    /// Every name of the operator's, in order.
    package var names: [String] { entries.keys.sorted() }

    /// What the operator named, in order.
    package var named: [(name: String, entry: Entry)] { entries.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

    static let localDisk = BootTarget(title: "Boot from the local disk", action: .localDisk)

    /// What every loader can do by itself.
    package static let builtIn = [
        "local": localDisk,
        "shell": BootTarget(title: "Command line of the loader", action: .shell),
        "reboot": BootTarget(title: "Restart", action: .reboot),
        "poweroff": BootTarget(title: "Power off", action: .powerOff),
    ]

    /// Whether some menu wants a password.
    var hasLocks: Bool { entries.values.contains { $0.lock != nil } }

    /// What is booted from a menu and its menus, each name once, in the order that a reader meets them.
    ///
    /// - Parameter passing: whether a menu is looked into, behind the first.
    package func reachable(
        from entry: Entry, passing: (TargetMenu) -> Bool = { _ in true }
    ) -> [(name: String, entry: Entry)] {
        var found: [(name: String, entry: Entry)] = []
        var open = [entry]
        while !open.isEmpty {
            guard case .menu(let menu) = open.removeFirst() else { continue }
            for name in menu.items where !found.contains(where: { $0.name == name }) {
                guard let next = self[name] else { continue }
                found.append((name, next))
                if case .menu(let inner) = next, !passing(inner) { continue }
                open.append(next)
            }
        }
        return found
    }
}

extension BootTarget {
    /// What is booted where the settings say nothing: Debian's names, at the root.
    package static let standard = BootTarget(title: "Network boot", action: .linux(LinuxBoot()))
}
