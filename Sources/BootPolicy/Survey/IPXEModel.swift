import Wire

/// iPXE's DHCP client and its automatic boot (src/net/udp/dhcp.c, src/core/settings.c, src/usr/autoboot.c).
struct IPXEModel {
    let hasHTTP: Bool

    /// With a lease in hand it waits for a proxy no longer than this (its timer; the limit itself is 2 s).
    private static let patience = TimeSpan.seconds(3)

    func run(_ judge: inout Judge) -> Prediction {
        let prediction = follow(&judge)
        guard prediction.code != .contested, let race = race(against: prediction, judge) else { return prediction }
        return race.warn(prediction)
    }

    private func follow(_ judge: inout Judge) -> Prediction {
        let (lease, chosen) = discover(&judge)
        guard let lease else {
            judge.say("no lease OFFER: DISCOVER again at 1, 3 and 7 s, failure at 15 s")
            return judge.fails(.noLease, "does not boot: no DHCP server offers an address")
        }
        let leaseSays = judge.hearing.leaseAcknowledgement ?? lease
        guard let chosen, !lease.forbidsProxies else {
            return withoutProxy(leaseSays, forbidden: lease.forbidsProxies, &judge)
        }
        return withProxy(chosen, leaseSays, &judge)
    }

    /// The OFFERs kept: later ones of equal or higher priority replace earlier ones, until there is one of each kind.
    private func discover(_ judge: inout Judge) -> (lease: ObservedOffer?, proxy: ObservedOffer?) {
        var lease: ObservedOffer?
        var proxy: ObservedOffer?
        for offer in judge.hearing.offers {
            if lease != nil, proxy != nil || lease?.forbidsProxies == true {
                judge.say("\(judge.line(offer)): too late, it has left discovery")
                continue
            }
            if lease != nil, offer.arrival - judge.hearing.asked > Self.patience {
                judge.say("\(judge.line(offer)): too late, it waits no longer than 3 s for a proxy")
                continue
            }
            var roles: [String] = []
            if !offer.isProxy, offer.ipxePriority >= lease?.ipxePriority ?? .min {
                lease = offer
                roles.append("lease")
            }
            // Any message of class PXEClient counts, a lease as well.
            if offer.clientClass == .pxe, !offer.server.isAny, offer.ipxePriority >= proxy?.ipxePriority ?? .min {
                proxy = offer
                roles.append("proxy")
            }
            let outcome = roles.isEmpty ? "ignored" : "kept as " + roles.joined(separator: " and ")
            judge.say("\(judge.line(offer)): \(outcome)")
        }
        return (lease, proxy)
    }

    private func withoutProxy(_ lease: ObservedOffer, forbidden: Bool, _ judge: inout Judge) -> Prediction {
        if forbidden { judge.say("175.176: proxies are ignored") }
        let code: PredictionCode = forbidden ? .proxiesForbidden : .leaseFileOnly
        guard lease.fileByHeader != nil else {
            return forbidden
                ? judge.fails(
                    .proxiesForbidden, "does not boot: \(lease.server) forbids iPXE to hear proxies and names no file",
                    culprit: lease.server)
                : judge.fails(.noBootInformation, "does not boot: nobody names a file (\"Nothing to boot\")")
        }
        return fetch(lease, ours: .leaseNamesUs, theirs: code, &judge)
    }

    /// (siaddr and a file) or a menu: else it asks port 4011 (commit f0c6c4efd).
    private static func hasPXEOptions(_ message: ObservedOffer) -> Bool {
        (!message.nextServer.isAny && message.fileByHeader != nil) || message.vendor.hasMenu
    }

    private func withProxy(_ chosen: ObservedOffer, _ lease: ObservedOffer, _ judge: inout Judge) -> Prediction {
        if Self.hasPXEOptions(chosen) { return decide(lease, chosen, &judge) }
        let target = chosen.serverIdentifier ?? chosen.nextServerOrIdentifier
        judge.say("the offer lacks next-server and file: asks port 4011 of \(judge.named(target)), its option 54")
        switch judge.bootService(of: target, isUsable: Self.hasPXEOptions) {
        case .answered(let answer):
            return decide(lease, answer, &judge)
        case .unheard:
            return unheard(chosen, target, lease, judge: &judge)
        case .silent, .unusable:
            judge.say("no answer with next-server and file within 3.75 s: goes on without a proxy")
            guard lease.fileByHeader == nil else {
                return fetch(lease, ours: .leaseNamesUs, theirs: .leaseFileOnly, &judge)
            }
            return judge.fails(
                .bootServiceUnusable,
                "does not boot: port 4011 of \(judge.named(target)) gives no file with a next-server", culprit: target)
        }
    }

