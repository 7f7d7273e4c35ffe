import Wire

/// A PXE 2.1 ROM (Intel's specification §2.2), which most BIOS machines have.
///
/// The order among several boot servers is not specified; here the first complete OFFER counts, then the first.
enum ROMModel {
    /// If the first OFFERs lack class PXEClient it asks again after 4 and 8 seconds (PXE 2.1 §2.2.3).
    private static let patience = TimeSpan.seconds(12)

    static func run(_ judge: inout Judge) -> FirmwareRun {
        let asked = judge.hearing.asked
        let offers = judge.hearing.offers.filter { $0.arrival - asked <= patience }
        for offer in offers { judge.say(judge.line(offer)) }
        guard let lease = offers.first(where: { !$0.isProxy }) else {
            return FirmwareRun(judge.fails(.noLease, "does not boot: no DHCP server offers an address (PXE-E52)"))
        }
        let acknowledged = judge.hearing.leaseAcknowledgement ?? lease
        let boots = offers.filter { $0.clientClass == .pxe }
        guard let chosen = boots.first(where: isComplete) ?? boots.first else {
            return leaseOnly(acknowledged, &judge)
        }
        let why = isComplete(chosen) ? "the first PXEClient offer that is complete" : "the first PXEClient offer"
        judge.say("follows \(judge.named(chosen.server)): \(why)")
        return follow(chosen, acknowledged, &judge)
    }

    /// Needs no port 4011: a file with its server, or a menu.
    private static func isComplete(_ offer: ObservedOffer) -> Bool {
        (!offer.nextServer.isAny && offer.fileByHeader != nil) || offer.vendor.hasMenu
    }

    private static func leaseOnly(_ lease: ObservedOffer, _ judge: inout Judge) -> FirmwareRun {
        guard let file = lease.fileByHeader else {
            return FirmwareRun(
                judge.fails(.noBootInformation, "does not boot: nobody names a file (PXE-E53)"), lease: lease)
        }
        let prediction = judge.download(
            file, from: lease.nextServer, toldBy: lease.server, ours: .leaseNamesUs, theirs: .leaseFileOnly,
            how: "as the DHCP server's own reply says")
        return FirmwareRun(prediction, lease: lease)
    }

    private static func follow(
        _ chosen: ObservedOffer, _ lease: ObservedOffer, _ judge: inout Judge
    ) -> FirmwareRun {
        let theirs: PredictionCode = chosen.isProxy ? .otherProxy : .leaseIsBootServer
        let hasFile = chosen.fileByHeader != nil && !chosen.nextServer.isAny
        if chosen.vendor.hasMenu, !(chosen.vendor.saysUseFile && hasFile) {
            if chosen.vendor.firstItem == 0 {
                return FirmwareRun(
                    judge.fails(
                        .bootAborted, "does not boot: the first item of the menu is the disk", culprit: chosen.server),
                    lease: lease)
            }
            let outcome = judge.discovery(chosen, theirs: theirs, keepsListedServer: false)
            return FirmwareRun(outcome.prediction, lease: lease, proxy: outcome.answer ?? chosen)
        }
        if hasFile {
            let prediction = judge.download(
                chosen.fileByHeader, from: chosen.nextServer, toldBy: chosen.server,
                ours: chosen.isProxy ? .ourOffer : .leaseNamesUs, theirs: theirs,
                how: "as the offer of \(judge.named(chosen.server)) says", isContested: true)
            return FirmwareRun(prediction, lease: lease, proxy: chosen)
        }
        return bootService(chosen, lease, theirs, &judge)
    }

    private static func bootService(
        _ chosen: ObservedOffer, _ lease: ObservedOffer, _ theirs: PredictionCode, _ judge: inout Judge
    ) -> FirmwareRun {
        let target = chosen.server
        judge.say("the offer lacks next-server and file: asks port 4011 of \(judge.named(target))")
        switch judge.bootService(of: target, isUsable: { $0.fileByHeader != nil }) {
        case .answered(let answer):
            let prediction = judge.download(
                answer.fileByHeader, from: answer.nextServer, toldBy: target, ours: .ourBootService, theirs: theirs,
                how: "as port 4011 of \(judge.named(target)) says", isContested: true)
            return FirmwareRun(prediction, lease: lease, proxy: answer)
        case .unheard where chosen.isProxy || judge.isKnownBootServer(target):
            let prediction = judge.boots(
                chosen.fileByHeader, from: target, toldBy: target, ours: .ourBootService, theirs: theirs,
                how: "as port 4011 of \(judge.named(target)) will say")
            return FirmwareRun(judge.contested(prediction), lease: lease, asked: target)
        case .unheard, .silent, .unusable:
            let code: PredictionCode = chosen.isProxy ? .bootServiceSilent : .leaseIsBootServer
            return FirmwareRun(
                judge.fails(
                    code, "does not boot: port 4011 of \(judge.named(target)) is of no use (PXE-E55)", culprit: target),
                lease: lease)
        }
    }
}
