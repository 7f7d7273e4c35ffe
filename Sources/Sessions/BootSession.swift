package import BootPolicy
package import Wire

/// One boot of one machine, from its first DISCOVER to the last that is heard of it.
///
/// All times are milliseconds since 1970.
package struct BootSession: Sendable {
    package let id: Int64
    package let hardware: ClientHardware
    package private(set) var began: Int64
    /// When something was heard last.
    package internal(set) var last: Int64
    package internal(set) var uuid: MachineUUID?
    package internal(set) var firmware: ClientArchitecture?
    package internal(set) var interface = ""
    package internal(set) var relay: IPv4Address?
    package internal(set) var address: IPAddress?
    /// The host that an install named.
    package internal(set) var host: String?
    /// In the order in which they began.
    package internal(set) var stages: [StageRecord] = []
    /// What happened, the oldest first.
    package private(set) var notes: [SessionNote] = []
    /// When another boot of the machine began after this one; nil for the latest.
    package internal(set) var followed: Int64?
    /// What asked first: the firmware, or an iPXE in the card's ROM.
    var firstStage: BootStage?
    /// What it knows from DHCP, of the program that asked last.
    var talk: Talk
    /// What it fetched, and did not get.
    var files = Fetches()
    /// The latest word on its install.
    var install: InstallWord?
    /// What was seen of it that never reached the service.
    var unheard: (port: UInt16, time: Int64)?

    /// Notes kept: the first ten, and the latest.
    static let mostNotes = 30
    private static let firstNotes = 10

    init(id: Int64, hardware: ClientHardware, time: Int64) {
        self.id = id
        self.hardware = hardware
        began = time
        last = time
        talk = Talk(stage: .firmware, time: time)
    }

    var isFollowed: Bool { followed != nil }

    /// How far it came.
    package var furthest: BootStep { stages.map(\.step).max() ?? .asked }

    /// The TFTP transfer under way, by the last part of its path, and its octets.
    package var transfer: (name: String, size: Int64)? {
        files.running.map { (FileKind.name($0.path), $0.size) }
    }

    /// Octets of all files.
    package var octets: Int64 { stages.reduce(0) { $0 + $1.octets } }

    package var retransmits: Int64 { stages.reduce(0) { $0 + $1.retransmits } }

    mutating func note(_ text: String, at time: Int64) {
        if notes.count >= Self.mostNotes { notes.remove(at: Self.firstNotes) }
        notes.append(SessionNote(time: time, text: text))
    }

    /// The wall clock was set: what happened before is as long ago as it was.
    ///
    /// - Parameter jump: milliseconds, less than 0 when it was set back.
    mutating func move(by jump: Int64) {
        began += jump
        last += jump
        followed? += jump
        unheard?.time += jump
        for place in stages.indices {
            stages[place].began += jump
            stages[place].ended? += jump
        }
        for place in notes.indices { notes[place].time += jump }
        talk.move(by: jump)
        files.move(by: jump)
    }
}

/// A stage of a boot.
package struct StageRecord: Sendable, Equatable {
    package let step: BootStep
    package fileprivate(set) var began: Int64
    /// Nil while it goes on.
    package internal(set) var ended: Int64?
    package internal(set) var octets: Int64 = 0
    package internal(set) var retransmits: Int64 = 0
    /// The file, the shape of the offer, or whatever tells the most.
    package internal(set) var note = ""
}

/// Something that happened to a boot, for people.
package struct SessionNote: Sendable, Equatable {
    package fileprivate(set) var time: Int64
    package let text: String
}

/// The conversation by DHCP of one program: the firmware's, or that of an iPXE which the firmware started.
struct Talk: Sendable {
    let stage: BootStage
    /// When it was first heard, and how often it asked.
    private(set) var began: Int64
    var asks = 0
    /// For how long it had been asking when it was first heard, in seconds.
    var waited = 0
    /// What we said last.
    var told: Told?
    /// When a DHCP server offered an address, and gave one; and who.
    var leaseOffered: Int64?
    var leaseGiven: Int64?
    var leaseServer: IPv4Address?
    /// The leases say that they are a boot server's.
    var leaseBoots = false
    /// Another proxy: who, and when it was first heard.
    var rival: (server: IPv4Address, time: Int64)?
    var refusal: (reason: Refusal, time: Int64)?

