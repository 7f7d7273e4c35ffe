import BootPolicy
import Wire

/// How a boot stands, and why it does not go on.
extension BootSession {
    /// Firmware and loaders act within seconds; who is silent for so long after a DHCP answer is not waiting for a timer.
    private static let dhcpPatience: Int64 = 8000
    /// Until firmware has asked twice for its file: only then is it known whether a firewall of this host keeps it.
    private static let askPatience: Int64 = 15_000
    /// A loader that starts the card anew is silent for as long as a switch's port with spanning tree takes.
    private static let loaderPatience: Int64 = 60_000
    /// Between the messages of a healthy boot.
    private static let roundPatience: Int64 = 3000
    /// Who has its last file starts it.
    private static let lastFilePatience: Int64 = 5000
    /// A boot of which nothing was heard for so long is over.
    private static let overPatience: Int64 = 300_000
    /// No transfer is believed to go on for longer when the engines do not say so.
    private static let longestTransfer: Int64 = 300_000
    private static let waitingPatience: Int64 = 4 * 3_600_000

    /// - Parameters:
    ///   - now: milliseconds since 1970.
    ///   - progress: the file that is being sent to the machine.
    package func standing(
        at now: Int64, _ circumstances: Circumstances, progress: FetchProgress? = nil
    ) -> Standing {
        if let refused = refusal(circumstances) { return refused }
        let progress = own(progress, at: now)
        let verdict = verdict(at: now, circumstances, progress)
        if let verdict, !verdict.isHint { return Standing(state: .stuck, verdict: verdict) }
        return Standing(state: state(at: now, progress), verdict: verdict)
    }

    private func state(at now: Int64, _ progress: FetchProgress?) -> Standing.State {
        let silence = silence(now)
        let step = furthest
        if step == .installed || step == .local { return .booted }
        if progress != nil || isSending(now) { return .underWay }
        if let install, !install.isOver, step == .installing || step == .waiting {
            return silence > Self.waitingPatience ? .over : .underWay
        }
        if files.hasKernel, !isWanting, isFollowed || silence > Self.lastFilePatience { return .booted }
        return isFollowed || silence > Self.overPatience ? .over : .underWay
    }

    private func silence(_ now: Int64) -> Int64 { max(now - last, 0) }

    /// Whether a transfer is under way, as far as was heard of it.
    private func isSending(_ now: Int64) -> Bool {
        files.running.map { now - $0.began < Self.longestTransfer } ?? false
    }

    /// Whether it does nothing, and has done nothing for longer than boots that go on.
    ///
    /// - Parameter isRound: the boots before it ended in the same way one after the other.
    func isStill(at now: Int64, isRound: Bool) -> Bool {
        guard !isFollowed else { return true }
        let patience = furthest < .loader ? Self.dhcpPatience : Self.askPatience
        return !isSending(now) && silence(now) >= (isRound ? Self.roundPatience : patience)
    }

    /// Whether something did not come without which no kernel starts.
    private var isWanting: Bool { files.failure.map { isNeeded($0.path) } ?? false }

    /// What is sent to this boot: the engines do not give up at once what they sent to the one before.
    func own(_ progress: FetchProgress?, at now: Int64) -> FetchProgress? {
        progress.flatMap { now - $0.silence >= began ? $0 : nil }
    }

    /// The file that is missing, as far as its want may keep the boot from going on.
    private var failure: Fetches.Failure? {
        files.failure.flatMap { $0.time >= (files.lastWhole?.time ?? 0) ? $0 : nil }
    }

    // MARK: Refusals

    /// It was told that it gets nothing.
    private func refusal(_ circumstances: Circumstances) -> Standing? {
        guard let refusal = talk.refusal, !files.hasAny else { return nil }
        switch refusal.reason {
        // The operator's will, which is no trouble.
        case .leftAlone, .silencedByRule: return Standing(state: .refused, verdict: nil)
        case .standingBy, .yielding:
            return Standing(state: .refused, verdict: rivalVerdict())
        case .observing, .frozen:
            return Standing(state: .refused, verdict: verdict(of: refusal, fix: "pilotfish arm"))
        default:
            return Standing(
                state: .refused, verdict: verdict(of: refusal, fix: "pilotfish explain \(refusal.reason.code)"))
        }
    }

    private func verdict(of refusal: (reason: Refusal, time: Int64), fix: String) -> Verdict {
        Verdict(
            code: refusal.reason.code, cause: "it was not answered: \(refusal.reason.summary)", fix: fix,
            since: refusal.time)
    }

    // MARK: Verdicts

    /// The first cause that fits, the surest first.
    private func verdict(at now: Int64, _ circumstances: Circumstances, _ progress: FetchProgress?) -> Verdict? {
        installVerdict(circumstances) ?? firewallVerdict() ?? progress.flatMap { stallVerdict($0, now) }
            ?? (progress == nil && !isSending(now) ? failureVerdict(now, circumstances) : nil)
            ?? (progress == nil ? silenceVerdict(now, circumstances) : nil) ?? hint(circumstances)
    }

