/// What is fuzzed: libFuzzer calls it with octets it makes up, and every test run with those it kept (`Tests/Fuzz/corpus`)
/// and those that once were trouble (`Tests/Fuzz/failures`).
///
/// The code under test traps by itself when it reads outside of a span or adds past the end of a number. What else must
/// hold is compared with a second, naive reading of the same octets, which knows nothing of `Wire`.
package enum FuzzTarget: String, Sendable, CaseIterable {
    /// A datagram as a DHCP message: header, every option, what another server says.
    case message
    /// Options behind a sound header, as facts of a client.
    case options
    /// One option made of sub-options: 43, 82, 175, the classes of 77, 97.
    case suboptions
    /// A client's message, through the policy, to the octets of an answer.
    case policy
    /// A conversation of several clients, and what is remembered and learned of it.
    case memory
    /// A datagram to a TFTP port, and the path that it asks for.
    case transfer
    /// The options of a request, and the OACK that answers them.
    case negotiation
    /// What befalls a transfer: acknowledgements, time, repeated requests, a kernel that refuses.
    case session
    /// The path of a request, by TFTP or HTTP, and the files that it may mean.
    case path
    /// A rule for names, and a name that goes through it.
    case rewrite
    /// An IPv4 packet as the packet socket brings it.
    case frame
    /// A file as a capture of packets.
    case capture
    /// A capture that is written anew, and played through the policy.
    case replay
    /// The index of a medium, or a directory of its image.
    case medium
    /// A template, and values that are filled in.
    case template
    /// A message between the service and the process that fetches.
    case fetch
    /// What an endpoint says a machine shall boot.
    case decision
    /// The field by which a client proves itself.
    case credentials
    /// What is written beside a file of the mirror's cache.
    case description
    /// The head of a file that may be a loader or a kernel.
    case program
    /// The rules of a packet filter, as its tool tells them.
    case firewall
    /// What is asked by HTTP.
    case request
    /// What is asked at the control socket.
    case question
    /// The configuration of a loader, or a script, played.
    case loader
    /// A settings file.
    case settings
    /// A list of hosts.
    case hosts
    /// The configuration of another boot service.
    case conversion

    /// Whether it needs whole rooms and the packages that they stand on; libFuzzer does not build those.
    package var needsWholeRooms: Bool { [.loader, .replay, .settings, .hosts, .conversion].contains(self) }

    /// Feeds octets to the target.
    ///
    /// - Returns: what is wrong with what came of it; empty when nothing is.
    package func run(_ octets: [UInt8]) -> [String] {
        var complaints = Complaints()
        switch self {
        case .message: MessageFuzz.run(octets, &complaints)
        case .options: OptionFuzz.run(options: octets, &complaints)
        case .suboptions: OptionFuzz.run(suboptions: octets, &complaints)
        case .policy: PolicyFuzz.run(octets, &complaints)
        case .memory: MemoryFuzz.run(octets, &complaints)
        case .transfer: TransferFuzz.run(octets, &complaints)
        case .negotiation: NegotiationFuzz.run(octets, &complaints)
        case .session: SessionFuzz.run(octets, &complaints)
        case .path: TransferFuzz.run(path: octets, &complaints)
        case .rewrite: RewriteFuzz.run(octets, &complaints)
        case .frame: FrameFuzz.run(octets, &complaints)
        case .capture: CaptureFuzz.run(octets, &complaints)
        case .medium: MediumFuzz.run(octets, &complaints)
        case .template: TemplateFuzz.run(octets, &complaints)
        case .fetch: FetchFuzz.run(octets, &complaints)
        case .decision: DecisionFuzz.run(octets, &complaints)
        case .credentials: CredentialsFuzz.run(octets, &complaints)
        case .description: DescriptionFuzz.run(octets, &complaints)
        case .program: ProgramFuzz.run(octets, &complaints)
        case .firewall: FirewallFuzz.run(octets, &complaints)
        case .request: AskedFuzz.run(request: octets, &complaints)
        case .question: AskedFuzz.run(question: octets, &complaints)
        case .loader, .replay, .settings, .hosts, .conversion: whole(octets, &complaints)
        }
        return complaints.all
    }

    private func whole(_ octets: [UInt8], _ complaints: inout Complaints) {
        #if LIBFUZZER
        complaints.add(["\(rawValue) needs whole rooms"])
        #else
        WholeFuzz.run(self, octets, &complaints)
        #endif
    }
}

/// What was found to be wrong.
struct Complaints {
    private(set) var all: [String] = []

    mutating func demand(_ condition: Bool, _ complaint: @autoclosure () -> String) {
        if !condition { all.append(complaint()) }
    }

    mutating func add(_ complaints: [String]) { all += complaints }
}

/// Octets made up by the fuzzer, taken from the front one by one; zeros when there are no more.
struct Choices {
    private var rest: ArraySlice<UInt8>

    init(_ octets: [UInt8]) {
        rest = octets[...]
    }

    var isEmpty: Bool { rest.isEmpty }

    mutating func next() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func word() -> UInt32 { (0..<4).reduce(0) { word, _ in word << 8 | UInt32(next()) } }

    mutating func take(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// All that is left.
    mutating func remainder() -> [UInt8] { take(rest.count) }
}
