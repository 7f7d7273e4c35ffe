import Wire

/// EDK2's HTTP Boot driver (NetworkPkg/HttpBootDxe: HttpBootDhcp4.c).
enum HTTPBootModel {
    static func run(_ judge: inout Judge) -> Prediction {
        let usable = judge.hearing.offers.filter { offer in
            let why =
                offer.serverIdentifier == nil || !offer.hasEndMark || offer.illegalOption != nil
                ? "dropped, malformed" : offer.isProxy && offer.clientClass != .http ? "dropped, not HTTPClient" : ""
            judge.say("\(judge.line(offer))\(why.isEmpty ? "" : ": " + why)")
            return why.isEmpty
        }
        guard let lease = usable.first(where: { !$0.isProxy }) else {
            return judge.fails(.noLease, "does not boot: no DHCP server offers an address")
        }
        return judge.afterLostEnd(select(usable, lease, &judge), lease: lease, last: usable.last)
    }

    private static func select(_ usable: [ObservedOffer], _ lease: ObservedOffer, _ judge: inout Judge) -> Prediction {
        // The DHCP server's own HTTPClient offer comes before any proxy's.
        if let own = usable.first(where: { !$0.isProxy && $0.clientClass == .http && isHTTP($0) }) {
            judge.say("the DHCP server's own URL comes first")
            return fetch(own, lease: own, theirs: .leaseFileOnly, &judge)
        }
        guard let proxy = usable.first(where: { $0.isProxy && isHTTP($0) }) else {
            return judge.fails(.noHTTPOffer, "does not boot: nobody offers a URL to HTTP Boot")
        }
        // A name in the URL is of use only with a lease that names a DNS server.
        let withDNS = usable.first { !$0.isProxy && $0.namesDNSServer } ?? lease
        return fetch(proxy, lease: withDNS, theirs: .otherProxy, &judge)
    }

    private static func isHTTP(_ offer: ObservedOffer) -> Bool {
        offer.fileByOption.map(BootURL.isHTTP) ?? false
    }

    private static func fetch(
        _ offer: ObservedOffer, lease: ObservedOffer, theirs: PredictionCode, _ judge: inout Judge
    ) -> Prediction {
        let url = offer.fileByOption ?? ""
        let address = BootURL.address(in: url)
        if address == nil, !lease.namesDNSServer {
            return judge.fails(
                .hostNameWithoutDNS, "does not boot: \(url) holds a name, and the lease names no DNS server",
                culprit: offer.server)
        }
        let prediction = judge.boots(
            url, from: address, toldBy: offer.server, ours: offer.isProxy ? .ourOffer : .leaseNamesUs, theirs: theirs,
            how: "as \(judge.named(offer.server)) says")
        let rivals = judge.hearing.offers.filter {
            $0.isProxy && $0.clientClass == .http && isHTTP($0) && !judge.isOurs($0.server)
        }
        guard prediction.verdict == .ours, let rival = rivals.first else { return prediction }
        var contested = prediction
        contested.code = .contested
        contested.reason += "; \(rival.server) offers boots too, and which answer comes first decides"
        contested.remedy = PredictionCode.contested.remedy(for: rival.server)
        return contested
    }
}
