package import Assets
package import BootPolicy
import Exchange
import LinuxIO
package import Wire

/// A capture played again: every question of a client goes, in its order and at its time, through the decisions that the
/// service makes, and what comes of it is compared with what the capture has of our answers.
///
/// What an endpoint decides, what an install hands out, HTTP, and TFTP over IPv6 are not played. Nothing is remembered
/// when it begins, as of a service that was just installed.
package struct FlightReplay: Sendable {
    /// What became of a question.
    enum Outcome: Equatable, Sendable {
        case same
        case different([ReplayDifference])
        case notPlayed(String)
    }

    struct Question: Sendable {
        /// Of the packet, from 0.
        let number: Int
        /// Since the first packet.
        let time: TimeSpan
        let client: String
        let words: String
        let outcome: Outcome
    }

    /// Whether the settings are those that the capture was made with; nil when it does not say.
    package private(set) var hasSameSettings: Bool?
    private(set) var questions: [Question] = []
    let damage: CaptureError?

    private let catalog: Catalog
    private let assets: AssetStore?
    private let interfaces: [CaptureInterface]
    private let ours: Set<IPv4Address>
    private var memory = ClientMemory()
    private let addresses = AddressBook()
    /// What is being sent to whom.
    private var files: [Endpoint: String] = [:]
    private var answer = ByteWriter()

    /// Why a capture cannot be played.
    package enum Failure: Error, CustomStringConvertible {
        case namesNobody

        package var description: String {
            "the capture does not say which answers are ours: name our address with --server"
        }
    }

    /// - Parameters:
    ///   - ours: our addresses; those that the capture names are added.
    ///   - catalog: by which is answered; the mode is that of the capture, if it says so.
    ///   - mark: of the settings that the catalog was made of; see `Settings.mark`.
    ///   - assets: what files there are; nil to play no TFTP.
    package init(
        _ capture: CaptureFile, ours: Set<IPv4Address>, catalog: Catalog, mark: String, assets: AssetStore?
    ) throws(Failure) {
        let datagrams = capture.packets.compactMap(CapturedDatagram.init).enumerated().sorted {
            ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
        }.map(\.element)
        let origin = capture.comments.lazy.compactMap(FlightOrigin.init).first
        hasSameSettings = origin.flatMap { $0.settings.isEmpty ? nil : $0.settings == mark }
        damage = capture.damage
        interfaces = capture.interfaces
        self.assets = assets
        var catalog = catalog
        catalog.mode = origin?.mode ?? .armed
        self.catalog = catalog
        self.ours = ours.union(datagrams.filter(\.isOutgoing).map(\.source.address))
            .union(capture.interfaces.compactMap(\.address))
        guard !self.ours.isEmpty else { throw .namesNobody }
        let start = datagrams.first?.time ?? Instant(nanoseconds: 0)
        let answers = RecordedAnswers(datagrams, isOurs: isOurs)
        for (place, datagram) in datagrams.enumerated() {
            play(datagram, answered: answers[place].map { datagrams[$0] }, start)
        }
    }

    /// Whether each question that was played got the same answer.
    package var isSame: Bool {
        questions.allSatisfy { question in
            if case .different = question.outcome { false } else { true }
        }
    }

    private func isOurs(_ datagram: CapturedDatagram) -> Bool {
        datagram.isOutgoing || ours.contains(datagram.source.address)
    }

    private mutating func play(
        _ datagram: CapturedDatagram, answered then: CapturedDatagram?, _ start: Instant
    ) {
        guard !isOurs(datagram) else { return }
        let ports: Set<UInt16> = [67, 68, 4011]
        if ports.contains(datagram.destination.port) || ports.contains(datagram.source.port) {
            guard let message = try? DHCPMessage(datagram.payload.span.bytes) else { return }
            if !message.isRequest { return hearServer(datagram, message) }
            guard datagram.destination.port == 67 || datagram.destination.port == 4011,
                let outcome = ask(datagram, message, answered: then)
            else { return }
            let decoded = try? DecodedMessage(
                datagram.payload.span.bytes, source: datagram.source, destination: datagram.destination,
                at: datagram.time)
            note(datagram, start, client: "\(message.hardware)", decoded?.words ?? "a DHCP message", outcome)
        } else if let request = try? ReadRequest(datagram.payload.span.bytes) {
            let name = JSONText.quoted(
                InstallPath.masked(String(decoding: request.name.prefix(200), as: UTF8.self)))
            let outcome = read(request, of: datagram, answered: then)
            note(datagram, start, client: "\(datagram.source.address)", "TFTP request of \(name)", outcome)
        } else if case .acknowledge(let block) = TFTPClientPacket(datagram.payload.span.bytes), block.rawValue != 0 {
            // Of all acknowledgements only the last is in a capture of ours; in others the first of them counts.
            guard let file = files.removeValue(forKey: datagram.source) else { return }
            _ = memory.noteFile(
                FileProgress(address: datagram.source.address, file: file, isComplete: true), now: datagram.time)
        }
    }

    private mutating func note(
        _ datagram: CapturedDatagram, _ start: Instant, client: String, _ words: String, _ outcome: Outcome
    ) {
        questions.append(
            Question(
                number: datagram.number, time: datagram.time - start, client: client, words: words, outcome: outcome))
    }

    /// What a DHCP server says is remembered as the DHCP engine does it.
    private mutating func hearServer(_ datagram: CapturedDatagram, _ message: borrowing DHCPMessage) {
        if message.type == .refuse { return memory.noteRefusal(message.hardware) }
        guard
            let offer = ObservedOffer(
                message, datagram: datagram.payload.span.bytes, source: datagram.source, at: datagram.time)
        else { return }
        if offer.isRival(classes: catalog.vendorClasses) { memory.noteRival(now: datagram.time) }
        guard memory.knows(offer.hardware) else { return }
        memory.noteLease(offer.hardware, address: offer.address)
        addresses.note(offer.address, offer.hardware)
    }
}

