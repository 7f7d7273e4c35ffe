import BootPolicy
import Wire

extension Rehearsal {
    /// What PXELINUX knows while it runs.
    private struct Session {
        /// Its own file: names without `::` are completed by its directory.
        let loader: BootLocation
        var configuration: BootLocation
        var modules: Set<String> = []
        var rounds = 0
    }

    /// PXELINUX 6: its core, the configuration by ten names, and what its default boots.
    mutating func playPXELINUX(from loader: BootLocation) {
        var session = Session(loader: loader, configuration: loader)
        guard load("ldlinux.c32", &session) else { return }
        for name in configurationNames {
            session.configuration = loader.beside("pxelinux.cfg/" + name)
            guard let found = fetch(session.configuration, by: .pxelinux) else { return }
            guard found.isThere else { continue }
            return follow(found, &session)
        }
        stop(.noConfiguration, "PXELINUX finds none of the names under \(loader.directory)pxelinux.cfg/")
    }

    /// Runs a configuration to its end, of a PXELINUX whose core is loaded.
    mutating func runPXELINUX(_ text: String, from loader: BootLocation) {
        var session = Session(loader: loader, configuration: loader.beside("pxelinux.cfg/default"))
        follow(RehearsalWorld.Found(answer: .found(.file("default"), size: nil), octets: Array(text.utf8)), &session)
    }

    /// What it asks for, the particular before the general (SYSLINUX: doc/pxelinux.txt).
    private var configurationNames: [String] {
        let octets = plan.address.octets.map { hexadecimal($0).uppercased() }.joined()
        let address = (1...octets.count).reversed().map { String(octets.prefix($0)) }
        let card = "01-" + plan.hardware.octets.map { hexadecimal($0) }.joined(separator: "-")
        let machine = plan.machine.isBlank ? [] : [machineName]
        return machine + [card] + address + ["default"]
    }

    /// The octets of option 97 in the order in which they came, which is not how SMBIOS tools show them.
    private var machineName: String {
        let words = [plan.machine.high, plan.machine.low].map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        let digits = Array(words.joined())
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }

    private func hexadecimal(_ octet: UInt8) -> String {
        (octet < 16 ? "0" : "") + String(octet, radix: 16)
    }

    /// What a name in a configuration means: `::` begins at the server's top, all else beside the loader.
    private func location(_ name: String, _ session: Session) -> BootLocation {
        if let url = BootLocation(url: name) { return url }
        let loader = session.loader
        guard name.hasPrefix("::") else { return loader.beside(name) }
        return BootLocation(loader.way, server: loader.server, path: String(name.dropFirst(2)))
    }

    /// A module, and what it needs, each once.
    private mutating func load(_ name: String, _ session: inout Session) -> Bool {
        guard session.modules.insert(name).inserted else { return !isOver }
        let place = location(name, session)
        guard let found = fetch(place, by: .pxelinux) else { return false }
        guard found.isThere else {
            missing(place, found, by: .pxelinux)
            return false
        }
        for library in ModuleNeeds.names(in: found.octets) {
            guard load(library, &session) else { return false }
        }
        return true
    }

    // MARK: Configurations

    private mutating func follow(_ found: RehearsalWorld.Found, _ session: inout Session) {
        guard let configuration = read(found, &session) else { return }
        session.rounds += 1
        guard session.rounds < 16 else { return stop(.goesRound, "PXELINUX's configurations lead back to each other") }
        let isMenu = Self.isMenu(configuration.preferred)
        if !configuration.interface.isEmpty || isMenu {
            showMenu(configuration.interface.isEmpty ? configuration.preferred : configuration.interface, &session)
        } else if let wish = choose(configuration) {
            boot(wish, &session)
        } else if configuration.prompts, configuration.timeout == 0 {
            finish(.keyboard("a command behind PXELINUX's prompt"))
        } else if let label = configuration.usual {
            boot(label, &session)
        } else if !configuration.preferred.isEmpty {
            boot(PXELINUXText.Label(command: configuration.preferred), &session)
        } else {
            stop(.noConfiguration, "PXELINUX's configuration names nothing to boot")
        }
    }

    private static func isMenu(_ command: String) -> Bool {
        let name = command.split { $0 == " " || $0 == "\t" }.first.map(String.init) ?? ""
        return ["menu.c32", "vesamenu.c32"].contains(name.lastPathPart)
    }

