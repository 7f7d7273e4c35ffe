import BootPolicy
import Wire

/// `pxelinux.cfg/default` and the files that it includes (syslinux `doc/syslinux.txt` and `doc/menu.txt`, version 6.03).
struct PXELINUXConverter {
    var desk: BootDesk
    private let include: Conversion.Inclusion
    private var files = 0
    /// The first is what is shown first.
    var pages = [PXELINUXPage(tag: "main")]
    /// The menus that are open, the innermost last.
    private var open = [0]
    /// The page that `DEFAULT` and `TIMEOUT` speak of: that of the file which stands for itself.
    private var configured = 0
    var label: PXELINUXLabel?
    /// What labels without their own get.
    private var generalArguments: String?
    private var generalAppended: Int?
    /// Names of targets, and of labels that stand for another, by the labels' names.
    var targets: [String: String] = [:]
    var aliases: [String: String] = [:]

    /// Enough for any tree of files, and an end for one that names itself.
    private static let mostFiles = 64
    private static let deepest = 8

    static func convert(
        _ text: ConfigurationText, at desk: inout BootDesk, _ include: @escaping Conversion.Inclusion
    ) throws(ConversionError) {
        var converter = Self(desk: desk, include: include)
        try converter.read(text, depth: 0)
        converter.finishLabel()
        converter.writeMenus(of: text)
        desk = converter.desk
    }

    private init(desk: BootDesk, include: @escaping Conversion.Inclusion) {
        self.desk = desk
        self.include = include
    }

    private mutating func read(_ text: ConfigurationText, depth: Int) throws(ConversionError) {
        files += 1
        var inHelp = false
        for (index, line) in text.lines.enumerated() {
            let (keyword, rest) = line.keywordAndRest
            if inHelp {
                inHelp = keyword != "endtext"
                continue
            }
            guard !keyword.isEmpty, !keyword.hasPrefix("#") else { continue }
            let directive = Directive(file: text.file, line: index + 1, what: String(line.trimmed))
            inHelp = keyword == "text" && rest.lowercased().hasPrefix("help")
            try settle(keyword, rest, directive, depth: depth)
        }
    }

    private mutating func settle(
        _ keyword: String, _ rest: String, _ directive: Directive, depth: Int
    ) throws(ConversionError) {
        switch keyword {
        case "label":
            finishLabel()
            label = PXELINUXLabel(name: rest, directive: directive)
            label?.arguments = generalArguments
            label?.appended = generalAppended
        case "menu": try settleMenu(rest, directive, depth: depth)
        case "include": try follow(rest, directive, depth: depth)
        case "config" where label == nil: try follow(rest, directive, depth: depth)
        case "append" where label == nil:
            generalArguments = rest
            desk.settle(directive, .converted)
        case "sysappend" where label == nil, "ipappend" where label == nil:
            generalAppended = Self.number(rest)
            desk.settle(directive, .converted)
        case let keyword where label != nil && Self.labelKeywords.contains(keyword):
            settleInLabel(keyword, rest)
            try followMenu(depth: depth)
        default: desk.settle(directive, settleGlobal(keyword, rest, directive))
        }
    }

    private mutating func settleInLabel(_ keyword: String, _ rest: String) {
        label?.weight += 1
        switch keyword {
        case "append": label?.arguments = rest
        case "initrd": label?.initrds = rest.split { $0 == "," || $0.isWhitespace }.map(String.init)
        case "sysappend", "ipappend": label?.appended = Self.number(rest)
        default: label?.kernel = (keyword, rest)
        }
    }

    private static func number(_ text: String) -> Int? {
        text.lowercased().hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : Int(text)
    }

    /// Reads another file into this place, or the menu that is open.
    private mutating func follow(_ rest: String, _ directive: Directive, depth: Int) throws(ConversionError) {
        let name = rest.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
        guard depth < Self.deepest, files < Self.mostFiles, let file = include(name, directive.file) else {
            return desk.settle(directive, .lost("the file cannot be read; put its lines here and convert again"))
        }
        finishLabel()
        desk.settle(directive, .converted)
        try read(try ConfigurationText(file), depth: depth + 1)
        finishLabel()
    }

    /// A label that shows another file's menu, once it is clear which.
    private mutating func followMenu(depth: Int) throws(ConversionError) {
        guard let own = label, depth < Self.deepest, files < Self.mostFiles else { return }
        var name = ""
        if own.kernel?.verb == "config" { name = own.kernel?.file ?? "" }
        if own.isMenu { name = own.arguments ?? "" }
        guard !name.isEmpty, name != "-", let file = include(name, own.directive.file) else { return }
        label = nil
        let outer = (open, configured)
        openPage(own.name)
        pages[pages.endIndex - 1].caption = own.title
        desk.settle(own.directive, .converted, weight: own.weight)
        configured = pages.endIndex - 1
        targets[own.name] = nil
        try read(try ConfigurationText(file), depth: depth + 1)
        finishLabel()
        (open, configured) = outer
    }

    /// Deeper than anybody can look; what is asked of a menu is asked of those in it.
    private static let deepestMenu = 32

