import BootPolicy
import Wire

/// A datagram as a DHCP message.
enum MessageFuzz {
    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        guard let message = try? DHCPMessage(octets.span.bytes) else {
            let isSound =
                octets.count >= 240 && (1...2).contains(octets[0]) && octets[2] <= 16
                && octets[236..<240].elementsEqual([0x63, 0x82, 0x53, 0x63])
            complaints.demand(!isSound, "a sound message was refused")
            return
        }
        header(message, octets, &complaints)
        let naive = NaiveOptions(message: octets)
        for code in naive.codes.union([1, 43, 50, 53, 54, 57, 60, 77, 82, 93, 97, 175]) {
            option(code, message, naive, &complaints)
        }
        complaints.demand(
            message.type.map { naive[53]?.contains($0.rawValue) == true } ?? true, "a type that option 53 does not hold"
        )
        _ = ClientPortrait(message)
        let source = Endpoint(address: IPv4Address(0xC000_0201), port: 67)
        let now = Instant(nanoseconds: 1_000_000_000)
        guard let offer = ObservedOffer(message, datagram: octets.span.bytes, source: source, at: now) else { return }
        complaints.demand(!message.isRequest && offer.hardware == message.hardware, "an offer out of nowhere")
        overheard(offer, now, &complaints)
    }

    /// What is told of another server, and what each firmware would make of its word.
    private static func overheard(_ offer: ObservedOffer, _ now: Instant, _ complaints: inout Complaints) {
        var survey = Survey()
        for finding in survey.note(offer, now: now) {
            complaints.demand(!String(describing: finding).isEmpty, "a finding without words")
        }
        let hearing = Hearing(asked: Instant(nanoseconds: 0), offers: [offer], hearsBootService: true)
        for model in FirmwareModel.allCases {
            complaints.demand(!model.predict(hearing, ours: []).reason.isEmpty, "a prediction without a reason")
        }
    }

    private static func header(_ message: borrowing DHCPMessage, _ octets: [UInt8], _ complaints: inout Complaints) {
        func number(_ at: Int) -> UInt32 { octets[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) } }
        let fields = [
            message.transaction, message.clientAddress.value, message.yourAddress.value, message.serverAddress.value,
            message.relayAddress.value, UInt32(truncatingIfNeeded: message.hardware.high >> 32),
            UInt32(message.seconds) << 16 | UInt32(message.flags),
        ]
        let places = [4, 12, 16, 20, 24, 28, 8]
        complaints.demand(fields == places.map(number), "the header's fields are not where they belong")
        complaints.demand(message.hops == octets[3] && message.isRequest == (octets[0] == 1), "op or hops")
        complaints.demand(!message.hardware.description.isEmpty || message.hardware.length == 0, "no hardware address")
    }

    private static func option(
        _ code: UInt8, _ message: borrowing DHCPMessage, _ naive: NaiveOptions, _ complaints: inout Complaints
    ) {
        let expected = naive[code]
        switch message.value(of: DHCPOptionCode(code)) {
        case .absent: complaints.demand(expected == nil, "option \(code) was not seen")
        case .present(let value): complaints.demand(value.array == expected, "option \(code) was read wrong")
        case .malformed: complaints.demand((expected?.count ?? 0) > 255, "option \(code) was refused")
        }
        for length in [1, 4, 17] {
            guard case .present(let value) = message.value(of: DHCPOptionCode(code), length: length) else { continue }
            let isRight = value.array == expected || value.array == naive.first(code)
            complaints.demand(value.count == length && isRight, "option \(code) of \(length) octets was read wrong")
        }
        if let address = message.address(of: DHCPOptionCode(code)) {
            complaints.demand(
                [expected, naive.first(code)].contains(address.octets), "option \(code) as an address was read wrong")
        }
    }
}
