package import Wire

/// Who answers DHCP clients on the network, learned by listening alone.
///
/// Pure and bounded: time comes in as an argument, at most `serverLimit` servers are kept, and a finding is made once
/// for its server and code, however often the cause is seen.
package struct Survey: Sendable {
    /// Servers kept; what a 65th says is not looked at.
    package static let serverLimit = 64

    /// A server, by the address that it calls itself.
    package struct Server: Sendable {
        package let address: IPv4Address
        package let firstHeard: Instant
        package fileprivate(set) var lastHeard: Instant
        /// The last message that gave an address.
        package fileprivate(set) var lease: ObservedOffer?
        /// The last message that gave none.
        package fileprivate(set) var proxy: ObservedOffer?

        package var isDHCPServer: Bool { lease != nil }
        package var isProxy: Bool { proxy != nil }
    }

    /// Our own addresses; what we say ourselves is not surveyed.
    package var ours: Set<IPv4Address>
    private var known: [IPv4Address: Server] = [:]
    private var told: Set<Cause> = []

    private struct Cause: Hashable {
        let server: IPv4Address
        let code: SurveyCode
    }

    package init(ours: Set<IPv4Address> = []) {
        self.ours = ours
    }

    /// The servers heard so far, in order of their addresses.
    package var servers: [Server] { known.values.sorted { $0.address.value < $1.address.value } }

    /// Takes in one OFFER or ACK.
    ///
    /// - Returns: what an operator should read of it and has not read yet; nearly always nothing.
    package mutating func note(_ offer: ObservedOffer, now: Instant) -> [SurveyFinding] {
        let address = offer.server
        if offer.isProxy || offer.isBootService, ours.contains(address) || ours.contains(offer.source.address) {
            return []
        }
        guard known[address] != nil || known.count < Self.serverLimit else {
            // One finding for all that are too many, whoever they are.
            return tell([.tooManyServers], about: offer, cause: .any)
        }
        var server = known[address] ?? Server(address: address, firstHeard: now, lastHeard: now)
        server.lastHeard = now
        // An ACK of port 4011 may hold the client's address in yiaddr (dnsmasq), and is no lease.
        if offer.isProxy || offer.isBootService { server.proxy = offer } else { server.lease = offer }
        known[address] = server
        let isBoot = offer.isProxy || offer.isBootService
        var found = tell(isBoot ? proxyCodes(offer) : leaseCodes(offer), about: offer, cause: address)
        if !isBoot, known.values.filter(\.isDHCPServer).count > 1 {
            found += tell([.severalDHCPServers], about: offer, cause: .any)
        }
        return found
    }

    private mutating func tell(_ codes: [SurveyCode], about offer: ObservedOffer, cause: IPv4Address) -> [SurveyFinding]
    {
        var findings: [SurveyFinding] = []
        for code in codes where told.insert(Cause(server: cause, code: code)).inserted {
            findings.append(SurveyFinding(code, about: offer, ours: ours))
        }
        return findings
    }

    private func proxyCodes(_ offer: ObservedOffer) -> [SurveyCode] {
        var codes: [SurveyCode] = []
        switch offer.clientClass {
        case .pxe: codes.append(.otherProxy)
        case .http: codes.append(.otherHTTPProxy)
        // No boot client listens to it, but EDK2 sees a proxy.
        case .none, .other: codes.append(.strangeProxy)
        }
        if offer.clientClass == .pxe, offer.ipxePriority > 0 { codes.append(.foreignPriority) }
        return codes
    }

    private func leaseCodes(_ offer: ObservedOffer) -> [SurveyCode] {
        var codes: [SurveyCode] = [.dhcpServer]
        switch offer.clientClass {
        case .pxe:
            if offer.vendor.isPXE10 {
                codes.append(.leaseHasMenu)
            } else {
                codes.append(ours.contains(offer.nextServerOrIdentifier) ? .leaseSendsPXEToUs : .leaseIsBootServer)
            }
        case .http: codes.append(.leaseIsHTTPBootServer)
        case .none, .other:
            if offer.vendor.isPresent { codes.append(.strangeVendorOptions) }
        }
        if offer.forbidsProxies { codes.append(.proxiesForbidden) }
        if offer.ipxePriority > 0 { codes.append(.foreignPriority) }
        if offer.fileByHeader != nil { codes.append(.leaseNamesFile) }
        if offer.namesTwoFiles { codes.append(.leaseNamesTwoFiles) }
        if offer.overload != 0 { codes.append(.overload) }
        if ours.contains(offer.nextServer) {
            codes.append(.nextServerIsUs)
        } else if !offer.nextServer.isAny {
            codes.append(.nextServerIsOther)
        }
        return codes
    }
}
