import BootPolicy
import Wire

extension Rehearsal {
    /// GRUB 2.06 as Debian signs it: lists of modules, and `/grub/grub.cfg`, all from the server's top.
    mutating func playGRUB(from loader: BootLocation) {
        // It hears no proxy (LoaderModel): who gets here by it has such a router.
        note(.grub, "takes its server from the DHCP server's next-server; played as if that named \(server)")
        let target = plan.kind.grubTarget
        let place = BootLocation(.tftp, server: server, path: "/grub/")
        for list in ["command", "fs", "crypto", "terminal"] {
            let name = "\(target.cpu)-\(target.platform)/\(list).lst"
            guard fetch(place.beside(name), by: .grub) != nil else { return }
        }
        let configuration = place.beside("grub.cfg")
        guard let found = fetch(configuration, by: .grub) else { return }
        guard found.isThere, let text = found.text else {
            return stop(.noConfiguration, "GRUB finds no \(configuration.path), and shows its prompt")
        }
        runGRUB(text)
    }

    /// Runs GRUB's first configuration to its end.
    mutating func runGRUB(_ text: String) {
        let target = plan.kind.grubTarget
        var state = GRUBState([
            "root": "tftp,\(server)", "prefix": "(tftp,\(server))/grub", "grub_cpu": target.cpu,
            "grub_platform": target.platform, "net_default_mac": "\(plan.hardware)",
            "net_default_ip": "\(plan.address)", "net_default_server": server,
        ])
        configure(text, &state)
        if !isOver { stop(.noConfiguration, "GRUB's configuration comes to its end, and shows its prompt") }
    }

    /// Runs a configuration, and then its menu.
    private mutating func configure(_ text: String, _ state: inout GRUBState) {
        guard let nodes = read(text) else { return }
        state.entries = []
        _ = perform(nodes, &state)
        if !state.entries.isEmpty { choose(&state) }
    }

    /// - Returns: nil when the rehearsal is over by that.
    private mutating func read(_ text: String) -> [GRUBNode]? {
        guard spend(text.utf8.count, by: .grub) else { return nil }
        var reader = GRUBReader(text)
        let nodes = reader.nodes()
        if reader.isTooDeep { nestsTooDeep() }
        return isOver ? nil : nodes
    }

    private mutating func nestsTooDeep() {
        stop(.goesRound, "GRUB's configuration nests commands more than \(GRUBReader.mostNested) deep")
    }

    // MARK: The menu

    /// What is taken: the wish of who rehearses, else the default when the time is over.
    private mutating func choose(_ state: inout GRUBState) {
        var isMenu = true
        while isMenu, !isOver {
            let entries = state.entries
            let wish = choices.first.flatMap { wish in entries.first { $0.title == wish || $0.id == wish } }
            guard let entry = wish ?? usual(state) else {
                return finish(.keyboard("a choice in GRUB's menu"))
            }
            if wish != nil { choices.removeFirst() }
            let why = wish == nil ? "its time is over after \(state.variables["timeout"] ?? "0") s" : "chosen"
            note(.grub, "menu: \(entry.id), \(why)")
            state.entries = []
            _ = perform(entry.body, &state)
            isMenu = entry.isMenu
        }
        guard !isOver else { return }
        boot(state)
        if !isOver { finish(.keyboard("a choice in GRUB's menu, which it shows again")) }
    }

    private func usual(_ state: GRUBState) -> GRUBState.Entry? {
        guard let time = state.variables["timeout"].flatMap({ Int($0) }), time >= 0 else { return nil }
        let name = state.variables["default"] ?? "0"
        let named = state.entries.first { $0.id == name || $0.title == name }
        return named ?? Int(name).flatMap { state.entries.indices.contains($0) ? state.entries[$0] : nil }
            ?? state.entries.first
    }

    // MARK: Commands

    private static let mostCommands = 10_000

    /// - Returns: what the last of them came to; 0 is success.
    private mutating func perform(_ nodes: [GRUBNode], _ state: inout GRUBState) -> Int {
        guard state.nesting < GRUBReader.mostNested else {
            nestsTooDeep()
            return 1
        }
        state.nesting += 1
        defer { state.nesting -= 1 }
        var status = 0
        for node in nodes where !isOver { status = perform(node, &state) }
        return status
    }

    private mutating func perform(_ node: GRUBNode, _ state: inout GRUBState) -> Int {
        guard counts(&state) else { return 1 }
        switch node {
        case .command(let words): return expanded(words, state).map { command($0, &state) } ?? 1
        case .choice(let cases, let otherwise):
            for (test, body) in cases where perform(test, &state) == 0 { return perform(body, &state) }
            return perform(otherwise, &state)
        case .loop(let test, let isUntil, let body):
            // Of a loop without any command only the rounds can be counted.
            while counts(&state), (perform(test, &state) == 0) != isUntil { _ = perform(body, &state) }
        case .each(let variable, let words, let body):
            for word in expanded(words, state) ?? [] where !isOver {
                state.variables[variable] = word
                _ = perform(body, &state)
            }
        case .function(let name, let body): state.functions[name] = body
        case .entry(let words, let isMenu, let body):
            guard let words = expanded(words, state) else { return 1 }
            let id = words.firstIndex(of: "--id").flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
            let title = words.first ?? ""
            state.entries.append(GRUBState.Entry(title: title, id: id ?? title, isMenu: isMenu, body: body))
        }
        return 0
    }

