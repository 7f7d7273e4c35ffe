import BootPolicy
import Wire

extension Rehearsal {
    /// iPXE: it asks DHCP as what it is, and goes on with what it is told.
    ///
    /// - Parameters:
    ///   - loader: where it came from; nil for one in a card's ROM.
    ///   - looksForScript: whether it looks for a script beside itself before.
    mutating func playIPXE(from loader: BootLocation? = nil, looksForScript: Bool = false) {
        let automatic = looksForScript ? loader.flatMap { automaticScript(beside: $0) } : nil
        guard !isOver, let told = converse(as: .ipxe, plan.kind.ipxe.model, plan.kind.ipxe.architecture) else { return }
        self.told = told
        if let (text, place) = automatic { return run(text, from: place) }
        let location = told.location
        guard let found = fetch(location, by: .ipxe) else { return }
        guard found.isThere else { return missing(location, found, by: .ipxe) }
        start(found, from: location, by: .ipxe)
    }

    /// What an iPXE finds beside its own file, or in the root.
    private mutating func automaticScript(beside loader: BootLocation) -> (String, BootLocation)? {
        var places = [loader.beside(IPXEScript.automaticName)]
        let top = BootLocation(
            loader.way, server: loader.server, path: (loader.way == .http ? "/" : "") + IPXEScript.automaticName)
        if top != places[0] { places.append(top) }
        for place in places {
            guard let found = fetch(place, by: .ipxe) else { return nil }
            if found.isThere, let text = found.text { return (text, place) }
        }
        return nil
    }

    /// What runs, and what became of it so far.
    private struct Session {
        var script: ScriptRun
        /// The file that came last.
        var last: (found: RehearsalWorld.Found, location: BootLocation)?
        /// Why the last file did not come; nil when it did.
        var failure: String?
        /// Files that did not come; a script that asks for one again would do so for ever.
        var refused: Set<String> = []
        var pauses = 0
    }

    /// How often a script may pause before that counts as a circle.
    private static let mostPauses = 100

    /// Runs an iPXE script to its end.
    mutating func run(_ text: String, from place: BootLocation) {
        guard spend(text.utf8.count, by: .ipxe) else { return }
        guard let script = ScriptRun(text, settings: settings(place), from: place) else {
            return stop(.scriptFails, "\(place.path) is no iPXE script")
        }
        var session = Session(script: script)
        session.script.choices = choices
        var step = session.script.start()
        while spend(session.script.work, by: .ipxe) {
            switch step {
            case .fetch(let url, let isScript):
                guard let outcome = bring(url, isScript: isScript, &session) else { return }
                step = session.script.resume(outcome)
            case .pause(let time):
                pause(time, &session)
                step = session.script.resume(.passed)
            case .end(let end): leave(end, session)
            }
            choices = session.script.choices
        }
    }

    /// - Returns: nil when the rehearsal is over by that.
    private mutating func bring(
        _ url: String, isScript: Bool, _ session: inout Session
    ) -> ScriptRun.Outcome? {
        guard let location = BootLocation(url: url) else {
            session.failure = "\(url) is no URL that can be played"
            return .failed("Operation not supported")
        }
        guard let found = fetch(location, by: .ipxe) else { return nil }
        session.last = (found, location)
        if case .refused(let reason) = found.answer {
            session.failure = "iPXE cannot have \(location.path): \(reason.summary) (\(reason.code))"
            if !session.refused.insert(location.url).inserted { stop(.fileMissing, session.failure ?? "") }
            return .failed("\(reason.summary): \(InstallPath.masked(location.path))")
        }
        session.failure = nil
        // What another server's script says is not known, nor what one says that is fetched when somebody asks.
        if isScript, found.isElsewhere {
            finish(.elsewhere(InstallPath.masked(url)))
            return nil
        }
        return .loaded(script: isScript ? found.text : nil)
    }

    private mutating func pause(_ time: TimeSpan?, _ session: inout Session) {
        session.pauses += 1
        let menu = "menu \"\(session.script.title)\""
        switch (session.script.waiting, time) {
        case (.choice(_, let label), let time?):
            let why = time == .zero ? "chosen" : "its time is over after \(time.nanoseconds / 1_000_000_000) s"
            note(.ipxe, "\(menu): \(label), \(why)")
        case (_, nil):
            // It shows why, and lets somebody read that.
            if let failure = session.failure { return stop(.fileMissing, failure) }
            let isChoice = if case .choice = session.script.waiting { true } else { false }
            finish(.keyboard(isChoice ? "a choice in the \(menu)" : "a key, or a password"))
        default: break
        }
        if session.pauses > Self.mostPauses { stop(.goesRound, "the script pauses again and again") }
    }

    private mutating func leave(_ end: ScriptRun.End, _ session: Session) {
        switch end {
        case .boot(let images):
            let kernel = session.script.kernel
            let disks = images.filter { $0 != kernel?.url }
            finish(
                .kernel(
                    path: shown(url: kernel?.url ?? ""), disks: disks.map(shown),
                    arguments: masked(words: kernel?.arguments ?? "")))
        case .program:
            guard let last = session.last else { return finish(.disk) }
            start(last.found, from: last.location, by: .ipxe)
        case .localDisk: finish(.disk)
        case .exit(let status):
            if status != 0, let failure = session.failure { return stop(.fileMissing, failure) }
            if status != 0, let error = session.script.settings["errmsg"] { return stop(.scriptFails, error) }
            finish(.disk)
        case .reboot: finish(.reboot)
        case .powerOff: finish(.powerOff)
        case .stuck(let why): stop(.goesRound, why)
        }
    }

    /// A file of ours by its path, any other by its URL.
    private func shown(url: String) -> String {
        guard let location = BootLocation(url: url), isOurs(location.server) else { return InstallPath.masked(url) }
        let name = location.name
        return InstallPath.masked(name.hasPrefix("/") ? String(name.dropFirst()) : name)
    }

    /// A command line whose URLs may name an install.
    func masked(words: String) -> String {
        words.split(separator: " ", omittingEmptySubsequences: false).map { InstallPath.masked(String($0)) }
            .joined(separator: " ")
    }

    private func settings(_ place: BootLocation) -> ScriptSettings {
        ScriptSettings([
            "mac": "\(plan.hardware)", "ip": "\(plan.address)", "uuid": "\(plan.machine)", "serial": plan.serial,
            "platform": plan.kind.isUEFI ? "efi" : "pcbios", "buildarch": plan.kind.buildArchitecture,
            "memsize": "\(plan.memory)", "cwuri": place.url, "filename": told?.file ?? "",
            "proxydhcp/filename": told?.file ?? "", "next-server": told.map { "\($0.server)" } ?? "",
            "proxydhcp/next-server": told.map { "\($0.server)" } ?? "",
        ])
    }
}
