/// A configuration of PXELINUX, as far as it decides what is fetched (SYSLINUX: doc/syslinux.txt, doc/menu.txt).
struct PXELINUXText {
    struct Label: Equatable {
        var name: String
        /// `LINUX`, `KERNEL`, `COM32`, …; `LOCALBOOT` for the disk.
        var verb = ""
        var file = ""
        var disks: [String] = []
        var arguments = ""
        var isPreferred = false
        /// How many menus are around it.
        var depth = 0
    }

    private(set) var labels: [Label] = []
    /// `UI`: the module that shows the menu, with its arguments.
    private(set) var interface = ""
    private(set) var preferred = ""
    private(set) var atTimeout = ""
    private(set) var prompts = false
    /// Tenths of a second; 0 waits for ever.
    private(set) var timeout = 0
    private var depth = 0

    /// - Parameter lines: with those of included files in their places.
    init(_ lines: [String]) {
        for line in lines {
            let words = line.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            let rest = words.count > 1 ? String(words[1]).trimmed : ""
            read(first.uppercased(), rest)
        }
    }

    private mutating func read(_ keyword: String, _ rest: String) {
        switch keyword {
        case "UI": interface = rest
        case "DEFAULT" where labels.isEmpty || preferred.isEmpty: preferred = rest
        case "ONTIMEOUT": atTimeout = rest
        case "PROMPT": prompts = (Int(rest) ?? 0) != 0
        case "TIMEOUT": timeout = Int(rest) ?? 0
        case "LABEL": labels.append(Label(name: rest, depth: depth))
        case "MENU": menu(rest)
        case "LINUX", "KERNEL", "COM32", "PXE", "BOOT", "BSS", "FDIMAGE", "CONFIG", "LOCALBOOT":
            change { ($0.verb, $0.file) = (keyword, rest) }
        case "INITRD": change { $0.disks = rest.split(separator: ",").map(String.init) }
        case "APPEND": change { $0.arguments = rest }
        default: break
        }
    }

    private mutating func menu(_ rest: String) {
        let word = rest.split { $0 == " " || $0 == "\t" }.first.map { $0.uppercased() }
        switch word {
        case "BEGIN": depth += 1
        case "END": depth = max(0, depth - 1)
        case "DEFAULT": change { $0.isPreferred = true }
        default: break
        }
    }

    private mutating func change(_ body: (inout Label) -> Void) {
        guard !labels.isEmpty else { return }
        body(&labels[labels.count - 1])
    }

    /// The label of a name, which counts in any case.
    subscript(name: String) -> Label? {
        labels.first { $0.name.lowercased() == name.lowercased() }
    }

    /// What is booted by itself when the time is over; nil for a configuration without any label.
    var usual: Label? {
        labels.first { $0.isPreferred && $0.depth == 0 } ?? self[atTimeout] ?? self[preferred]
            ?? labels.first { $0.depth == 0 }
    }
}

extension PXELINUXText.Label {
    /// What a command line boots that names no label: a file and its arguments.
    init(command: String) {
        let words = command.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
        self.init(name: command)
        (verb, file) = ("KERNEL", words.first.map(String.init) ?? "")
        arguments = words.count > 1 ? String(words[1]) : ""
    }

    /// The RAM disks: what `INITRD` says, else `initrd=` of the arguments.
    var allDisks: [String] {
        guard disks.isEmpty else { return disks }
        let word = arguments.split(separator: " ").last { $0.lowercased().hasPrefix("initrd=") }
        return word.map { $0.dropFirst(7).split(separator: ",").map(String.init) } ?? []
    }

    /// How the file is started. By the ending of its name where the verb leaves that open.
    var kind: String {
        guard verb == "KERNEL" else { return verb }
        let name = file.lowercased()
        if name.hasSuffix(".c32") { return "COM32" }
        if [".0", ".pxe", ".kpxe", ".kkpxe"].contains(where: name.hasSuffix) { return "PXE" }
        return [".bin", ".bs", ".bss"].contains(where: name.hasSuffix) ? "BOOT" : "LINUX"
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
