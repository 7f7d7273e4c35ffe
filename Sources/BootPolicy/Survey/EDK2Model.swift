import Wire

/// EDK2's PXE driver (UefiPxeBcDxe; MdeModulePkg's before it): PxeBcDhcp4.c and PxeBcBoot.c.
struct EDK2Model {
    enum Generation {
        case current
        /// NetworkPkg from November 2010 to 2017-04-21, commit 8cdd559be6.
        case from2010To2017
        /// The older driver before 2013-05-09, commit 30a95d4d39.
        case before2013
    }

    let generation: Generation

    /// The types that PxeBcDhcp4.c sorts OFFERs into.
    private enum OfferType: String {
        case dhcpOnly = "DhcpOnly"
        case dhcpPXE10 = "DhcpPxe10"
        case dhcpBINL = "DhcpBinl"
        case proxyPXE10 = "ProxyPxe10"
        case proxyBINL = "ProxyBinl"
    }

    private struct Sorted {
        let type: OfferType
        let offer: ObservedOffer
    }

    /// The driver selects at the end of each DISCOVER slot of 4, 8, 16 and 32 seconds, among all OFFERs so far.
    private static let slotEnds: [Int64] = [4, 12, 28, 60]
    /// OFFERs kept over all slots.
    private static let buffer = 16

    func run(_ judge: inout Judge) -> FirmwareRun {
        var discarded: PredictionCode?
        var culprit: IPv4Address?
        var sorted: [Sorted] = []
        for offer in judge.hearing.offers.prefix(Self.buffer) {
            switch sort(offer) {
            case .success(let type):
                sorted.append(Sorted(type: type, offer: offer))
                judge.say("\(judge.line(offer)): \(type.rawValue)")
            case .failure(let reason):
                judge.say("\(judge.line(offer)): dropped, \(reason.why)")
                guard let code = reason.code else { continue }
                (discarded, culprit) = (code, offer.server)
            }
        }
        for end in Self.slotEnds {
            let inTime = sorted.filter { ($0.offer.arrival - judge.hearing.asked) <= .seconds(end) }
            if var run = select(inTime, slot: end, &judge) {
                let lease = inTime.first { $0.type == .dhcpOnly }?.offer
                run.prediction = judge.afterLostEnd(run.prediction, lease: lease, last: inTime.last?.offer)
                return run
            }
        }
        judge.say("rules 1 to 8: none applies in any slot")
        return FirmwareRun(nothing(sorted.map(\.offer), discarded, culprit, judge))
    }

    private struct Drop: Error {
        let why: String
        let code: PredictionCode?
    }

    private func sort(_ offer: ObservedOffer) -> Result<OfferType, Drop> {
        if offer.serverIdentifier?.isAny != false { return drop("no option 54 (Dhcp4Io.c)", .offerUnusable) }
        if !offer.hasEndMark { return drop("no option 255 at the end", .offerUnusable) }
        if let option = offer.illegalOption { return drop("\(option) has an illegal length", .offerUnusable) }
        let isPXE = offer.clientClass == .pxe
        // 43.1...5 without 6...10, "WfM 1.1a": the packet is not cached at all.
        if isPXE, offer.vendor.isMulticastTFTP { return drop("multicast TFTP in option 43", .offerUnusable) }
        let isPXE10 = isPXE && offer.vendor.isPXE10
        guard offer.isProxy else {
            guard isPXE else { return .success(.dhcpOnly) }
            return .success(isPXE10 ? .dhcpPXE10 : .dhcpBINL)
        }
        guard isPXE else { return drop("a proxy's, and its class is not PXEClient", nil) }
        if isPXE10, generation == .from2010To2017 {
            return drop("a proxy's with 43.6 to 43.10, which this generation throws away", .offerDiscarded)
        }
        return .success(isPXE10 ? .proxyPXE10 : .proxyBINL)
    }

    private func drop(_ why: String, _ code: PredictionCode?) -> Result<OfferType, Drop> {
        .failure(Drop(why: why, code: code))
    }

