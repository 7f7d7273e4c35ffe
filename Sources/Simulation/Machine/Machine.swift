import BootPolicy
import Wire

/// A whole machine, from its first DISCOVER until it boots from its own disk, without socket or clock: what happens to it
/// goes in, what it does comes out.
///
/// Call `tick` when `deadline` has come.
struct Machine {
    enum Stage: Equatable {
        /// Until its deadline.
        case off
        case firmware
        case loader
        case ipxe
        /// iPXE runs scripts, and waits for a file or a pause.
        case script
        case installing
        /// The installer's last step.
        case reporting
        case over
    }

    let mac: MACAddress
    let isSlow: Bool
    private let machine: MachineUUID
    private let habits: MachineHabits
    private(set) var stage = Stage.off
    private(set) var record = MachineRecord()
    /// Whether it has a script that installs, and has not begun to say that it is done: what it says may be heard, and another let
    /// in, before it hears so itself.
    private(set) var isActive = false
    /// Its lease; 0.0.0.0 before it has one.
    private(set) var address = IPv4Address.any
    private var chance: Chance
    private var timer = Instant.never
    private var blackout = Instant.never
    private var loss: LossPoint?
    private var round: BootRound?
    private var script: ScriptRun?
    /// What was asked for last, and whether it is asked for once more.
    private var asked: (location: HTTPLocation, isScript: Bool, again: Bool)?
    /// Of the kernel that runs.
    private var install: HTTPLocation?
    private var reports = 0
    private var pausedSince: Instant?
    private var since: [MachineStage: Instant] = [:]

    /// How often an installer says that it is done, when nobody takes it.
    private static let reportTries = 5

    /// - Parameters:
    ///   - seed: of all that chance decides for this machine.
    ///   - start: when it is switched on.
    init(mac: MACAddress, habits: MachineHabits, seed: UInt64, start: Instant) {
        self.mac = mac
        self.habits = habits
        // "SWRM", so that it is known in logs.
        machine = MachineUUID(high: 0x5357_524D_0000_4000, low: 0x8000 << 48 | mac.value)
        chance = Chance(seed: seed &+ mac.value)
        // The first numbers of neighbouring seeds are alike.
        for _ in 0..<8 { _ = chance.next() }
        isSlow = chance.happens(habits.slow)
        timer = start
    }

    var deadline: Instant { min(timer, blackout) }
    var isOver: Bool { stage == .over }
    var isInstalling: Bool { stage == .installing }
    /// Whether its script lets it wait.
    var isHeld: Bool { pausedSince != nil }

    // MARK: What happens to it

    mutating func tick(now: Instant, into actions: inout [MachineAction]) {
        if now >= blackout { return losePower(now, &actions) }
        guard now >= timer else { return }
        timer = .never
        switch stage {
        case .off: switchOn(now, &actions)
        case .firmware, .ipxe:
            guard let step = round?.expire(now: now) else { return }
            follow(step, now, &actions)
        case .script:
            endPause(now)
            advance(.passed, now, &actions)
        case .installing, .reporting: report(now, &actions)
        case .loader, .over: break
        }
    }

    mutating func hear(_ hearing: DHCPHearing, now: Instant, into actions: inout [MachineAction]) {
        guard stage == .firmware || stage == .ipxe, let step = round?.receive(hearing, now: now) else { return }
        follow(step, now, &actions)
    }

    /// The loader is there, or why it is not.
    mutating func loaded(octets: Int64, failure: String?, now: Instant, into actions: inout [MachineAction]) {
        guard stage == .loader else { return }
        record.octets += octets
        if let failure { return end(.failed("loader: \(failure)"), now, &actions) }
        note(.loader, now)
        stage = .ipxe
        begin(.ipxe, now)
        beginRound(habits.platform == .bios ? .ipxeBIOS : .ipxeUEFI, now, &actions)
    }

    mutating func answered(_ outcome: HTTPOutcome, now: Instant, into actions: inout [MachineAction]) {
        guard let request = asked else { return }
        asked = nil
        if case .answered(_, let octets, _) = outcome { record.octets += octets }
        if request.again { return ask(request.location, request.isScript, again: false, &actions) }
        switch stage {
        case .script: take(outcome, of: request.location, now, &actions)
        case .reporting: reported(outcome, now, &actions)
        case .off, .firmware, .loader, .ipxe, .installing, .over: break
        }
    }

    /// Time is up.
    mutating func stop(now: Instant) {
        guard !isOver else { return }
        let outcome: MachineOutcome = isHeld ? .held : .failed("not done in time (\(stage))")
        endPause(now)
        since[.whole] = nil
        var nothing: [MachineAction] = []
        end(outcome, now, &nothing)
    }