    /// - Returns: false when the rehearsal is over.
    private mutating func counts(_ state: inout GRUBState) -> Bool {
        state.commands += 1
        if state.commands > Self.mostCommands {
            stop(.goesRound, "GRUB's configuration goes round without booting anything")
        }
        return !isOver
    }

    /// - Returns: nil when the rehearsal is over by that.
    private mutating func expanded(_ words: [GRUBWord], _ state: GRUBState) -> [String]? {
        guard let texts = state.expanded(words) else {
            stop(.goesRound, "GRUB's configuration makes a word of more than \(GRUBState.longestWord >> 10) KiB")
            return nil
        }
        return spend(texts.reduce(words.count) { $0 + $1.utf8.count }, by: .grub) ? texts : nil
    }

    /// The most files of one `test`; each is looked for on the disk.
    private static let mostTests = 64

    private func holds(_ words: [String], _ state: GRUBState) -> Bool {
        var files = 0
        return GRUBState.test(words) { name in
            files += 1
            return files <= Self.mostTests && isThere(name, state)
        }
    }

    private mutating func command(_ words: [String], _ state: inout GRUBState) -> Int {
        guard let name = words.first else { return 0 }
        let rest = Array(words.dropFirst())
        if let body = state.functions[name] { return perform(body, &state) }
        switch name {
        case "set":
            let parts = rest.first?.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if let parts, parts.count == 2 { state.variables[String(parts[0])] = String(parts[1]) }
        case "unset": for name in rest { state.variables[name] = nil }
        case "[", "test":
            return holds(rest.filter { $0 != "]" }, state) ? 0 : 1
        case "false": return 1
        case "!":
            let signs = words.prefix { $0 == "!" }.count
            let isSuccess = command(Array(words.dropFirst(signs)), &state) == 0
            return isSuccess != (signs % 2 == 1) ? 0 : 1
        case "linux", "linuxefi", "linux16", "chainloader": return load(rest, name, &state)
        case "initrd", "initrdefi", "initrd16": return disks(rest, &state)
        case "source", ".", "configfile": return include(rest, isMenu: name == "configfile", &state)
        case "boot":
            boot(state)
            return 1
        // Nobody knows the machine's disks here.
        case "search", "search.file", "search.fs_uuid": return 1
        case "exit": finish(.disk)
        case "reboot": finish(.reboot)
        case "halt": finish(.powerOff)
        default: break
        }
        return 0
    }

    private mutating func boot(_ state: GRUBState) {
        guard let loaded = state.loaded else { return }
        if loaded.isProgram { return finish(.program(loaded.kernel)) }
        finish(.kernel(path: loaded.kernel, disks: loaded.disks, arguments: loaded.arguments))
    }

    // MARK: Files

    /// What a name of GRUB's means: `(tftp,SERVER)/…`, `(http,SERVER)/…`, or `/…` of the device that is the root.
    private func location(_ name: String, _ state: GRUBState) -> BootLocation? {
        var (device, path) = (state.variables["root"] ?? "", name[...])
        if name.hasPrefix("("), let end = name.firstIndex(of: ")") {
            device = String(name[name.index(after: name.startIndex)..<end])
            path = name[name.index(after: end)...]
        }
        let parts = device.split(separator: ",", maxSplits: 1).map(String.init)
        let way: RehearsalStep.Fetch.Way
        switch parts.first {
        case "tftp", "pxe": way = .tftp
        case "http": way = .http
        default: return nil
        }
        return BootLocation(
            way, server: parts.count > 1 ? parts[1] : server, path: path.hasPrefix("/") ? String(path) : "/\(path)")
    }

    private func isThere(_ name: String, _ state: GRUBState) -> Bool {
        location(name, state).map { look($0).isThere } ?? false
    }

    /// - Returns: nil when it is not to be had, or the rehearsal is over.
    private mutating func bring(
        _ name: String, _ state: GRUBState
    ) -> (found: RehearsalWorld.Found, location: BootLocation)? {
        guard let place = location(name, state) else {
            note(.grub, "would read \(InstallPath.masked(name)) of a disk")
            return nil
        }
        guard let found = fetch(place, by: .grub), found.isThere else { return nil }
        return (found, place)
    }

    private func shown(_ place: BootLocation) -> String {
        InstallPath.masked(isOurs(place.server) ? String(place.name.drop { $0 == "/" }) : place.url)
    }

    private mutating func load(_ words: [String], _ command: String, _ state: inout GRUBState) -> Int {
        guard let name = words.first, let (_, place) = bring(name, state) else { return 1 }
        state.loaded = GRUBState.Loaded(
            kernel: shown(place), arguments: masked(words: words.dropFirst().joined(separator: " ")),
            isProgram: command == "chainloader")
        return 0
    }

    private mutating func disks(_ words: [String], _ state: inout GRUBState) -> Int {
        for name in words {
            guard let (_, place) = bring(name, state) else { return 1 }
            state.loaded?.disks.append(shown(place))
        }
        return 0
    }

    private mutating func include(_ words: [String], isMenu: Bool, _ state: inout GRUBState) -> Int {
        guard let name = words.first, let (found, place) = bring(name, state) else { return 1 }
        if found.isElsewhere {
            finish(.elsewhere(place.url))
            return 1
        }
        guard state.depth < 16 else {
            stop(.goesRound, "GRUB's configurations lead back to each other")
            return 1
        }
        state.depth += 1
        defer { state.depth -= 1 }
        if isMenu {
            configure(found.text ?? "", &state)
            return 0
        }
        guard let nodes = read(found.text ?? "") else { return 1 }
        return perform(nodes, &state)
    }
}
