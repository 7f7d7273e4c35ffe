import Wire

extension Judge {
    /// What comes of a choice of EDK2's when it has written over the end mark of the lease it chose: DhcpChooseOffer
    /// (Dhcp4Impl.c) finds the message invalid and takes the last OFFER in its place.
    ///
    /// - Parameters:
    ///   - lease: the plain OFFER chosen, if it is one.
    ///   - last: the last OFFER that came in time.
    mutating func afterLostEnd(_ choice: Prediction, lease: ObservedOffer?, last: ObservedOffer?) -> Prediction {
        guard let lease, lease.losesEndMark, choice.verdict != .none else { return choice }
        say("the NUL behind option 67 of \(lease.server) goes over its end mark: the last OFFER takes its place")
        if last?.isProxy == true {
            return fails(
                .leaseLosesEnd,
                "does not boot: option 67 of \(named(lease.server)) has no NUL, and the last offer gives no address",
                culprit: lease.server)
        }
        var contested = choice
        contested.trace = trace
        contested.code = .contested
        contested.reason += "; if its offer came before ours, it would not boot"
        contested.remedy = PredictionCode.leaseLosesEnd.remedy(for: lease.server)
        return contested
    }
}