    private func silenceVerdict(_ now: Int64, _ circumstances: Circumstances) -> Verdict? {
        files.hasAny ? programVerdict(now, circumstances) : dhcpVerdict(now, circumstances)
    }

    private func installVerdict(_ circumstances: Circumstances) -> Verdict? {
        guard let install else { return nil }
        if !install.conflict.isEmpty, let host, let known = circumstances.conflict(host) {
            let parts = known.split(separator: ":", maxSplits: 1)
            let code = parts.first.map(String.init) ?? ""
            return Verdict(
                code: code, cause: install.conflict, fix: "pilotfish explain \(code); pilotfish show \(host)",
                since: last)
        }
        guard install.isBad else { return nil }
        let name = host ?? "\(hardware)"
        return Verdict(
            .installFailed, since: last, "its install of \(install.target) \(install.state): \(install.reason)",
            fix: "pilotfish show \(name); pilotfish retry \(name)")
    }

    private func firewallVerdict() -> Verdict? {
        guard let unheard else { return nil }
        let isTFTP = unheard.port == 69
        return Verdict(
            isTFTP ? .tftpBlocked : .bootServiceBlocked, since: unheard.time,
            "its request to UDP port \(unheard.port) came to this host's card and a firewall of this host dropped it",
            fix: """
                open UDP port \(unheard.port) in this host's firewall: nft list ruleset, firewall-cmd --add-service=pilotfish, ufw \
                allow Pilotfish
                """
        )
    }

    private func stallVerdict(_ progress: FetchProgress, _ now: Int64) -> Verdict? {
        let path = FileKind.path(progress.path)
        // The packet that would have ended the question for a file's size was lost.
        let isForgotten = progress.octets == 0 && files.hasWhole(path)
        guard progress.silence >= FetchProgress.stillness.nanoseconds / 1_000_000, isNeeded(path), !isForgotten else {
            return nil
        }
        let since = now - progress.silence
        if progress.isHTTP { return pauseVerdict(progress, since: since) }
        guard progress.octets > 0 else { return dataVerdict(path, since: since) }
        return stalledVerdict(progress.name, progress.octets, since: since)
    }

    /// By TCP nobody is sent nothing: a response of which nothing came waits for the file itself.
    private func pauseVerdict(_ progress: FetchProgress, since: Int64) -> Verdict {
        guard progress.octets == 0 else {
            return Verdict(
                .transferStalled, since: since, "\(progress.name) stopped after \(progress.octets) octets",
                fix: "look at the machine's screen, at cable and duplex, and at mirror.failed in the log")
        }
        var verdict = Verdict(
            .upstreamFailed, since: since, "\(progress.name) has not come from its own server or disk yet",
            fix: "look at mirror.failed in the log, and whether the server that has the file answers")
        // Whoever fetches it gives up in its own time, and is heard of then.
        verdict.isHint = true
        return verdict
    }

    private func dataVerdict(_ path: String, since: Int64) -> Verdict {
        Verdict(
            .dataBlocked, since: since,
            "\(FileKind.name(path)) was sent to it and not one block was acknowledged: a firewall drops the transfer's ports",
            fix: "let UDP ports above 1024 through between this host and the machine, or name a few with tftp.ports")
    }

    private func stalledVerdict(_ name: String, _ octets: Int64, since: Int64) -> Verdict {
        Verdict(
            .transferStalled, since: since, "\(name) stopped after \(octets) octets, and nothing more is acknowledged",
            fix: "look at cable, duplex and packet size (tftp.max-block-size); then start the machine again")
    }

    private func hint(_ circumstances: Circumstances) -> Verdict? {
        if let repeated = files.repeated, repeated.blocks >= 20, repeated.blocks * 20 > repeated.of {
            return Verdict(
                .linkLoses, since: last,
                "\(repeated.blocks) blocks of \(FileKind.name(repeated.path)) had to be sent again, of \(repeated.of)",
                fix: "look at cable, duplex and the counters of the switch's port")
        }
        return portVerdict(circumstances)
    }

    /// More than one repetition of a DISCOVER was lost before the first that came.
    private static let longWait = 7

    private func portVerdict(_ circumstances: Circumstances) -> Verdict? {
        let fix = "make its switch port an edge port (portfast), or switch spanning tree off there"
        // What it asked before the service listened is no sign of anything.
        let heardFrom = began - Int64(talk.waited) * 1000 >= circumstances.listeningSince
        if talk.waited >= Self.longWait, heardFrom {
            return Verdict(
                .portWokeLate, since: talk.began,
                "it had been asking for \(talk.waited) s when its first message came here: its switch port woke late",
                fix: fix)
        }
        guard let offered = talk.leaseOffered, talk.asks > 1 else { return nil }
        let gap = (offered - talk.began) / 1000
        guard gap >= Int64(Self.longWait) else { return nil }
        return Verdict(
            .portWokeLate, since: talk.began,
            "the DHCP server answered \(gap) s after the machine's first message: a switch port on the way woke late",
            fix: fix)
    }

