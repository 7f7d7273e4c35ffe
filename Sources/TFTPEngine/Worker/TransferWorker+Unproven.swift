import BootPolicy
import Exchange
import Transfers
import Wire

/// What is sent to those whom nobody has heard acknowledge anything; see `UnprovenBudget`.
extension TransferWorker {
    /// Whether a request may be refused in so many octets. If not, it counts as ignored.
    mutating func mayRefuse(_ visit: Visit, octets: Int, _ now: Instant) -> Bool {
        let surplus = octets - visit.octets
        if surplus <= 0 || sources.spendTrust(of: visit.client.address) || unproven.take(surplus, now: now) {
            return true
        }
        ignore(now)
        return false
    }

    /// What the first answer of a transfer, of so many octets, is lent beyond what its request pays for.
    ///
    /// - Returns: nil when the answer must not be sent; then the request counts as ignored.
    mutating func lend(_ visit: Visit, octets: Int, _ now: Instant) -> UnprovenLoan? {
        let surplus = octets - visit.octets
        if surplus <= 0 || sources.spendTrust(of: visit.client.address) { return UnprovenLoan() }
        guard sources.mayBorrow(visit.client.address, now: now), unproven.take(surplus, now: now) else {
            ignore(now)
            return nil
        }
        sources.borrowed(visit.client.address, now: now)
        return UnprovenLoan(octets: Int32(clamping: surplus), answers: 1)
    }

    /// Whether the first answer of a transfer may go out, for its client is heard, its request has paid for it, or the
    /// session's timer may repeat it.
    mutating func maySend(_ id: Int, _ now: Instant) -> Bool {
        if transfers[id].session.isHeard { return true }
        if transfers[id].paidAnswers > 0 {
            transfers[id].paidAnswers -= 1
            return true
        }
        let address = transfers[id].client.address
        if sources.spendTrust(of: address) { return true }
        let octets = transfers[id].firstAnswer + UnprovenBudget.headers
        guard sources.mayBorrow(address, now: now), unproven.takeUnasked(octets, now: now) else { return false }
        sources.borrowed(address, now: now)
        transfers[id].loan.add(UnprovenLoan(octets: Int32(clamping: octets), answers: 1))
        return true
    }

    /// The same request again pays for the same answer, as the first one did.
    ///
    /// - Returns: whether it may be given; if not, the request counts as ignored.
    mutating func payAgain(_ id: Int, _ visit: Visit, _ now: Instant) -> Bool {
        if transfers[id].paidAnswers > 0 { return true }
        guard let loan = lend(visit, octets: transfers[id].firstAnswer, now) else { return false }
        transfers[id].loan.add(loan)
        transfers[id].paidAnswers = 1
        return true
    }

    /// A client has said something that only who hears our answers knows to say: the port that its transfer runs from. It is one
    /// of a few, and none in single-port mode; who guesses it, or is on the same LAN and asks for himself, can forge that too.
    /// TFTP has nothing better.
    mutating func prove(_ id: Int) {
        guard !transfers[id].isProved else { return }
        transfers[id].isProved = true
        unproven.giveBack(Int(transfers[id].loan.octets))
        sources.proved(transfers[id].client.address, answers: transfers[id].loan.answers)
        transfers[id].loan = UnprovenLoan()
        halfOpen.remove(id)
    }

    /// Octets of what answers a request at first: the OACK, or the first block.
    mutating func firstAnswer(_ negotiated: Negotiated, size: Int64) -> Int {
        guard let options = negotiated.optionAck(size: size) else {
            return BlockHeaders.size + Int(min(Int64(negotiated.blockSize), size))
        }
        reply.clear()
        TFTPReplyWriter.optionAcknowledge(options, into: &reply)
        return reply.bytes.count
    }

    private mutating func ignore(_ now: Instant) {
        context.counters.add(.tftpIgnored)
        guard unproven.shouldTell(now) else { return }
        context.events.record(
            .notice(
                Notice(
                    .warning,
                    "TFTP: so many requests come from clients that acknowledge nothing that some get silence for a while: "
                        + "their addresses may be forged")))
    }
}