    private mutating func openPage(_ tag: String) {
        pages.append(PXELINUXPage(tag: tag))
        if let parent = open.last { pages[parent].items.append(.page(pages.endIndex - 1)) }
        open.append(pages.endIndex - 1)
    }

    /// The page that labels are read into.
    var current: Int { open.last ?? 0 }
}

extension PXELINUXConverter {
    private mutating func settleMenu(_ text: String, _ directive: Directive, depth: Int) throws(ConversionError) {
        let (keyword, rest) = text.keywordAndRest
        switch keyword {
        case "begin":
            finishLabel()
            guard open.count < Self.deepestMenu else {
                return desk.settle(directive, .lost("menus within menus deeper than \(Self.deepestMenu)"))
            }
            openPage(rest.isEmpty ? "menu" : rest)
            desk.settle(directive, .converted)
        case "end":
            finishLabel()
            let isOpen = open.count > 1 && current > configured
            if isOpen { open.removeLast() }
            desk.settle(directive, isOpen ? .converted : .lost("there is no MENU BEGIN before it"))
        case "include":
            let tag = rest.split(maxSplits: 1, whereSeparator: \.isWhitespace).dropFirst().first.map(String.init)
            finishLabel()
            let outer = open
            if let tag { openPage(tag) }
            try follow(rest, directive, depth: depth)
            open = outer
        default:
            let fate = settleMenuKey(keyword, rest)
            // What a label says fares as the label does.
            if label != nil, fate.why == nil { label?.weight += 1 } else { desk.settle(directive, fate) }
        }
    }

    private mutating func settleMenuKey(_ keyword: String, _ rest: String) -> Fate {
        let shown = String(rest.filter { $0 != "^" })
        switch keyword {
        case "title":
            pages[current].title = shown
        case "label" where label == nil: pages[current].caption = shown
        case "label": label?.title = shown
        case "default" where label != nil: pages[current].marked = label?.name
        case "hide" where label != nil: label?.isHidden = true
        case "disable" where label != nil, "separator" where label != nil: label?.isHeading = true
        case "goto" where label != nil: label?.goal = rest
        case "exit", "quit": return leaveOut(.needless("every menu has a way back anyway"))
        case "separator": return .lost("menus are lists without lines between them")
        case "passwd":
            return .lost("a whole menu has one here: write password into its [menu.NAME], and its file into [secrets]")
        case "indent": return .needless("it is looks alone")
        default: return .needless("how a menu looks, and what its keys are, is left to each loader")
        }
        return .converted
    }

    /// Drops the label that is read, whose line counts for itself.
    private mutating func leaveOut(_ fate: Fate) -> Fate {
        if let label { desk.settle(label.directive, fate, weight: label.weight) }
        label = nil
        return fate
    }

    private mutating func settleGlobal(_ keyword: String, _ rest: String, _ directive: Directive) -> Fate {
        switch keyword {
        case "ui":
            pages[configured].showsMenu = true
            return .needless("each loader shows a [menu] in its own way")
        case "default":
            if Self.isMenuModule(rest) {
                pages[configured].showsMenu = true
                return .needless("each loader shows a [menu] in its own way")
            }
            pages[configured].preferred = (rest, directive)
            return .converted
        case "ontimeout":
            pages[configured].onTimeout = (rest, directive)
            return .converted
        case "prompt":
            pages[configured].prompts = rest != "0"
            return .converted
        case "timeout": return settleTimeout(rest)
        case "text": return .lost("help texts are not shown; a title has 70 octets")
        default: return Self.needless.contains(keyword) ? .needless(Self.looks) : .lost(Self.unknown)
        }
    }

    /// Tenths of a second.
    private mutating func settleTimeout(_ text: String) -> Fate {
        guard let tenths = Int(text), (0...36_000).contains(tenths) else {
            return .lost("a menu waits for 1 to 3600 seconds, or without timeout for ever")
        }
        pages[configured].timeout = tenths == 0 ? nil : .seconds(Int64((tenths + 9) / 10))
        return tenths % 10 == 0 ? .converted : .nearly("whole seconds: \((tenths + 9) / 10)")
    }

    private static func isMenuModule(_ text: String) -> Bool {
        let program = text.split(whereSeparator: \.isWhitespace).first.map { $0.lastPart.lowercased() } ?? ""
        return program == "menu.c32" || program == "vesamenu.c32"
    }

    private static let looks = "how a prompt looks and sounds is left to each loader"
    private static let unknown = "Pilotfish's menus have nothing like it"

    private static let needless: Set<String> = [
        "implicit", "allowoptions", "noescape", "nocomplete", "nohalt", "say", "display", "font", "kbdmap", "console",
        "serial", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12", "path",
        "sendcookies", "easteregg", "totaltimeout", "autoboot", "aborted",
    ]

    private static let labelKeywords: Set<String> = [
        "kernel", "linux", "boot", "bss", "pxe", "fdimage", "comboot", "com32", "config", "localboot", "initrd",
        "append", "ipappend", "sysappend",
    ]

    /// By which such a file is recognised.
    static let keywords = needless.union(labelKeywords).union([
        "label", "menu", "include", "default", "ontimeout", "onerror", "prompt", "timeout", "ui", "text", "endtext",
    ])
}