    // MARK: Power

    private mutating func switchOn(_ now: Instant, _ actions: inout [MachineAction]) {
        if since[.whole] == nil { begin(.whole, now) }
        let points = LossPoint.allCases
        loss = chance.happens(habits.powerLoss) ? points[Int(chance.next() % UInt64(points.count))] : nil
        stage = .firmware
        begin(.address, now)
        risk(.address, now)
        beginRound(habits.platform == .bios ? .biosROM : .edk2, now, &actions)
    }

    private mutating func losePower(_ now: Instant, _ actions: inout [MachineAction]) {
        record.powerLosses += 1
        restart(now, &actions)
    }

    private mutating func restart(_ now: Instant, _ actions: inout [MachineAction]) {
        actions.append(.cut)
        endPause(now)
        (round, script, asked, install, isActive, address) = (nil, nil, nil, nil, false, .any)
        since = since.filter { $0.key == .whole }
        blackout = .never
        reports = 0
        stage = .off
        timer = now + about(habits.restartTime)
    }

    private mutating func end(_ outcome: MachineOutcome, _ now: Instant, _ actions: inout [MachineAction]) {
        actions.append(.cut)
        record.outcome = outcome
        note(.whole, now)
        if record.held > .zero { record.stages.append((.held, record.held)) }
        (stage, isActive, timer, blackout) = (.over, false, .never, .never)
        (round, script) = (nil, nil)
    }

    /// A time, give or take a quarter.
    private mutating func about(_ time: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: Int64(Double(time.nanoseconds) * (0.75 + 0.5 * chance.part())))
    }

    /// Lets the power fail in a while, if that is this life's fate.
    private mutating func risk(_ point: LossPoint, _ now: Instant) {
        guard loss == point else { return }
        loss = nil
        // Early more often than late: some of these stages are over in a millisecond.
        let part = chance.part()
        let time = part * part * part * Double(point.latest(habits).nanoseconds)
        blackout = now + TimeSpan(nanoseconds: Int64(time))
    }

    private mutating func begin(_ stage: MachineStage, _ now: Instant) { since[stage] = now }

    private mutating func note(_ stage: MachineStage, _ now: Instant) {
        guard let start = since.removeValue(forKey: stage) else { return }
        record.stages.append((stage, now - start))
    }
}

// MARK: - Firmware

extension Machine {
    private mutating func beginRound(_ kind: FirmwareModel, _ now: Instant, _ actions: inout [MachineAction]) {
        let transaction = UInt32(truncatingIfNeeded: chance.next() >> 16)
        var round = BootRound(kind, hardware: mac, machine: machine, transaction: transaction)
        let step = round.begin(now: now)
        self.round = round
        follow(step, now, &actions)
    }

    private mutating func follow(_ step: BootRound.Step, _ now: Instant, _ actions: inout [MachineAction]) {
        timer = round?.deadline ?? .never
        switch step {
        case .nothing: break
        case .broadcast(let request): actions.append(.broadcast(request))
        case .askBootService(let server, let request):
            address = request.clientAddress
            actions.append(.askBootService(server, request))
        case .done(let told): start(told, now, &actions)
        // Firmware that finds no boot takes the next device, and after an install that is right.
        case .failed where stage == .firmware && record.done > 0: end(.installed, now, &actions)
        case .failed(let why): end(.failed(stage == .ipxe ? "iPXE: \(why)" : why), now, &actions)
        }
    }

    private mutating func start(_ told: BootRound.Told, _ now: Instant, _ actions: inout [MachineAction]) {
        address = told.address
        timer = .never
        guard stage == .ipxe else {
            note(.address, now)
            stage = .loader
            begin(.loader, now)
            risk(.loader, now)
            actions.append(.load(name: told.file, server: told.server))
            return
        }
        note(.ipxe, now)
        stage = .script
        begin(.script, now)
        risk(.script, now)
        guard let location = HTTPLocation(told.file) else {
            return end(.failed("iPXE: told to boot \(told.file)"), now, &actions)
        }
        ask(location, true, again: chance.happens(habits.duplicates), &actions)
    }
}

// MARK: - Scripts

extension Machine {
    private mutating func ask(
        _ location: HTTPLocation, _ isScript: Bool, again: Bool, _ actions: inout [MachineAction]
    ) {
        if again { record.repeated += 1 }
        asked = (location, isScript, again)
        actions.append(.get(location, isScript: isScript))
    }

