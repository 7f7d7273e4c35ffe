import Wire

extension ScriptRun {
    /// Runs one command, its settings filled in.
    ///
    /// - Returns: what it waits for; nil when it is done.
    mutating func perform(_ words: [String]) -> Step? {
        let command = ScriptWords(words)
        status = 0
        switch words.first {
        // An empty command is a success: what stands behind a `||` at the end of a line.
        case nil, "echo", "console", "colour", "cpair", "dhcp", "ifopen", "ifconf", "ifclose", "ifstat", "iflinkwait",
            "route", "imgstat", "ntp", "sync", "cpuid":
            return nil
        case "set": settings[command.first] = command.rest
        case "clear": settings[command.first] = nil
        case "isset": check(!command.first.isEmpty)
        case "iseq": check(command.words.count == 2 && command.words[0] == command.words[1])
        case "goto": jump(to: command.first)
        case "exit": exit(Int(command.first) ?? 0)
        case "imgfree": (images, kernel) = ([], nil)
        case "imgargs": kernel?.arguments = command.rest
        case "menu": (menu, title) = ([], command.words.joined(separator: " "))
        case "item": if !command.has("--gap") { menu.append(command.first) }
        case "sanboot": return .end(.localDisk)
        case "reboot": return .end(.reboot)
        case "poweroff": return .end(.powerOff)
        case "kernel", "initrd", "imgfetch", "module": return image(command, isKernel: words.first == "kernel")
        case "chain": return chain(command)
        case "boot", "imgexec":
            if kernel != nil { return .end(.boot(images: images)) }
            fail("No kernel")
        case "sleep": return pause(.sleep, .seconds(ScriptWords.time(command.first) ?? 0))
        case "prompt": return pause(.prompt, command.milliseconds("--timeout", "-t"))
        case "choose": return choose(command)
        case "login", "shell": return pause(.prompt, nil)
        case .some(let name): fail("\(name): command not found")
        }
        return nil
    }

    private mutating func check(_ isTrue: Bool) {
        status = isTrue ? 0 : 1
    }

    private mutating func image(_ command: ScriptWords, isKernel: Bool) -> Step? {
        let url = url(of: command.first)
        waiting = .image(url: url, arguments: isKernel ? command.rest : nil)
        return .fetch(url: url, isScript: false)
    }

    private mutating func chain(_ command: ScriptWords) -> Step? {
        let url = url(of: command.first)
        waiting = .chain(url: url, replaces: command.has("--replace") || command.has("-r"))
        return .fetch(url: url, isScript: true)
    }

    private mutating func pause(_ what: Waiting, _ time: TimeSpan?) -> Step {
        waiting = what
        return .pause(time)
    }

    /// Where nobody is there to choose, the menu's default is taken when its time is over, and without a time never.
    private mutating func choose(_ command: ScriptWords) -> Step? {
        if let wish = choices.first, let label = menu.first(where: { $0 == wish || $0 == "go-\(wish)" }) {
            choices.removeFirst()
            return pause(.choice(variable: command.first, label: label), .zero)
        }
        guard let label = command.value("--default", "-d") ?? menu.first else {
            fail("No menu")
            return nil
        }
        return pause(.choice(variable: command.first, label: label), command.milliseconds("--timeout", "-t"))
    }
}

/// The words of a command behind its name: options first, as iPXE has them (src/core/parseopt.c).
struct ScriptWords {
    private(set) var words: [String] = []
    private var options: [String: String] = [:]

    private static let withValue: Set = [
        "--name", "-n", "--timeout", "-t", "--default", "-d", "--drive", "--key", "-k", "--menu", "-m",
    ]

    init(_ all: [String]) {
        var rest = all.dropFirst()
        while let word = rest.first, word.hasPrefix("-"), word.count > 1 {
            rest.removeFirst()
            options[word] = Self.withValue.contains(word) ? rest.popFirst() ?? "" : ""
        }
        words = Array(rest)
    }

    var first: String { words.first ?? "" }
    var rest: String { words.dropFirst().joined(separator: " ") }

    func has(_ option: String) -> Bool { options[option] != nil }

    func value(_ long: String, _ short: String) -> String? { options[long] ?? options[short] }

    /// A number of seconds or milliseconds, of which no clock runs over.
    static func time(_ text: String) -> Int64? { Int64(text).map { min(max($0, 0), Int64(UInt32.max)) } }

    /// A time in milliseconds; none, and 0, wait for ever.
    func milliseconds(_ long: String, _ short: String) -> TimeSpan? {
        value(long, short).flatMap(Self.time).flatMap { $0 > 0 ? .milliseconds($0) : nil }
    }
}