    /// The text with what it includes in the places of those lines.
    private mutating func read(_ found: RehearsalWorld.Found, _ session: inout Session) -> PXELINUXText? {
        if found.isElsewhere {
            finish(.elsewhere(session.configuration.url))
            return nil
        }
        let lines = lines(found, session, depth: 0)
        return isOver ? nil : PXELINUXText(lines)
    }

    private mutating func lines(_ found: RehearsalWorld.Found, _ session: Session, depth: Int) -> [String] {
        var all: [String] = []
        guard spend(found.octets.count, by: .pxelinux) else { return all }
        for line in (found.text ?? "").split(whereSeparator: \.isNewline).map(String.init) {
            let words = line.split { $0 == " " || $0 == "\t" }
            let place = words.firstIndex { $0.uppercased() == "INCLUDE" }
            guard let place, place <= 1, words.count > place + 1, depth < 8 else {
                all.append(line)
                continue
            }
            guard let inner = fetch(location(String(words[place + 1]), session), by: .pxelinux) else { return all }
            all += lines(inner, session, depth: depth + 1)
        }
        return all
    }

    /// A menu reads its configuration by itself, once more.
    private mutating func showMenu(_ command: String, _ session: inout Session) {
        let words = command.split { $0 == " " || $0 == "\t" }.map(String.init)
        guard let module = words.first, load(module, &session) else { return }
        if words.count > 1 { session.configuration = location(words[1], session) }
        guard let found = fetch(session.configuration, by: .pxelinux) else { return }
        guard found.isThere else { return missing(session.configuration, found, by: .pxelinux) }
        guard let menu = read(found, &session) else { return }
        if let wish = choose(menu) {
            note(.pxelinux, "menu: \(wish.name), chosen")
            return boot(wish, &session)
        }
        guard menu.timeout > 0 else { return finish(.keyboard("a choice in PXELINUX's menu")) }
        guard let label = menu.usual else {
            return stop(.noConfiguration, "PXELINUX's menu has nothing to boot")
        }
        note(.pxelinux, "menu: \(label.name), its time is over after \(menu.timeout / 10) s")
        boot(label, &session)
    }

    private mutating func choose(_ configuration: PXELINUXText) -> PXELINUXText.Label? {
        guard let wish = choices.first, let label = configuration[wish] else { return nil }
        choices.removeFirst()
        return label
    }

    // MARK: Labels

    private mutating func boot(_ label: PXELINUXText.Label, _ session: inout Session) {
        switch label.kind {
        case "LOCALBOOT", "": finish(.disk)
        case "COM32": module(label, &session)
        case "CONFIG":
            session.configuration = location(label.file, session)
            guard let found = need(session.configuration) else { return }
            follow(found, &session)
        case "PXE":
            let place = location(label.file, session)
            guard let found = need(place) else { return }
            start(found, from: place, by: .pxelinux)
        default: linux(label, session)
        }
    }

    /// A file without which it does not go on.
    private mutating func need(_ place: BootLocation) -> RehearsalWorld.Found? {
        guard let found = fetch(place, by: .pxelinux) else { return nil }
        guard !found.isThere else { return found }
        missing(place, found, by: .pxelinux)
        return nil
    }

    private mutating func module(_ label: PXELINUXText.Label, _ session: inout Session) {
        if Self.isMenu(label.file) { return showMenu("\(label.file) \(label.arguments)", &session) }
        guard load(label.file, &session) else { return }
        switch label.file.lastPathPart {
        case "reboot.c32": finish(.reboot)
        case "poweroff.c32": finish(.powerOff)
        case "chain.c32": finish(.disk)
        default: finish(.program(label.file))
        }
    }

    private mutating func linux(_ label: PXELINUXText.Label, _ session: Session) {
        let files = [label.file] + label.allDisks
        for file in files where need(location(file, session)) == nil { return }
        let shown = files.map { name in
            let place = location(name, session)
            return InstallPath.masked(isOurs(place.server) ? place.name : place.url)
        }
        finish(
            .kernel(path: shown[0], disks: Array(shown.dropFirst()), arguments: masked(words: label.arguments)))
    }
}
