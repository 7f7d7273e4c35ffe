import Wire

/// Boards that are no PCs.
enum BoardModel {
    /// Raspberry Pi 3, 4 and 5: an offer counts when its option 43 holds the right words (Raspberry Pi documentation,
    /// network boot). Where it fetches from varies with the model; option 66 and siaddr ought to be the same.
    static func raspberryPi(_ judge: inout Judge) -> Prediction {
        for offer in judge.hearing.offers {
            let hasWords = offer.vendor.saysRaspberryPi
            judge.say(judge.line(offer) + (hasWords ? ": says \"Raspberry Pi Boot\"" : ": of no use to it"))
        }
        guard let offer = judge.hearing.offers.first(where: { $0.vendor.saysRaspberryPi }) else {
            return judge.fails(.noRaspberryPiText, "does not boot: nobody says \"Raspberry Pi Boot\"")
        }
        guard judge.hearing.offers.contains(where: { !$0.isProxy }) else {
            return judge.fails(.noLease, "does not boot: no DHCP server offers an address")
        }
        let named = IPv4Address(offer.serverNameOption.printable)
        let server = named ?? offer.nextServerOrIdentifier
        judge.say("fetches from \(judge.named(server)): option 66, else siaddr, else option 54")
        return judge.contested(
            judge.boots(
                nil, from: server, toldBy: offer.server, ours: .ourOffer, theirs: .otherProxy,
                how: "the files of its serial number, as \(judge.named(offer.server)) says"))
    }

    /// U-Boot's `dhcp` and `pxe get` (net/bootp.c): the lease, its option 67 where the header names no file, option 66
    /// never; or with SERVERIP_FROM_PROXYDHCP the header fields of a proxy heard no later than 100 ms after the lease.
    static func uboot(_ judge: inout Judge, heedsProxies: Bool) -> Prediction {
        for offer in judge.hearing.offers { judge.say(judge.line(offer)) }
        guard let offer = judge.hearing.offers.first(where: { !$0.isProxy }) else {
            return judge.fails(.noLease, "does not boot: no DHCP server offers an address")
        }
        let lease = judge.hearing.leaseAcknowledgement ?? offer
        if heedsProxies {
            let proxies = judge.hearing.offers.filter {
                $0.isProxy && $0.source.port == 67 && $0.arrival - offer.arrival <= .milliseconds(100)
            }
            if let proxy = proxies.last {
                judge.say("takes siaddr and file of the last proxy before 100 ms after the lease")
                return fetch(proxy, proxy.fileInHeader, ours: .ourOffer, theirs: .otherProxy, &judge)
            }
            judge.say("no proxy in time")
        }
        if let file = lease.fileByHeader, lease.nextServer.isAny {
            judge.say("the lease names \(file) and no next-server; option 66 is not read")
            // Its environment may hold a "serverip"; that of the usual builds does not.
            return judge.fails(
                .noNextServer, "does not boot: \(judge.named(lease.server)) names \(file) and no next-server",
                culprit: lease.server)
        }
        guard lease.fileByHeader != nil || judge.isOurs(lease.nextServer) else {
            let code: PredictionCode = heedsProxies ? .noBootInformation : .ignoresProxies
            return judge.fails(
                code, "does not boot: the DHCP server \(lease.server) names no boot", culprit: lease.server)
        }
        return fetch(lease, lease.fileByHeader, ours: .leaseNamesUs, theirs: .leaseFileOnly, &judge)
    }

    private static func fetch(
        _ message: ObservedOffer, _ file: String?, ours: PredictionCode, theirs: PredictionCode, _ judge: inout Judge
    ) -> Prediction {
        guard !message.nextServer.isAny else {
            return judge.fails(
                .noNextServer, "does not boot: \(judge.named(message.server)) gives no next-server",
                culprit: message.server)
        }
        return judge.boots(
            file, from: message.nextServer, toldBy: message.server, ours: ours, theirs: theirs,
            how: "as \(judge.named(message.server)) says")
    }
}