    /// The eight rules of PxeBcSelectDhcp4Offer, in their order; nil when none applies.
    private func select(_ sorted: [Sorted], slot: Int64, _ judge: inout Judge) -> FirmwareRun? {
        func first(_ type: OfferType) -> ObservedOffer? { sorted.first { $0.type == type }?.offer }
        let plain = first(.dhcpOnly)
        if let offer = first(.dhcpPXE10) {
            judge.say("rule 1 fires at \(slot) s: a lease with PXE options in 43")
            return pxe10(offer, lease: offer, &judge)
        }
        if let plain, let proxy = first(.proxyPXE10) {
            judge.say("rule 3 fires at \(slot) s: a plain lease and a proxy with PXE options, the first that came")
            return pxe10(proxy, lease: plain, &judge)
        }
        if let offer = first(.dhcpBINL) {
            judge.say("rule 5 fires at \(slot) s: a lease of class PXEClient, which hides every BINL proxy")
            return binl([offer], lease: offer, &judge)
        }
        let proxies = sorted.filter { $0.type == .proxyBINL }.map(\.offer)
        if let plain, !proxies.isEmpty {
            judge.say("rule 6 fires at \(slot) s: a plain lease, and BINL proxies asked in turn (\(proxies.count))")
            return binl(proxies, lease: plain, &judge)
        }
        if let offer = sorted.first(where: { $0.type == .dhcpOnly && $0.offer.fileByOption != nil })?.offer {
            judge.say("rule 7 fires at \(slot) s: a plain lease that names a file")
            return leaseFile(offer, &judge)
        }
        return nil
    }

    private func nothing(
        _ offers: [ObservedOffer], _ discarded: PredictionCode?, _ culprit: IPv4Address?, _ judge: Judge
    ) -> Prediction {
        if let discarded {
            return judge.fails(discarded, "does not boot: \(discarded.summary)", culprit: culprit)
        }
        guard offers.contains(where: { !$0.isProxy }) else {
            return judge.fails(.noLease, "does not boot: no DHCP server offers an address")
        }
        return judge.fails(.noBootInformation, "does not boot: nobody offers this firmware a boot")
    }
}

extension EDK2Model {
    private func leaseFile(_ offer: ObservedOffer, _ judge: inout Judge) -> FirmwareRun {
        let lease = judge.hearing.leaseAcknowledgement ?? offer
        let prediction = judge.download(
            lease.fileByOption ?? offer.fileByOption, from: lease.nextServerOrIdentifier, toldBy: offer.server,
            ours: .leaseNamesUs, theirs: .leaseFileOnly, how: "as the DHCP server's own reply says")
        return FirmwareRun(prediction, lease: lease)
    }

    /// An OFFER with PXE options: file at once, or menu and discovery.
    private func pxe10(_ offer: ObservedOffer, lease: ObservedOffer, _ judge: inout Judge) -> FirmwareRun {
        let acknowledged = judge.hearing.leaseAcknowledgement ?? lease
        let knowsBit3 = generation != .before2013
        if !knowsBit3, offer.vendor.saysUseFile { judge.say("43.6 bit 3 is not known to this generation") }
        if knowsBit3, offer.vendor.saysUseFile, let file = offer.fileByOption {
            // PxeBcBoot.c: with bit 3 the first address of 43.8, if any, replaces siaddr.
            let server = offer.vendor.firstServer ?? offer.nextServerOrIdentifier
            judge.say("43.6 bit 3 and a file: taken without prompt or menu")
            let prediction = judge.download(
                file, from: server, toldBy: offer.server, ours: .ourOffer, theirs: otherCode(offer),
                how: "as the offer of \(judge.named(offer.server)) says", isContested: true)
            return FirmwareRun(prediction, lease: acknowledged, proxy: offer)
        }
        guard offer.vendor.hasMenu, offer.vendor.firstItem != 0 else {
            judge.say("no menu and no file to take: boot type 0, which is \"aborted\"")
            return FirmwareRun(
                judge.fails(
                    .bootAborted,
                    "does not boot: takes the offer of \(judge.named(offer.server)) for \"boot from disk\"",
                    culprit: offer.server), lease: acknowledged)
        }
        let outcome = judge.discovery(offer, theirs: otherCode(offer), keepsListedServer: true)
        return FirmwareRun(outcome.prediction, lease: acknowledged, proxy: outcome.answer ?? offer)
    }