    private mutating func take(
        _ outcome: HTTPOutcome, of location: HTTPLocation, _ now: Instant, _ actions: inout [MachineAction]
    ) {
        note(.script, now)
        switch outcome {
        case .answered(200, _, let text):
            if let text { note(text, of: location) }
            guard script != nil else { return runFirst(text, now, &actions) }
            advance(.loaded(script: text), now, &actions)
        case .answered(let status, _, _): refuse("HTTP \(status)", now, &actions)
        case .failed(let why): refuse(why, now, &actions)
        }
    }

    private mutating func note(_ text: String, of location: HTTPLocation) {
        if location.isBegin {
            if !text.contains("exit 1") { record.begun.insert(location.target) }
        } else if script?.isInsideAnother != true {
            isActive = text.contains("/begin/")
        }
    }

    private mutating func refuse(_ why: String, _ now: Instant, _ actions: inout [MachineAction]) {
        record.errors[why, default: 0] += 1
        guard script != nil else { return end(.failed("script: \(why)"), now, &actions) }
        advance(.failed(why), now, &actions)
    }

    private mutating func runFirst(_ text: String?, _ now: Instant, _ actions: inout [MachineAction]) {
        guard let text, var run = ScriptRun(text, settings: settings) else {
            return end(.failed("script: no iPXE script"), now, &actions)
        }
        let step = run.start()
        script = run
        follow(step, now, &actions)
    }

    private mutating func advance(
        _ outcome: ScriptRun.Outcome, _ now: Instant, _ actions: inout [MachineAction]
    ) {
        guard let step = script?.resume(outcome) else { return }
        follow(step, now, &actions)
    }

    private mutating func follow(_ step: ScriptRun.Step, _ now: Instant, _ actions: inout [MachineAction]) {
        switch step {
        case .pause(let time):
            pausedSince = now
            timer = time.map { now + $0 } ?? .never
        case .end(let end): follow(end, now, &actions)
        case .fetch(let url, let isScript):
            guard let location = HTTPLocation(url) else { return refuse("no URL of ours: \(url)", now, &actions) }
            if location.isBegin {
                risk(.begin, now)
            } else if !isScript, since[.files] == nil {
                begin(.files, now)
                risk(.files, now)
            }
            ask(location, isScript, again: chance.happens(habits.duplicates), &actions)
        }
    }

    private mutating func follow(_ end: ScriptRun.End, _ now: Instant, _ actions: inout [MachineAction]) {
        switch end {
        case .boot(let images): boot(images, now, &actions)
        case .program: self.end(.booted, now, &actions)
        case .localDisk, .exit: self.end(record.done > 0 ? .installed : .localDisk, now, &actions)
        case .reboot: restart(now, &actions)
        case .powerOff: self.end(.poweredOff, now, &actions)
        case .stuck(let why): self.end(.failed("script: \(why)"), now, &actions)
        }
    }

    private mutating func endPause(_ now: Instant) {
        guard let start = pausedSince else { return }
        record.held = record.held + (now - start)
        pausedSince = nil
    }

    private var settings: ScriptSettings {
        let isBIOS = habits.platform == .bios
        return ScriptSettings([
            "mac": "\(mac)", "ip": "\(address)", "uuid": "\(machine)", "platform": isBIOS ? "pcbios" : "efi",
            "buildarch": isBIOS ? "i386" : "x86_64", "memsize": "4096", "manufacturer": "Pilotfish", "product": "swarm",
        ])
    }
}

// MARK: - The installer

extension Machine {
    private mutating func boot(_ images: [String], _ now: Instant, _ actions: inout [MachineAction]) {
        note(.files, now)
        guard let install = images.lazy.compactMap(HTTPLocation.init).first(where: { $0.token != nil }) else {
            return end(.booted, now, &actions)
        }
        self.install = install
        record.boots += 1
        stage = .installing
        begin(.install, now)
        risk(.install, now)
        timer = now + about(habits.installTime)
    }

    private mutating func report(_ now: Instant, _ actions: inout [MachineAction]) {
        guard let install, let token = install.token else { return }
        (stage, isActive) = (.reporting, false)
        reports += 1
        let location = HTTPLocation(beside: install, target: "/install/\(token)/done")
        ask(location, false, again: chance.happens(habits.duplicates), &actions)
    }

    private mutating func reported(_ outcome: HTTPOutcome, _ now: Instant, _ actions: inout [MachineAction]) {
        if case .answered(let status, _, _) = outcome, (200...299).contains(status) {
            note(.install, now)
            record.done += 1
            return restart(now, &actions)
        }
        let why: String
        switch outcome {
        case .answered(let status, _, _): why = "done: HTTP \(status)"
        case .failed(let text): why = "done: \(text)"
        }
        record.errors[why, default: 0] += 1
        guard reports < Self.reportTries else { return end(.failed(why), now, &actions) }
        timer = now + .seconds(1)
    }
}
