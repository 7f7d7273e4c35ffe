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

    package init(title: String, items: [String], preferred: String? = nil, timeout: TimeSpan? = nil) {
        self.title = title
        self.items = items
        self.preferred = preferred
        self.timeout = timeout
    }
}

/// All targets and menus by name.
package struct TargetBook: Equatable, Sendable {
    package enum Entry: Equatable, Sendable {
        case target(BootTarget)
        case menu(TargetMenu)

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

    /// What every loader can do by itself.
    package static let builtIn = [
        "local": BootTarget(title: "Boot from the local disk", action: .localDisk),
        "shell": BootTarget(title: "Command line of the loader", action: .shell),
        "reboot": BootTarget(title: "Restart", action: .reboot),
        "poweroff": BootTarget(title: "Power off", action: .powerOff),
    ]

    /// What is booted from a menu and its menus, each name once, in the order that a reader meets them.
    package func reachable(from entry: Entry) -> [(name: String, entry: Entry)] {
        var found: [(name: String, entry: Entry)] = []
        var open = [entry]
        while !open.isEmpty {
            guard case .menu(let menu) = open.removeFirst() else { continue }
            for name in menu.items where !found.contains(where: { $0.name == name }) {
                guard let next = self[name] else { continue }
                found.append((name, next))
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