    /// OFFERs without PXE options: port 4011 of each in turn, ten seconds for a silent one.
    private func binl(_ offers: [ObservedOffer], lease: ObservedOffer, _ judge: inout Judge) -> FirmwareRun {
        let acknowledged = judge.hearing.leaseAcknowledgement ?? lease
        var failure: Prediction?
        for offer in offers {
            let target = offer.nextServerOrIdentifier
            let road = offer.nextServer.isAny ? "option 54" : "siaddr"
            judge.say("asks port 4011 of \(judge.named(target)), the \(road) of \(judge.named(offer.server))'s offer")
            switch judge.bootService(of: target, isUsable: { $0.fileByOption != nil || $0.vendor.isPXE10 }) {
            case .answered(let answer):
                return FirmwareRun(
                    follow(answer, from: target, after: offer, &judge), lease: acknowledged, proxy: answer)
            case .unheard:
                if !offer.isProxy, !judge.isKnownBootServer(target) {
                    return FirmwareRun(deadEnd(offer, target, judge), lease: acknowledged)
                }
                let told = offer.isProxy ? offer.fileByOption : nil
                let prediction = judge.boots(
                    told, from: target, toldBy: target, ours: offer.isProxy ? .ourBootService : .leaseNamesUs,
                    theirs: otherCode(offer), how: "as port 4011 of \(judge.named(target)) will say")
                return FirmwareRun(judge.contested(prediction), lease: acknowledged, asked: target)
            case .silent:
                judge.say("no answer in 1 + 2 + 3 + 4 seconds")
                failure = judge.fails(
                    offer.isProxy ? .bootServiceSilent : .leaseIsBootServer,
                    "does not boot: asks port 4011 of \(judge.named(target)) and nobody answers", culprit: target)
            case .unusable:
                judge.say("the answer names no file")
                failure = judge.fails(
                    .bootServiceUnusable, "does not boot: port 4011 of \(judge.named(target)) names no file",
                    culprit: target)
            }
        }
        return FirmwareRun(failure ?? judge.fails(.noBootInformation, "does not boot"), lease: acknowledged)
    }

    private func follow(
        _ answer: ObservedOffer, from target: IPv4Address, after offer: ObservedOffer, _ judge: inout Judge
    ) -> Prediction {
        if answer.vendor.isPXE10, answer.isProxy, !answer.vendor.saysUseFile, answer.vendor.hasMenu {
            return judge.discovery(answer, theirs: otherCode(offer), keepsListedServer: true).prediction
        }
        judge.say("port 4011 of \(judge.named(target)) says \(answer.fileByOption ?? "nothing")")
        return judge.download(
            answer.fileByOption, from: answer.nextServerOrIdentifier, toldBy: target,
            ours: offer.isProxy ? .ourBootService : .leaseNamesUs, theirs: otherCode(offer),
            how: "as port 4011 of \(judge.named(target)) says", isContested: offer.isProxy)
    }

    private func deadEnd(_ offer: ObservedOffer, _ target: IPv4Address, _ judge: Judge) -> Prediction {
        judge.fails(
            .leaseIsBootServer,
            """
            does not boot: the lease of \(offer.server) says PXEClient, so it asks port 4011 of \(target), where \
            nothing shows a boot server
            """, culprit: offer.server)
    }

    private func otherCode(_ offer: ObservedOffer) -> PredictionCode {
        offer.isProxy ? .otherProxy : .leaseIsBootServer
    }
}
