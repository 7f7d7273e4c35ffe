package import Wire

/// Who answers DHCP clients on the network, learned by listening alone.
///
/// Pure and bounded: time comes in as an argument, at most `serverLimit` servers are kept, and a finding is made once
/// for its server and code, however often the cause is seen. A message that brings nothing new costs no memory.
package struct Survey: Sendable {
    /// Servers kept; what a 65th says is not looked at until one of them was silent for long.
    package static let serverLimit = 64
    /// No DHCP server is silent for longer where machines boot; made-up ones come so slowly that they fill no log.
    private static let longSilence = TimeSpan.seconds(3600)

    /// A server, by the address that it calls itself.
    package struct Server: Sendable {
        package let address: IPv4Address
        package let firstHeard: Instant
        package fileprivate(set) var lastHeard: Instant
        /// The last message that gave an address.
        package fileprivate(set) var lease: ObservedOffer?
        /// The last message that gave none.
        package fileprivate(set) var proxy: ObservedOffer?
        /// What was found of it already.
        fileprivate var told = SurveyCodes()

        package var isDHCPServer: Bool { lease != nil }
        package var isProxy: Bool { proxy != nil }
    }

    /// Our own addresses; what we say ourselves is not surveyed.
    package var ours: Set<IPv4Address>
    private var known: [IPv4Address: Server] = [:]
    private var dhcpServers = 0
    /// What was found of the network, and not of one server.
    private var told = SurveyCodes()

    package init(ours: Set<IPv4Address> = []) {
        self.ours = ours
    }

    /// The servers heard so far, in order of their addresses.
    package var servers: [Server] { known.values.sorted { $0.address.value < $1.address.value } }

    /// Takes in one OFFER or ACK.
    ///
    /// - Returns: what an operator should read of it and has not read yet; nearly always nothing.
    package mutating func note(_ offer: ObservedOffer, now: Instant) -> [SurveyFinding] {
        guard !offer.answersInform, !isOwn(offer) else { return [] }
        let address = offer.server
        let isBoot = offer.saysBootOnly
        guard var server = known[address] ?? newServer(address, now) else {
            return findings(told.adding(SurveyCodes(.tooManyServers)), offer)
        }
        server.lastHeard = now
        if !isBoot, !server.isDHCPServer { dhcpServers += 1 }
        if isBoot { server.proxy = offer } else { server.lease = offer }
        var fresh = server.told.adding(codes(of: offer))
        known[address] = server
        if !isBoot, dhcpServers > 1 { fresh.formUnion(told.adding(SurveyCodes(.severalDHCPServers))) }
        return findings(fresh, offer)
    }

    /// All that one message shows of its server, whether it was read of or not; nothing of how many servers there are.
    package func codes(of offer: ObservedOffer) -> SurveyCodes {
        guard !offer.answersInform else { return [] }
        return offer.saysBootOnly ? proxyCodes(offer) : leaseCodes(offer)
    }

    /// Whether it is an answer of ours, come back. A DHCP server on our own host is none.
    package func isOwn(_ offer: ObservedOffer) -> Bool {
        offer.saysBootOnly && (ours.contains(offer.server) || ours.contains(offer.source.address))
    }

    /// Nil when the table is full of servers that were heard lately.
    private mutating func newServer(_ address: IPv4Address, _ now: Instant) -> Server? {
        if known.count == Self.serverLimit {
            guard let oldest = known.values.min(by: { $0.lastHeard < $1.lastHeard }),
                now - oldest.lastHeard >= Self.longSilence
            else { return nil }
            known[oldest.address] = nil
            if oldest.isDHCPServer { dhcpServers -= 1 }
        }
        return Server(address: address, firstHeard: now, lastHeard: now)
    }

    private func findings(_ codes: SurveyCodes, _ offer: ObservedOffer) -> [SurveyFinding] {
        codes.isEmpty ? [] : codes.all.map { SurveyFinding($0, about: offer) }
    }

    private func proxyCodes(_ offer: ObservedOffer) -> SurveyCodes {
        var codes = SurveyCodes()
        switch offer.clientClass {
        case .pxe: codes.add(.otherProxy)
        case .http: codes.add(.otherHTTPProxy)
        // No boot client listens to it, but EDK2 sees a proxy.
        case .none, .other: codes.add(.strangeProxy)
        }
        if offer.clientClass == .pxe, offer.ipxePriority > 0 { codes.add(.foreignPriority) }
        return codes
    }

    private func leaseCodes(_ offer: ObservedOffer) -> SurveyCodes {
        var codes = SurveyCodes(.dhcpServer)
        switch offer.clientClass {
        case .pxe where offer.vendor.isPXE10: codes.add(.leaseHasMenu)
        case .pxe: codes.add(ours.contains(offer.nextServerOrIdentifier) ? .leaseSendsPXEToUs : .leaseIsBootServer)
        case .http: codes.add(.leaseIsHTTPBootServer)
        case .none, .other: if offer.vendor.isPresent { codes.add(.strangeVendorOptions) }
        }
        if offer.forbidsProxies { codes.add(.proxiesForbidden) }
        if offer.ipxePriority > 0 { codes.add(.foreignPriority) }
        if !offer.headerFile.isEmpty || !offer.fileOption.isEmpty { codes.add(.leaseNamesFile) }
        if offer.namesTwoFiles { codes.add(.leaseNamesTwoFiles) }
        if offer.overload != 0 { codes.add(.overload) }
        if ours.contains(offer.nextServer) {
            codes.add(.nextServerIsUs)
        } else if !offer.nextServer.isAny {
            codes.add(.nextServerIsOther)
        }
        return codes
    }
}