    private func unheard(
        _ chosen: ObservedOffer, _ target: IPv4Address, _ lease: ObservedOffer, judge: inout Judge
    ) -> Prediction {
        if chosen.ipxePriority <= lease.ipxePriority, lease.fileByHeader != nil {
            judge.say("whatever that says, the DHCP server's file comes first")
            return fetch(lease, ours: .leaseNamesUs, theirs: .leaseFileWins, &judge)
        }
        if !chosen.isProxy, !judge.isKnownBootServer(target) {
            var failure = judge.fails(
                .leaseIsBootServer,
                """
                does not boot: the lease of \(chosen.server) says PXEClient, so it asks port 4011 of \(target), where \
                nothing shows a boot server
                """, culprit: chosen.server)
            failure.remedy = PredictionCode.remedyForIPXE(for: chosen.server)
            return failure
        }
        return judge.boots(
            chosen.fileByHeader, from: chosen.fileByHeader.flatMap(BootURL.address) ?? target, toldBy: target,
            ours: .ourBootService, theirs: chosen.isProxy ? .otherProxy : .leaseIsBootServer,
            how: "as port 4011 of \(judge.named(target)) will say")
    }

    /// Both blocks of settings are complete: menu, or the file of the block that comes first.
    private func decide(_ lease: ObservedOffer, _ proxy: ObservedOffer, _ judge: inout Judge) -> Prediction {
        let isSame = lease.server == proxy.server && !proxy.isProxy
        let theirs: PredictionCode = isSame ? .leaseIsBootServer : .otherProxy
        let firstClass = lease.clientClass == .none ? proxy.clientClass : lease.clientClass
        let menu = [lease, proxy].first { $0.vendor.hasMenu }
        let anyFile = lease.fileByHeader ?? proxy.fileByHeader
        if firstClass == .pxe, let menu, !(menu.vendor.saysUseFile && anyFile != nil) {
            if menu.vendor.firstItem == 0 {
                return judge.fails(
                    .bootAborted, "does not boot: the first item of \(judge.named(menu.server))'s menu is the disk",
                    culprit: menu.server)
            }
            return judge.discovery(menu, theirs: theirs, keepsListedServer: false).prediction
        }
        let proxyFirst = proxy.ipxePriority > lease.ipxePriority
        judge.say(
            "settings: priority \(lease.ipxePriority) of the lease, \(proxy.ipxePriority) of the proxy; "
                + (proxyFirst ? "the proxy's come first" : "the lease's come first")
                + (!proxyFirst && lease.fileByHeader == nil ? ", and name no file" : ""))
        if !proxyFirst, lease.fileByHeader != nil {
            return fetch(lease, ours: .leaseNamesUs, theirs: isSame ? theirs : .leaseFileWins, &judge)
        }
        if proxy.fileByHeader != nil {
            return fetch(
                proxy, ours: proxy.isBootService ? .ourBootService : .ourOffer, theirs: theirs, &judge)
        }
        return fetch(lease, ours: .leaseNamesUs, theirs: .leaseFileOnly, &judge)
    }