extension FlightReplay {
    /// Plays a DHCP message of a client.
    ///
    /// - Returns: nil for one that is no boot client's.
    private mutating func ask(
        _ datagram: CapturedDatagram, _ message: borrowing DHCPMessage, answered: CapturedDatagram?
    ) -> Outcome? {
        guard case .success(let facts) = ClientFacts.read(message, classes: catalog.vendorClasses) else { return nil }
        let then = answered.map {
            ReplayAnswer(datagram: $0.payload, source: $0.source, destination: $0.destination)
        }
        var arrival = arrival(of: datagram, answered: then)
        let (history, _) = memory.hear(facts, on: arrival.port, now: datagram.time)
        arrival.history = history
        addresses.note(BootSighting(facts, at: datagram.time.nanoseconds / 1_000_000), of: facts.hardware)
        if facts.type != .discover {
            addresses.note(facts.requestedAddress ?? facts.clientAddress, facts.hardware)
        }
        switch ProxyDHCP.answer(facts, arrival: arrival, in: catalog) {
        case .ask: return .notPlayed("an endpoint decides about this machine")
        case .ignore(let refusal):
            if refusal == .leftAlone { addresses.note(.usual, of: facts.hardware) }
            return outcome(then, nil, refusal)
        case .reply(let reply):
            guard DHCPReplyWriter.write(reply.message, into: &answer) else {
                return outcome(then, nil, .replyTooLarge)
            }
            // Another server's answer may have called it off, or the client asked anew before its time came.
            if reply.delay > .zero, then == nil { return .notPlayed("the answer waits, and was not sent in the end") }
            memory.noteOffer(reply, to: facts, now: datagram.time)
            addresses.note(reply.order, of: facts.hardware)
            let now = ReplayAnswer(
                datagram: answer.bytes,
                source: Endpoint(
                    address: arrival.serverAddress, port: arrival.port == .dhcp ? 67 : 4011),
                destination: reply.route.destination)
            return outcome(then, now, nil)
        }
    }

