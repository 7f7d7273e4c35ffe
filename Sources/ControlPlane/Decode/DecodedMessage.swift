package import BootPolicy
package import Wire

/// A DHCP message in words: what it is, whom it concerns, and every option with its name.
package struct DecodedMessage: Sendable {
    /// What it is in the conversation: "DISCOVER of EDK2 x64 PXE", "proxy OFFER, BINL".
    package let words: String
    package let hardware: ClientHardware
    package let transaction: UInt32
    /// The header's fields that say something.
    let header: [(name: String, value: String)]
    /// The options in wire order; those in overloaded fields come last.
    let options: [(code: UInt8, value: String)]
    /// Who asks, for a client's message that asks for a boot.
    let portrait: ClientPortrait?
    /// For a client's message: whether it is a DISCOVER.
    let isDiscover: Bool
    /// For a server's OFFER or ACK: what firmware reads in it.
    package let offer: ObservedOffer?

    /// - Throws: `DecodeError` for what is no DHCP message.
    package init(
        _ datagram: RawSpan, source: Endpoint, destination: Endpoint, at time: Instant
    ) throws(DecodeError) {
        let message = try DHCPMessage(datagram)
        hardware = message.hardware
        transaction = message.transaction
        portrait = ClientPortrait(message)
        isDiscover = message.isRequest && message.type == .discover
        let offer = ObservedOffer(message, datagram: datagram, source: source, at: time)
        self.offer = offer
        header = Self.header(message, datagram, offer)
        options = Self.options(datagram, overload: offer?.overload ?? 0)
        if let offer {
            words = Self.words(of: offer)
        } else {
            words = Self.words(of: message, portrait, destination)
        }
    }

    private static func header(
        _ message: borrowing DHCPMessage, _ datagram: RawSpan, _ offer: ObservedOffer?
    ) -> [(name: String, value: String)] {
        var fields = [("client", "\(message.hardware)"), ("xid", digits(message.transaction))]
        if message.hops != 0 { fields.append(("hops", "\(message.hops)")) }
        if message.seconds != 0 { fields.append(("secs", "\(message.seconds)")) }
        if message.wantsBroadcast { fields.append(("flags", "broadcast")) }
        if !message.clientAddress.isAny { fields.append(("ciaddr", "\(message.clientAddress)")) }
        if let offer, !offer.address.isAny { fields.append(("yiaddr", "\(offer.address)")) }
        if !message.serverAddress.isAny { fields.append(("siaddr", "\(message.serverAddress)")) }
        if !message.relayAddress.isAny { fields.append(("giaddr", "\(message.relayAddress)")) }
        let overload = offer?.overload ?? 0
        for (name, range, bit) in [("sname", 44..<108, 2 as UInt8), ("file", 108..<236, 1)] {
            var copy = ShortBytes()
            guard overload & bit == 0, copy.append(datagram.extracting(range)) else { continue }
            let text = copy.array.prefix { $0 != 0 }
            guard let value = ShortBytes(text), !value.isEmpty else { continue }
            fields.append((name, OptionText.text(value)))
        }
        return fields
    }

    private static func options(_ datagram: RawSpan, overload: UInt8) -> [(code: UInt8, value: String)] {
        var list: [(code: UInt8, value: String)] = []
        func walk(_ field: RawSpan) {
            var cursor = OptionCursor(field)
            while let option = cursor.next() {
                var copy = ShortBytes()
                guard copy.append(option.value) else { continue }
                list.append((option.code.rawValue, OptionText.value(option.code.rawValue, copy)))
            }
        }
        walk(datagram.extracting(DHCPMessage.headerLength..<datagram.byteCount))
        if overload & 1 != 0 { walk(datagram.extracting(108..<236)) }
        if overload & 2 != 0 { walk(datagram.extracting(44..<108)) }
        return list
    }

    private static func digits(_ number: UInt32) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 8 - text.count) + text
    }
}

extension DecodedMessage {
    /// A server's OFFER or ACK.
    private static func words(of offer: ObservedOffer) -> String {
        if offer.type == .offer {
            return offer.isProxy
                ? "proxy OFFER, \(shape(offer))" : "lease OFFER of \(offer.address)\(leaseClass(offer))"
        }
        if let item = offer.vendor.bootItem, offer.isBootService {
            return "boot server ACK for type \(item.type) layer \(item.layer)"
        }
        if offer.answersInform { return "ACK to an INFORM" }
        return offer.isBootService ? "boot service ACK" : "lease ACK of \(offer.address)\(leaseClass(offer))"
    }

    private static func leaseClass(_ offer: ObservedOffer) -> String {
        offer.vendorClass.isEmpty ? "" : ", class \(offer.vendorClass.printable)"
    }

    /// The shape of a proxy's OFFER.
    private static func shape(_ offer: ObservedOffer) -> String {
        switch offer.clientClass {
        case .http: return offer.fileByOption == nil ? "HTTP without a URL" : "HTTP"
        case .none: return "no class"
        case .other: return "class \(offer.vendorClass.printable)"
        case .pxe:
            if offer.vendor.saysUseFile, offer.fileByOption != nil { return "direct" }
            if offer.vendor.hasMenu { return "menu of \(offer.vendor.menuLength)" }
            if offer.vendor.isPXE10 { return "PXE options without menu and file" }
            return offer.fileByOption == nil ? "BINL" : "BINL with a file"
        }
    }

    /// A client's message, or a server's that is neither OFFER nor ACK.
    private static func words(
        of message: borrowing DHCPMessage, _ portrait: ClientPortrait?, _ destination: Endpoint
    ) -> String {
        let who = portrait?.title ?? "an ordinary client"
        guard message.isRequest else { return message.type == .refuse ? "NAK" : "a server's message without a type" }
        let item = VendorOptions(message.value(of: .vendorSpecific).bytes).bootItem
        let isBootPort = destination.port == 4011
        switch message.type {
        case .discover: return "DISCOVER of \(who)"
        case .request, .inform:
            let name = message.type == .request ? "REQUEST" : "INFORM"
            if let item, portrait != nil {
                let to = destination.address
                let road = to == .broadcast ? "broadcast" : to.isMulticast ? "multicast" : "unicast"
                return "discovery \(name) for type \(item.type) layer \(item.layer) by \(road) of \(who)"
            }
            if isBootPort { return "boot service \(name) of \(who)" }
            guard message.type == .request else { return "INFORM of \(who)" }
            let server = message.address(of: .serverIdentifier).map { " to \($0)" } ?? ""
            return message.clientAddress.isAny ? "lease REQUEST\(server) of \(who)" : "lease renewal of \(who)"
        case .decline: return "DECLINE of \(who)"
        case .release: return "RELEASE of \(who)"
        default: return message.type == nil ? "BOOTP request of \(who)" : "a client's message of a server's type"
        }
    }
}