    /// Fetches the file of one block; a relative name needs the same block's siaddr, option 66 is never asked.
    private func fetch(
        _ block: ObservedOffer, ours: PredictionCode, theirs: PredictionCode, _ judge: inout Judge
    ) -> Prediction {
        let teller = block.server
        if block.overload & 1 != 0 { judge.say("option 52 is not known to iPXE: it reads options as a name") }
        guard let file = block.fileByHeader else {
            return judge.fails(.noBootInformation, "does not boot: nobody names a file (\"Nothing to boot\")")
        }
        let who = judge.named(teller)
        let how = block.isBootService ? "as port 4011 of \(who) says" : "as \(who) says"
        judge.say("takes \(file) of \(who)")
        if BootURL.isHTTP(file), !hasHTTP {
            return judge.fails(.noHTTPInIPXE, "does not boot: has no HTTP for \(file) of \(who)", culprit: teller)
        }
        if BootURL.isAbsolute(file) {
            return judge.boots(
                file, from: BootURL.address(in: file), toldBy: teller, ours: ours, theirs: theirs, how: how)
        }
        guard !block.nextServer.isAny else {
            return judge.fails(
                .noNextServer, "does not boot: \(who) names \(file) and no next-server", culprit: teller)
        }
        return judge.boots(file, from: block.nextServer, toldBy: teller, ours: ours, theirs: theirs, how: how)
    }
}

/// Another order of the same OFFERs that ends otherwise.
private struct Race {
    /// The OFFER that comes first, or last, in the other order.
    let mover: ObservedOffer
    let isFirst: Bool
    let outcome: Prediction
    /// Who could be told to keep out of it: a lease of class PXEClient, else a foreign proxy.
    let disturber: ObservedOffer?

    /// The prediction stays what the order heard leads to, and says that it is a race.
    func warn(_ prediction: Prediction) -> Prediction {
        var warned = prediction
        warned.code = .contested
        let other = outcome.teller.map { "boots as \($0) says" } ?? "boots otherwise"
        let consequence =
            "with the OFFER of \(mover.server) \(isFirst ? "first" : "last") it "
            + (outcome.verdict == .none ? "does not boot" : other)
        warned.reason += "; " + consequence
        warned.trace.append("a race: " + consequence)
        if let disturber, !disturber.isProxy {
            warned.remedy = PredictionCode.remedyForIPXE(for: disturber.server)
        } else {
            warned.remedy = PredictionCode.contested.remedy(for: disturber?.server)
        }
        return warned
    }
}

extension IPXEModel {
    /// Whether the order of arrival decides. It does when two servers call themselves PXEClient and
    ///
    /// - both are proxies: of equal priority the last one before the lease counts, or the first one after it;
    /// - one is the DHCP server, and a proxy's priority (175.1) is higher than its: the lease coming first is both lease
    ///   and proxy and ends discovery at once, coming last it does not replace the proxy.
    ///
    /// It does not when the DHCP server's priority is no lower: then its lease is the proxy in any order. All this
    /// follows from playing the other orders.
    private func race(against prediction: Prediction, _ judge: Judge) -> Race? {
        let offers = inTime(judge.hearing)
        let rivals = offers.indices.filter { offers[$0].clientClass == .pxe && !offers[$0].server.isAny }
        guard Set(rivals.map { offers[$0].server }).count > 1 else { return nil }
        let candidates = rivals.map { offers[$0] }.filter { !judge.isOurs($0.server) }
        let disturber = candidates.first { !$0.isProxy } ?? candidates.first
        for index in rivals {
            for isFirst in [true, false] {
                var order = offers
                order.insert(order.remove(at: index), at: isFirst ? 0 : order.count)
                var other = Judge(Self.hearing(order, like: judge.hearing), ours: judge.ours)
                let outcome = follow(&other)
                guard (outcome.verdict, outcome.teller) != (prediction.verdict, prediction.teller) else { continue }
                return Race(mover: offers[index], isFirst: isFirst, outcome: outcome, disturber: disturber)
            }
        }
        return nil
    }

    /// Without what came after its patience had ended: that is no race.
    private func inTime(_ hearing: Hearing) -> [ObservedOffer] {
        let lease = hearing.offers.first { !$0.isProxy }
        return hearing.offers.filter { offer in
            offer.arrival - hearing.asked <= Self.patience || offer == lease
                || lease.map { offer.arrival <= $0.arrival } != false
        }
    }

    /// The same answers in another order, all at once.
    private static func hearing(_ order: [ObservedOffer], like hearing: Hearing) -> Hearing {
        var other = Hearing(asked: hearing.asked, hearsBootService: hearing.hearsBootService)
        for var message in order {
            message.arrival = hearing.asked
            other.note(message)
        }
        for message in hearing.acknowledgements { other.note(message) }
        return other
    }
}