    private func rivalVerdict() -> Verdict? {
        guard let rival = talk.rival else { return nil }
        return Verdict(
            .otherProxy, since: rival.time, "another boot server, \(rival.server), answered it",
            fix: PredictionCode.otherProxy.remedy(for: rival.server))
    }

    // MARK: DHCP

    /// How long it may say nothing behind an answer: UEFI collects offers for 4, 8, 16 and 32 s, each as long as all before it and
    /// four seconds, and goes on at the end only (EDK2, PxeBcDhcp4.c).
    private var slot: Int64 {
        let asked = Int64(talk.waited) * 1000 + max(last - talk.began, 0)
        return min(max(Self.dhcpPatience, asked + Self.dhcpPatience), 40_000)
    }

    /// It was answered, and asked for no file.
    private func dhcpVerdict(_ now: Int64, _ circumstances: Circumstances) -> Verdict? {
        let silence = isFollowed ? Int64.max : silence(now)
        let hasLease = talk.leaseOffered != nil || talk.leaseGiven != nil || furthest >= .addressed && address != nil
        // Who asks again and again is never silent.
        if !hasLease, !talk.isAnswered, talk.asks > 1, now - talk.began >= Self.dhcpPatience { return noLease }
        guard talk.told != nil, silence >= slot else { return nil }
        if let rival = rivalVerdict() { return rival }
        if let server = talk.leaseServer, let verdict = leaseVerdict(server, circumstances) { return verdict }
        guard hasLease || talk.isAnswered else { return nil }
        guard talk.isTold else { return bootServiceVerdict }
        return silence >= Self.askPatience ? fileVerdict : nil
    }

    private var noLease: Verdict {
        Verdict(
            .noLease, since: talk.began,
            "it has asked \(talk.asks) times, and no DHCP server was heard to offer it an address",
            fix: "see that the DHCP server runs and has free addresses for this machine: pilotfish probe")
    }

    private func leaseVerdict(_ server: IPv4Address, _ circumstances: Circumstances) -> Verdict? {
        let found = circumstances.findings[server] ?? []
        if talk.leaseBoots || !found.isDisjoint(with: [.leaseIsBootServer, .leaseHasMenu, .leaseIsHTTPBootServer]) {
            return Verdict(
                .leaseIsBootServer, since: last,
                "the lease of \(server) says that \(server) is its boot server (option 60 or 43), and it went there",
                fix: PredictionCode.leaseIsBootServer.remedy(for: server))
        }
        guard !found.isDisjoint(with: [.leaseNamesFile, .leaseNamesTwoFiles]) else { return nil }
        return Verdict(
            .leaseNamesBoot, since: last,
            "the lease of \(server) names a boot file and a next-server of its own, and it went there",
            fix: PredictionCode.leaseFileWins.remedy(for: server))
    }

    private var bootServiceVerdict: Verdict {
        Verdict(
            .bootServiceNotAsked, since: last,
            "it has an address and our offer, and its question to UDP port 4011 never came here",
            fix:
                "let UDP port 4011 through between the machine and this host, or give it the shape \"direct\" by a rule"
        )
    }

    private var fileVerdict: Verdict {
        let file = talk.told?.file ?? ""
        let way = file.hasPrefix("http") ? "the TCP port of HTTP" : "UDP port 69"
        return Verdict(
            .fileNeverAsked, since: last,
            "it was told to fetch \(FileKind.name(FileKind.path(file))) and never asked for it",
            fix:
                "let \(way) through between the machine and this host; see with \"pilotfish probe\" who else tells it something"
        )
    }

    // MARK: Files

