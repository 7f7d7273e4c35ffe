import Wire

/// The ends of a boot that several firmwares share.
extension Judge {
    /// Fetches a file by TFTP: firmware that knows no URLs and needs a server.
    ///
    /// - Parameter isContested: whether another proxy could have been chosen in the teller's place.
    func download(
        _ file: String?, from server: IPv4Address, toldBy teller: IPv4Address, ours: PredictionCode,
        theirs: PredictionCode, how: String, isContested: Bool = false
    ) -> Prediction {
        guard let file else {
            return fails(.bootServiceUnusable, "does not boot: \(named(teller)) names no file", culprit: teller)
        }
        if BootURL.isAbsolute(file) {
            return fails(
                .urlForTFTP, "does not boot: takes the URL \(file) of \(named(teller)) for a file's name",
                culprit: teller)
        }
        guard !server.isAny else {
            return fails(.noNextServer, "does not boot: \(named(teller)) names \(file) and no server", culprit: teller)
        }
        let prediction = boots(file, from: server, toldBy: teller, ours: ours, theirs: theirs, how: how)
        return isContested ? contested(prediction) : prediction
    }

    /// Says so when ours was chosen among several that compete for the same clients.
    func contested(_ prediction: Prediction) -> Prediction {
        let rivals = hearing.offers.filter { $0.isProxy && $0.clientClass == .pxe && !isOurs($0.server) }
        guard prediction.verdict == .ours, let rival = rivals.first else { return prediction }
        var warned = prediction
        warned.code = .contested
        warned.reason += "; \(rival.server) offers boots too, and which answer comes first decides"
        warned.remedy = PredictionCode.contested.remedy(for: rival.server)
        return warned
    }

    /// Boot server discovery for the first item of a menu (PXE 2.1 §2.2.1, option 43.6 to 43.8).
    ///
    /// - Parameter keepsListedServer: EDK2 fetches from the address in 43.8, whatever the ACK's siaddr says.
    mutating func discovery(
        _ offer: ObservedOffer, theirs: PredictionCode, keepsListedServer: Bool
    ) -> (prediction: Prediction, answer: ObservedOffer?) {
        let vendor = offer.vendor
        let type = vendor.firstItem ?? 0
        let listed = vendor.server(ofType: type)
        say("a menu of \(vendor.menuLength) \(vendor.menuLength == 1 ? "item" : "items"), the first of type \(type)")
        if vendor.hasServerList, listed == nil {
            say("43.8 lists no server of that type")
            return (discoveryFails(offer), nil)
        }
        if keepsListedServer, vendor.allowsMulticast, vendor.multicastGroup == nil {
            say("43.6 allows multicast and 43.7 names no group: asks 0.0.0.0")
            return (discoveryFails(offer), nil)
        }
        let isUnicast = !(vendor.allowsMulticast && vendor.multicastGroup != nil) && !vendor.allowsBroadcast
        guard !isUnicast || listed != nil else {
            say("neither multicast nor broadcast is allowed, and no server is listed")
            return (discoveryFails(offer), nil)
        }
        let target = listed ?? offer.server
        say(isUnicast ? "asks port 4011 of \(named(target)) for type \(type)" : "asks everybody for type \(type)")
        let service = bootService(of: target) {
            $0.fileByHeader != nil && ($0.vendor.bootItem?.type ?? type) == type
        }
        switch service {
        case .answered(let answer):
            let server = keepsListedServer && isUnicast ? target : answer.nextServerOrIdentifier
            let prediction = download(
                answer.fileByHeader, from: server, toldBy: answer.server, ours: .ourMenu, theirs: theirs,
                how: "the first item in the menu of \(named(offer.server))", isContested: true)
            return (prediction, answer)
        case .unheard:
            let prediction = boots(
                nil, from: target, toldBy: offer.server, ours: .ourMenu, theirs: theirs,
                how: "the first item in the menu of \(named(offer.server))")
            return (contested(prediction), nil)
        case .silent, .unusable:
            say("no answer with a file")
            return (discoveryFails(offer), nil)
        }
    }

    private func discoveryFails(_ offer: ObservedOffer) -> Prediction {
        fails(.discoveryFails, "does not boot: the menu of \(named(offer.server)) leads nowhere", culprit: offer.server)
    }
}