    struct Told: Sendable {
        var time: Int64
        var port: Arrival.Port
        var shape: ReplyShape
        /// As it was said: a name or a URL.
        var file: String
    }

    init(stage: BootStage, time: Int64) {
        self.stage = stage
        began = time
    }

    /// Whether the machine was told all that it needs: its file, and where that is.
    var isTold: Bool {
        guard let told else { return false }
        return told.port == .bootService || told.shape.isWhole
    }

    mutating func move(by jump: Int64) {
        began += jump
        told?.time += jump
        leaseOffered? += jump
        leaseGiven? += jump
        rival?.time += jump
        refusal?.time += jump
    }
}

extension ReplyShape {
    /// Whether an offer of this shape says all, and port 4011 is not asked.
    var isWhole: Bool {
        switch self {
        case .direct, .http, .raspberryPi, .raspberryPi3: true
        case .binl, .menu: false
        }
    }
}

/// What a machine fetched in one boot, and how that ended, as far as verdicts go by it.
struct Fetches: Sendable {
    /// The TFTP transfer under way.
    var running: (path: String, size: Int64, began: Int64)?
    /// The first file that came whole, which is the loader; and when something did last.
    var loader: (path: String, time: Int64)?
    var lastWhole: (path: String, time: Int64)?
    /// The file that was asked for right behind the kernel: its RAM disk, whatever it is called.
    var disk: String?
    /// The latest file that did not come, until it comes after all.
    var failure: Failure?
    /// Blocks of the last file with repeated ones: so many of so many.
    var repeated: (path: String, blocks: Int64, of: Int64)?

    struct Failure: Sendable {
        enum Kind: Sendable, Equatable {
            case missing
            case denied
            case unreadable
            /// Its own server did not give it.
            case upstream
            /// Data was sent, and no acknowledgement came.
            case unacknowledged
            /// It came to a stop half-way.
            case stalled
            /// The client went away.
            case leftEarly
        }

        var kind: Kind
        var path: String
        var time: Int64
        /// Octets that had been sent by then.
        var octets: Int64 = 0
        /// How often the same happened to the same file.
        var times = 1
        var isHTTP = false
    }

    var hasKernel = false
    /// A transfer was under way whose end nobody heard.
    private var hasLost = false
    /// The files that came whole, as far as they matter.
    private var known: [String] = []
    private static let mostKnown = 16

    var hasAny: Bool { running != nil || hasLost || lastWhole != nil || failure != nil }

    func hasWhole(_ path: String) -> Bool { known.contains(path) }

    mutating func forgetRunning() {
        hasLost = hasLost || running != nil
        running = nil
    }

    mutating func fail(_ kind: Failure.Kind, _ path: String, at time: Int64, octets: Int64 = 0, isHTTP: Bool = false) {
        let before = failure.flatMap { $0.path == path && $0.kind == kind ? $0.times : nil } ?? 0
        failure = Failure(
            kind: kind, path: path, time: time, octets: octets, times: before + 1, isHTTP: isHTTP)
    }

    mutating func move(by jump: Int64) {
        running?.began += jump
        loader?.time += jump
        lastWhole?.time += jump
        failure?.time += jump
    }

    mutating func gotWhole(_ path: String, at time: Int64) {
        if failure?.path == path { failure = nil }
        if loader == nil { loader = (path, time) }
        lastWhole = (path, time)
        guard !known.contains(path) else { return }
        if known.count >= Self.mostKnown { known.removeFirst() }
        known.append(path)
    }
}

/// What was last said of a machine's install.
struct InstallWord: Sendable {
    var target: String
    /// The word of the install's state.
    var state: String
    var reason: String
    /// Why it is not known for sure whose machine it is; empty else.
    var conflict = ""

    var isBad: Bool { state == "failed" || state == "expired" }
    var isOver: Bool { isBad || state == "done" || state == "cancelled" }
}