    /// A file that did not come.
    private func failureVerdict(_ now: Int64, _ circumstances: Circumstances) -> Verdict? {
        guard let failure, isClear(failure, now) else { return nil }
        let name = FileKind.name(failure.path)
        switch failure.kind {
        case .missing:
            return Verdict(
                .fileMissing, since: failure.time, "\(failure.path) is not there, and it asked for nothing after that",
                fix: "put it there: \(explain(failure.path))")
        case .denied:
            return Verdict(
                .fileDenied, since: failure.time, "the service may not read \(failure.path)",
                fix: "chmod a+r the file and a+x its directories: \(explain(failure.path))")
        case .unreadable:
            return Verdict(
                .fileUnreadable, since: failure.time, "\(failure.path) could not be read",
                fix: "look at the disk, and at the lines tftp.refused, tftp.failed and http.done of the log")
        case .upstream:
            let why = circumstances.upstreamTrouble
            return Verdict(
                .upstreamFailed, since: failure.time,
                "\(failure.path) could not be had of its own server" + (why.isEmpty ? "" : ": \(why)"),
                fix: "look at mirror.failed in the log; the next request asks again")
        case .unacknowledged: return dataVerdict(failure.path, since: failure.time)
        case .stalled: return stalledVerdict(name, failure.octets, since: failure.time)
        case .leftEarly:
            return Verdict(
                .noMemory, since: failure.time,
                "it broke \(name) off after \(failure.octets) octets\(failure.times > 1 ? ", \(failure.times) times" : "") and "
                    + "did not ask again: not enough memory?",
                fix: "give the machine more memory, or a smaller initrd")
        }
    }

    /// Whether the boot does not go on for want of a file, for all that is known.
    private func isClear(_ failure: Fetches.Failure, _ now: Int64) -> Bool {
        let isSilent = isFollowed || silence(now) >= Self.dhcpPatience
        // One lost packet ends a transfer of which nothing was acknowledged; a firewall ends all of them.
        if failure.kind == .unacknowledged { return failure.times > 2 || (failure.times > 1 && isSilent) }
        // Loaders ask for many names that need not exist, and go on; who broke off may ask again.
        let isTold = talk.told.map { FileKind.path($0.file) == failure.path } ?? false
        return isSilent || (isTold && failure.kind != .stalled && failure.kind != .leftEarly)
    }

    /// The command that shows where a file was looked for. Its name is a stranger's.
    private func explain(_ path: String) -> String {
        "pilotfish explain \(hardware)" + (ShellWord(path).map { " --file \($0.text)" } ?? "")
    }

    /// What was fetched whole, and does not go on.
    private func programVerdict(_ now: Int64, _ circumstances: Circumstances) -> Verdict? {
        guard !isSending(now), let loader = files.loader, let latest = files.lastWhole else { return nil }
        let silence = isFollowed ? Int64.max : silence(now)
        if files.hasKernel {
            // An install that reports itself is judged by its reports.
            guard isFollowed, let next = followed, next - latest.time < Self.shortPause, install == nil else {
                return nil
            }
            return Verdict(
                .kernelFails, since: next,
                "it had its kernel, and was back at the beginning after \((next - latest.time) / 1000) s",
                fix: "look at its screen: too little memory, wrong arguments, or an initrd of another kernel")
        }
        guard furthest == .loader, latest.time >= talk.began else {
            return talk.stage.isFirmware ? nil : scriptVerdict(silence, latest.time)
        }
        return loaderVerdict(loader, latest.time, silence, circumstances)
    }

    /// An iPXE that was started asks for its script.
    private func scriptVerdict(_ silence: Int64, _ latest: Int64) -> Verdict? {
        guard talk.told != nil, furthest < .script, latest < talk.began, silence >= Self.askPatience else {
            return nil
        }
        if talk.leaseOffered == nil, talk.leaseGiven == nil, talk.asks > 1 { return noLease }
        return fileVerdict
    }

    private func loaderVerdict(
        _ loader: (path: String, time: Int64), _ latest: Int64, _ silence: Int64, _ circumstances: Circumstances
    ) -> Verdict? {
        let name = FileKind.name(loader.path)
        if let firmware, let role = firmware.role, silence >= Self.lastFilePatience,
            let kind = circumstances.kind(loader.path), kind.starts(on: role) == false
        {
            return Verdict(
                .wrongArchitecture, since: latest,
                "\(name) is \(kind.name), and the machine is \(firmware)",
                fix: "name a loader for \(firmware) in [loaders], or in the rule that chose \(name)")
        }
        guard silence >= circumstances.times.patience(.loader, usual: Self.loaderPatience) else { return nil }
        if let server = talk.leaseServer, name.contains("grub") || name.contains("shim"),
            circumstances.findings[server]?.contains(.nextServerIsOther) == true
        {
            return Verdict(
                .leaseNamesBoot, since: latest,
                "\(name) was sent whole and looks for its files at the next-server of \(server), not here",
                fix: PredictionCode.loaderAsksDHCPServer.remedy(for: server))
        }
        // Who is back much later had something that runs.
        if let followed, followed - latest >= Self.shortPause { return nil }
        var verdict = Verdict(
            .loaderSilent, since: latest, "\(name) was sent whole and nothing was heard of it since",
            fix: "look at its screen (Secure Boot?); try another loader: pilotfish explain \(hardware)")
        // What is told to start may be all that there is to fetch.
        verdict.isHint = !isFollowed
        return verdict
    }
}

extension Talk {
    /// It went on behind its offer, so it must have had an address.
    var isAnswered: Bool { told?.port == .bootService }
}