    private func outcome(_ then: ReplayAnswer?, _ now: ReplayAnswer?, _ refusal: Refusal?) -> Outcome {
        let differences = ReplayAnswer.differences(then: then, now: now, refusal: refusal)
        return differences.isEmpty ? .same : .different(differences)
    }

    private func arrival(of datagram: CapturedDatagram, answered then: ReplayAnswer?) -> Arrival {
        let interface = datagram.interface.map { interfaces[$0] }
        let asked = ours.contains(datagram.destination.address) ? datagram.destination.address : nil
        return Arrival(
            port: datagram.destination.port == 67 ? .dhcp : .bootService, interface: Int32(datagram.interface ?? 0),
            interfaceName: interface?.name ?? "",
            serverAddress: then?.source.address ?? asked ?? interface?.address ?? ours.min { $0.value < $1.value }
                ?? .any,
            source: datagram.source, destination: datagram.destination.address)
    }
}

extension FlightReplay {
    /// What a TFTP request gets.
    private enum Reading: Equatable {
        case error(String)
        /// Octets, where that is known.
        case sent(Int64?)
        case nothing

        var words: String {
            switch self {
            case .error(let text): "error: \(text)"
            case .sent(let size): size.map { "the file, \($0) octets" } ?? "the file"
            case .nothing: "none"
            }
        }

        func isSame(as other: Reading) -> Bool {
            guard case .sent(let size) = self, case .sent(let another) = other else { return self == other }
            return size == nil || another == nil || size == another
        }
    }

    /// Plays a TFTP request.
    private mutating func read(
        _ request: ReadRequest, of datagram: CapturedDatagram, answered: CapturedDatagram?
    ) -> Outcome {
        let then = answered.map { Self.reading($0.payload) } ?? .nothing
        let path = RequestPath.cleaning(request.name)
        if case .sent = then, let file = try? path.get() {
            files[datagram.source] = file.text
            _ = memory.noteFile(
                FileProgress(address: datagram.source.address, file: file.text, isComplete: false), now: datagram.time)
        }
        guard let assets else { return .notPlayed("it is not looked for files") }
        if let file = try? path.get(), file.parts.first == "install" {
            return .notPlayed("an install hands it out")
        }
        let requester = addresses.requester(at: IPAddress(datagram.source.address))
        guard let now = Self.read(request, for: requester, assets, catalog, at: datagram.destination.address) else {
            return .notPlayed("another server has the file")
        }
        guard !now.isSame(as: then) else { return .same }
        return .different([ReplayDifference(field: "answer", then: then.words, now: now.words)])
    }

    /// - Returns: nil for what has to be fetched first.
    private static func read(
        _ request: ReadRequest, for requester: Requester, _ assets: AssetStore, _ catalog: Catalog,
        at local: IPv4Address
    ) -> Reading? {
        do throws(AssetProblem) {
            switch try assets.open(request.name, for: requester, catalog: catalog, local: IPAddress(local)) {
            case .file(let file): return .sent(request.mode == .octet ? file.size : nil)
            case .generated(let octets): return .sent(request.mode == .octet ? Int64(octets.count) : nil)
            case .growing: return nil
            }
        } catch {
            return .error(TransferRefusal(error).summary)
        }
    }

    /// What a packet to a client says.
    private static func reading(_ payload: [UInt8]) -> Reading {
        let packet = payload.span.bytes
        if TFTPServerPacket.blockNumber(packet) != nil { return .sent(nil) }
        switch TFTPServerPacket(packet) {
        case .optionAcknowledge(let options, _): return .sent(options.transferSize)
        case .error: return .error(TFTPClientPacket.errorText(packet))
        case .other: return .nothing
        }
    }
}
