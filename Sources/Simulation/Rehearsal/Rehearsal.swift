import BootPolicy
import Wire

/// A boot played from the first DISCOVER to the kernel without any network: what the machine would hear is decided by the same
/// policy, and what it would fetch is looked up in the same place, as for a real one.
///
/// Nobody is told anything, and nothing is fetched from other servers.
package struct Rehearsal {
    let plan: RehearsalPlan
    let world: RehearsalWorld
    private(set) var steps: [RehearsalStep] = []
    private(set) var end: RehearsalEnd?
    /// What was decided when the machine was answered last.
    var order = BootOrder.usual
    /// Whether firmware was offered a loader, so that a boot is under way.
    var isUnderWay = false
    /// What an iPXE was told last.
    var told: Told?
    /// Labels that are still to be chosen.
    var choices: [String]
    private var fetches = 0
    /// Octets of configurations and scripts that were read, and of words that were filled in.
    private var spent = 0
    /// How often each file was asked for.
    private var counts: [String: Int] = [:]

    /// The most files of a rehearsal, and how often one file is asked for before that counts as a circle: GRUB and PXELINUX ask twice.
    private static let mostFetches = 400
    private static let mostRepeats = 6
    private static let mostSpent = 4 << 20

    init(_ plan: RehearsalPlan, in world: RehearsalWorld) {
        self.plan = plan
        self.world = world
        choices = plan.choices
    }

    package static func play(_ plan: RehearsalPlan, in world: RehearsalWorld) -> RehearsalReport {
        var rehearsal = Rehearsal(plan, in: world)
        rehearsal.switchOn()
        return RehearsalReport(
            kind: plan.kind, hardware: plan.hardware, steps: rehearsal.steps, end: rehearsal.end ?? .disk)
    }

    private mutating func switchOn() {
        switch plan.kind {
        case .pi: playRaspberryPi()
        case .ipxe: playIPXE()
        case .bios, .uefi, .uefiHTTP, .arm64, .ia32: playFirmware()
        }
    }

    var isOver: Bool { end != nil }
    /// The server's address as it stands in names and URLs.
    var server: String { "\(plan.server)" }

    mutating func finish(_ end: RehearsalEnd) {
        if self.end == nil { self.end = end }
    }

    mutating func stop(_ why: RehearsalStop, _ sentence: String) {
        finish(.stopped(why, InstallPath.masked(sentence)))
    }

    mutating func note(_ actor: RehearsalStep.Actor, _ text: String) { add(actor, .note(text)) }

    mutating func add(_ actor: RehearsalStep.Actor, _ what: RehearsalStep.What) {
        if !isOver { steps.append(RehearsalStep(actor, what)) }
    }

    /// Counts octets that a loader's configuration costs, so that none takes more time or memory than a boot does.
    ///
    /// - Returns: false when the rehearsal is over.
    mutating func spend(_ octets: Int, by actor: RehearsalStep.Actor) -> Bool {
        spent += octets
        if spent > Self.mostSpent {
            stop(.goesRound, "\(actor.rawValue) reads more than \(Self.mostSpent >> 20) MiB, and boots nothing")
        }
        return !isOver
    }

    // MARK: Files

    /// Asks for a file, and writes down what comes of it.
    ///
    /// - Returns: nil when the rehearsal is over by that.
    mutating func fetch(
        _ location: BootLocation, by actor: RehearsalStep.Actor, isProbe: Bool = false
    ) -> RehearsalWorld.Found? {
        guard !isOver else { return nil }
        fetches += 1
        counts["\(location.url) \(isProbe)", default: 0] += 1
        let shown = InstallPath.masked(location.path)
        guard fetches <= Self.mostFetches, counts["\(location.url) \(isProbe)"] ?? 0 <= Self.mostRepeats else {
            stop(.goesRound, "\(actor.rawValue) asks for \(shown) again and again")
            return nil
        }
        let found = look(location)
        add(
            actor,
            .fetch(
                RehearsalStep.Fetch(
                    way: location.way, server: location.server, path: shown, isProbe: isProbe, answer: found.answer)))
        if !isProbe, let verdict = found.verdict { heed(verdict) }
        return isOver ? nil : found
    }

    func look(_ location: BootLocation) -> RehearsalWorld.Found {
        guard isOurs(location.server) else { return RehearsalWorld.Found(answer: .foreign) }
        var requester = Requester(address: IPAddress(plan.address), hardware: plan.hardware, order: order)
        requester.boot = BootSighting(machine: plan.machine, since: plan.time, last: plan.time)
        return world.find(location.name, for: requester, local: IPAddress(plan.server))
    }

    /// Whether a host in a URL is this service.
    func isOurs(_ host: String) -> Bool {
        let address = host.split(separator: ":").first.flatMap { IPv4Address(String($0)) }
        return [plan.server, world.catalog.tftpAddress, world.catalog.httpAddress].contains { $0 == address }
            && address != nil
    }

    /// An install that has no place for the machine yet.
    private mutating func heed(_ verdict: InstallAnswer) {
        switch verdict {
        case .wait(let why, _), .later(let why): finish(.waits(why))
        case .stopped(let why): stop(.refused, why)
        case .install, .localDisk, .usual, .go, .stale, .noted: break
        }
    }

    // MARK: Programs

    /// Starts what was fetched.
    ///
    /// - Parameters:
    ///   - location: where it came from; the last word about where the program looks for more.
    ///   - actor: what started it.
    mutating func start(_ found: RehearsalWorld.Found, from location: BootLocation, by actor: RehearsalStep.Actor) {
        let name = InstallPath.masked(location.path)
        if found.answer == .foreign { return finish(.elsewhere(location.url)) }
        // What would be fetched from upstream is known by its name only.
        let program = BootProgram(named: location.name, found.octets)
        guard found.isElsewhere || canStart(found.octets, program, named: name, by: actor) else { return }
        switch program {
        case .ipxe(let looksForScript): playIPXE(from: location, looksForScript: looksForScript)
        case .script(let text): run(text, from: location)
        case .pxelinux: playPXELINUX(from: location)
        case .grub: playGRUB(from: location)
        case .shim: playShim(from: location)
        case .kernel: finish(.kernel(path: name, disks: [], arguments: ""))
        case .efi, .unknown: finish(.program(name))
        }
    }

    /// Whether firmware or loader can start a program at all.
    private mutating func canStart(
        _ octets: [UInt8], _ program: BootProgram, named name: String, by actor: RehearsalStep.Actor
    ) -> Bool {
        // A script is a program to iPXE only, which has looked before it comes here.
        if case .script = program, actor == .ipxe { return true }
        let kind = LoaderKind(octets)
        let isProgram = if case .efi? = kind { true } else { false }
        if !plan.kind.isUEFI {
            // What has no header may be anything, and a kernel is often both.
            guard isProgram, program != .kernel else { return true }
        } else if kind?.starts(on: plan.kind.role) == true {
            return true
        }
        let built = kind?.name ?? "no program"
        let firmware = plan.kind.isUEFI ? "UEFI" : "BIOS"
        stop(.wrongProgram, "\(name) is \(built), and this is a machine with \(firmware) (\(plan.kind.rawValue))")
        return false
    }
}
