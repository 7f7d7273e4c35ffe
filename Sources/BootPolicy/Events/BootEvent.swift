package import Wire

/// Something that happened and that an operator may want to read; made by the engines, told by the control plane.
///
/// Making one costs no text: strings appear only where a request already brought one.
package enum BootEvent: Sendable {
    /// A client got boot information: an OFFER on port 67 or an ACK on port 4011.
    case answered(BootClient, port: Arrival.Port, interface: Int32, reply: BootReply)
    /// A client that asked for a boot got none.
    case refused(BootClient, interface: Int32, reason: Refusal)
    /// An endpoint decided about a machine, or did not.
    case decided(WebhookReport)
    /// It became known, or anew, what works with a kind of firmware.
    case learned(Lesson)
    /// Another server offered or confirmed an address.
    case foreignOffer(ForeignOffer, interface: Int32)
    /// Something about another server decides how machines boot here; told once.
    case found(SurveyFinding, interface: Int32)
    case transferStarted(TransferFacts)
    case transferEnded(TransferFacts, TransferEnding)
    /// A TFTP request got an error.
    case transferRefused(client: IPEndpoint, name: String, reason: TransferRefusal)
    case downloadEnded(DownloadFacts)
    /// Something was fetched from another server, or not.
    case mirrored(MirrorEvent)
    /// The install of a machine has come further.
    case install(InstallEvent)
    /// Something else of machines and rollouts that hooks may hear of.
    case fleet(HookEvent)
    /// A hook was told, or in vain.
    case hook(HookOutcome)
    case interfaceChanged(name: String, address: IPv4Address?, isUp: Bool)
    case notice(Notice)
    /// A request came to this host's card, and never to the service.
    case unheard(UnheardRequest)
    /// It became clear what keeps a machine from booting; told once.
    case stuck(StuckBoot)
    /// A storm of clients: so many more were answered, refused, or heard of, than is told one by one.
    case untold(answered: Int, refused: Int, others: Int)
    /// So many more TFTP requests were refused, or never acknowledged, than is told one by one.
    case untoldTransfers(refused: Int, abandoned: Int)
    /// So many more HTTP responses were sent, or failed, than is told one by one.
    case untoldDownloads(complete: Int, failed: Int)
    /// So many more files of mirrors were had, or not, than is told one by one.
    case untoldMirrored(had: Int, failed: Int)
}

/// Who a DHCP message came from.
package struct BootClient: Equatable, Sendable {
    package var hardware: ClientHardware
    package var machine: MachineUUID?
    package var architecture: ClientArchitecture?
    package var stage: BootStage
    package var fingerprint: Fingerprint
    /// `ciaddr`, on port 4011: ties hardware address and IP address together.
    package var address: IPv4Address
    /// Option 60, as it came.
    package var vendorClass: ShortBytes
    /// The interface that its message came in by.
    package var interfaceName: String
    /// 0.0.0.0 for a client of the same network.
    package var relay: IPv4Address
    /// Option 82, as the relay wrote it.
    package var relayInformation: ShortBytes?
    /// For how long it has been asking, in seconds, as far as it says so itself (`secs`).
    package var waited: Int

    package init(_ facts: ClientFacts, interfaceName: String) {
        hardware = facts.hardware
        machine = facts.machine
        architecture = facts.architecture
        stage = facts.stage
        fingerprint = facts.fingerprint
        address = facts.clientAddress
        vendorClass = facts.vendorClass
        self.interfaceName = interfaceName
        relay = facts.relayAddress
        relayInformation = facts.relayInformation
        waited = facts.stage.isFirmware ? Self.seconds(facts.seconds) : Self.iPXEWait(facts.seconds)
    }

    /// Some firmware writes the field in the wrong order of octets, and nobody asks for a quarter of an hour in one go.
    private static func seconds(_ said: UInt16) -> Int {
        Int(said > 0xFF && said & 0xFF == 0 ? said >> 8 : said)
    }

    /// iPXE counts its messages there, above two flags, and waits twice as long before each, up to ten seconds (dhcp.c).
    private static func iPXEWait(_ said: UInt16) -> Int {
        (1..<max(Int(min(said >> 2, 10)), 1)).reduce(0) { $0 + min(1 << ($1 - 1), 10) }
    }
}

/// What a DHCP server said to a client, as far as everybody on the link hears it.
package struct ForeignOffer: Equatable, Sendable {
    package var hardware: ClientHardware
    package var type: DHCPMessageType
    package var server: IPv4Address
    /// The address given; 0.0.0.0 from another proxy.
    package var address: IPv4Address
    /// Whether it calls itself a PXE server (option 60): left over from Windows' deployment services, or another proxy.
    package var isBootServer: Bool
    /// What the message shows of its server.
    package var codes: SurveyCodes

    package init(
        hardware: ClientHardware, type: DHCPMessageType, server: IPv4Address, address: IPv4Address, isBootServer: Bool,
        codes: SurveyCodes = []
    ) {
        self.hardware = hardware
        self.type = type
        self.server = server
        self.address = address
        self.isBootServer = isBootServer
        self.codes = codes
    }

    package init(_ offer: ObservedOffer, codes: SurveyCodes = []) {
        self.init(
            hardware: offer.hardware, type: offer.type, server: offer.server, address: offer.address,
            isBootServer: offer.clientClass == .pxe || offer.clientClass == .http, codes: codes)
    }
}

