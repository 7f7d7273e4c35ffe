package import BootPolicy
package import Wire

/// What a machine did in a rehearsal, and how that ended.
package struct RehearsalReport: Equatable, Sendable {
    package var kind: RehearsedKind
    package var hardware: MACAddress
    package var steps: [RehearsalStep] = []
    package var end: RehearsalEnd

    package init(kind: RehearsedKind, hardware: MACAddress, steps: [RehearsalStep], end: RehearsalEnd) {
        self.kind = kind
        self.hardware = hardware
        self.steps = steps
        self.end = end
    }
}

/// One thing that a machine does. No install's token is in it.
package struct RehearsalStep: Equatable, Sendable {
    /// What runs on the machine; the raw value is for people and programs.
    package enum Actor: String, Sendable {
        case firmware
        case ipxe = "iPXE"
        case pxelinux = "PXELINUX"
        case grub = "GRUB"
        case shim
    }

    package enum What: Equatable, Sendable {
        case told(Told)
        case fetch(Fetch)
        /// Something that it does by itself, in a sentence.
        case note(String)
    }

    /// An OFFER or an ACK with boot information.
    package struct Told: Equatable, Sendable {
        /// Port 67, or port 4011.
        package var isOffer: Bool
        package var shape: ReplyShape
        /// A name or a URL; empty for a machine that knows what to ask for.
        package var file: String
        package var server: IPv4Address
        package var stage: BootStage
    }

    package struct Fetch: Equatable, Sendable {
        package enum Way: String, Sendable {
            case tftp
            case http
        }

        package var way: Way
        package var server: String
        /// As it goes over the wire.
        package var path: String
        /// It only asks how large the file is: a TFTP request that it ends itself, or an HTTP HEAD.
        package var isProbe = false
        package var answer: Answer
    }

    package enum Answer: Equatable, Sendable {
        /// What answers, and how many octets that is; nil when nobody knows before it is fetched.
        case found(Source, size: Int64?)
        case refused(TransferRefusal)
        /// Another server's: what it would say is not known here.
        case foreign
    }

    package enum Source: Equatable, Sendable {
        /// Beneath the root.
        case file(String)
        /// Out of an image that was imported.
        case image(String)
        /// A file of this host.
        case host(String)
        /// Made for this machine; what it is.
        case made(String)
        /// What its install has for it.
        case install
        /// Fetched from another server when a machine asks.
        case upstream(String)
    }

    package var actor: Actor
    package var what: What

    package init(_ actor: Actor, _ what: What) {
        self.actor = actor
        self.what = what
    }
}

/// How a rehearsal ends.
package enum RehearsalEnd: Equatable, Sendable {
    /// A kernel runs, with these RAM disks and this command line.
    case kernel(path: String, disks: [String], arguments: String)
    /// Another program runs, of which nothing more is known.
    case program(String)
    /// On with the next boot device.
    case disk
    /// Its install has no place for it now.
    case waits(String)
    /// It waits for somebody who presses a key.
    case keyboard(String)
    case reboot
    case powerOff
    /// On with what lies on a server that is not ours.
    case elsewhere(String)
    case stopped(RehearsalStop, String)
    /// DHCP has no answer for it.
    case refused(Refusal)

    /// Whether the machine did not come to what it was meant for.
    package var isFailure: Bool {
        switch self {
        case .stopped, .refused: true
        default: false
        }
    }
}

/// Why a boot does not come to its end.
package enum RehearsalStop: Int, CaseIterable, Sendable {
    case fileMissing = 1
    case wrongProgram
    case scriptFails
    case goesRound
    case noConfiguration
    case refused

    /// `PF-R…`; never given a second meaning.
    package var code: String { "PF-R00\(rawValue)" }

    /// One line for a list of codes.
    package var summary: String {
        switch self {
        case .fileMissing: "The next file is not to be had"
        case .wrongProgram: "The firmware cannot start this program"
        case .scriptFails: "The script stops with an error"
        case .goesRound: "The machine goes round in a circle"
        case .noConfiguration: "The loader finds no configuration"
        case .refused: "The install of this machine ended badly"
        }
    }

    /// What it means and what to do, for `pilotfish explain`.
    package var explanation: String {
        switch self {
        case .fileMissing:
            """
            A simulated machine asked for a file that it cannot go on without, and did not get it. "pilotfish explain --file \
            NAME" shows each place where it was looked for.
            """
        case .wrongProgram:
            """
            The file that the machine is told to start is built for another kind of machine, or is no program for its firmware: \
            look at [loaders] and at the rules that name a loader.
            """
        case .scriptFails:
            """
            A command of the boot script is unknown, or fails with nothing behind it that would go on. "pilotfish render MAC PATH" \
            prints the script as the machine gets it.
            """
        case .goesRound:
            """
            The scripts and loaders lead back to each other without anything being booted. Look which of the last fetches names \
            the one before it.
            """
        case .noConfiguration:
            """
            The loader looked for its configuration under every name that it knows, and none is there. Put one beside the loader, \
            or let the loader lie where Pilotfish makes one up: in the root.
            """
        case .refused: "The script tells the machine to go on with its disk; \"pilotfish retry\" arms its install anew."
        }
    }
}