/// A TFTP transfer.
package struct TransferFacts: Sendable {
    package var client: IPEndpoint
    package var name: String
    /// Octets that will be sent.
    package var size: Int64
    package var blockSize: Int
    package var windowSize: Int

    package init(client: IPEndpoint, name: String, size: Int64, blockSize: Int, windowSize: Int) {
        self.client = client
        self.name = name
        self.size = size
        self.blockSize = blockSize
        self.windowSize = windowSize
    }
}

/// How a TFTP transfer ended.
package struct TransferEnding: Sendable {
    package enum Outcome: Sendable, Hashable {
        case completed
        /// The client asked for the size only: EDK2 and BIOS ROMs end the first request with an ERROR.
        case sizeProbe
        case refusedByClient(code: UInt16)
        case timedOut
        /// The client asked for something else from the same port.
        case superseded
        /// The file was cut short on disk under the transfer.
        case fileChanged
        /// The disk or the file server failed under the transfer.
        case readFailed
        /// The kernel says that nobody listens at the client's port, or that it cannot be reached.
        case unreachable
        /// Too many others asked before this client had acknowledged anything.
        case crowdedOut
        case serviceStopped
    }

    package var outcome: Outcome
    /// Octets acknowledged.
    package var bytes: Int64
    package var duration: TimeSpan
    /// Blocks sent more than once.
    package var retransmitted: Int64

    package init(outcome: Outcome, bytes: Int64, duration: TimeSpan, retransmitted: Int64) {
        self.outcome = outcome
        self.bytes = bytes
        self.duration = duration
        self.retransmitted = retransmitted
    }
}

/// Why a TFTP request got an error; the text goes to the client's screen, so it is short and names nothing secret.
package enum TransferRefusal: Sendable, Hashable, CaseIterable {
    case notFound
    case accessDenied
    case writeRefused
    case illegalRequest
    case tooManyTransfers
    case readFailed
    case incompleteAnswer
    case upstreamFailed
    case upstreamSlow

    /// `PF-T…`; never given a second meaning.
    package var code: String {
        switch self {
        case .notFound: "PF-T001"
        case .accessDenied: "PF-T002"
        case .writeRefused: "PF-T003"
        case .illegalRequest: "PF-T004"
        case .tooManyTransfers: "PF-T005"
        case .readFailed: "PF-T006"
        case .incompleteAnswer: "PF-T007"
        case .upstreamFailed: "PF-T008"
        case .upstreamSlow: "PF-T009"
        }
    }

    package var summary: String {
        switch self {
        case .notFound: "File not found"
        case .accessDenied: "Access denied"
        case .writeRefused: "This server only sends"
        case .illegalRequest: "Illegal TFTP request"
        case .tooManyTransfers: "Too many transfers, try again"
        case .readFailed: "The file cannot be read"
        case .incompleteAnswer: "The answer file lacks a value"
        case .upstreamFailed: "The file's own server does not give it"
        case .upstreamSlow: "Still being fetched, try again"
        }
    }

    /// What it means and what to do, for `pilotfish explain`.
    package var explanation: String {
        switch self {
        case .notFound:
            """
            No such file under the root, and no loader or script of that name. Many loaders ask for names that need not \
            exist (PXELINUX for ten configuration files, GRUB for modules, shim for revocations).
            """
        case .accessDenied:
            """
            The name leads out of the root, by ".." or by a link, or the service's user may not read the file. Put the \
            file itself under the root and make it readable for all.
            """
        case .writeRefused: "A client wanted to upload. Nothing is ever written; take the upload elsewhere."
        case .illegalRequest: "The request is no TFTP read request in octet or netascii mode (RFC 1350 §5)."
        case .tooManyTransfers:
            """
            Every slot for transfers is taken, or all that one address may have (tftp.transfers-per-client in the settings; \
            NAT and load generators hide many clients behind one). The client will ask again by itself.
            """
        case .upstreamFailed:
            """
            The file belongs to a [mirror.NAME], is not in the cache, and could not be fetched; the line mirror.failed says why. \
            The next request asks again.
            """
        case .upstreamSlow:
            """
            The file belongs to a [mirror.NAME] and is just being fetched; TFTP can send it only when all of it is there, and half \
            a minute was not enough. The fetch goes on: when mirror.fetched says that it is done, the next request gets it at \
            once. HTTP sends what is there meanwhile; or fetch the file once beforehand.
            """
        case .readFailed: "The file exists, but reading it failed; look at the disk, or its size for netascii."
        case .incompleteAnswer:
            """
            The template of this answer file prints a variable that has no value for this machine, and a file with a hole \
            would install something else than was meant. "pilotfish render MAC PATH" names the variable; write it into \
            [variables] or [machine.NAME.variables].
            """
        }
    }
}

/// A finished HTTP response.
package struct DownloadFacts: Sendable {
    package var client: IPEndpoint
    package var path: String
    /// The status of RFC 9110 §15.
    package var status: Int
    /// Octets of body that were sent.
    package var bytes: Int64
    package var duration: TimeSpan
    /// False when the client left before the end.
    package var isComplete: Bool
    /// It asked for size and type only (RFC 9110 §9.3.2), as UEFI does before it fetches a file.
    package var isHead: Bool

    package init(
        client: IPEndpoint, path: String, status: Int, bytes: Int64, duration: TimeSpan, isComplete: Bool,
        isHead: Bool = false
    ) {
        self.isHead = isHead
        self.client = client
        self.path = path
        self.status = status
        self.bytes = bytes
        self.duration = duration
        self.isComplete = isComplete
    }
}

/// A sentence for the operator that no packet caused.
package struct Notice: Sendable {
    package enum Level: Sendable {
        case info
        case warning
        case error
    }

    package var level: Level
    package var text: String

    package init(_ level: Level, _ text: String) {
        self.level = level
        self.text = text
    }
}
