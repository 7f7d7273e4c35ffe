import BootPolicy
import Exchange
import Transfers
import Wire

/// What is sent to those whom nobody has heard acknowledge anything; see `UnprovenBudget`.
extension TransferWorker {
    /// Whether a request may have an answer of so many octets. If not, the request counts as ignored.
    mutating func mayAnswer(_ visit: Visit, octets: Int, _ now: Instant) -> Bool {
        let surplus = octets - visit.octets
        if surplus <= 0 || sources.spendTrust(of: visit.client.address) { return true }
        if unproven.take(surplus, now: now) { return true }
        withhold(now)
        return false
    }

    /// Whether the first answer of a transfer may go out, for its client is heard or it is paid for.
    mutating func maySend(_ id: Int, _ now: Instant) -> Bool {
        if transfers[id].session.isHeard { return true }
        if transfers[id].paidAnswers > 0 {
            transfers[id].paidAnswers -= 1
            return true
        }
        let octets = transfers[id].firstAnswer + UnprovenBudget.headers
        if sources.spendTrust(of: transfers[id].client.address) || unproven.take(octets, now: now) { return true }
        withhold(now)
        return false
    }

    /// The same request again: it pays for the same answer, as the first one did.
    mutating func payAgain(_ id: Int, _ visit: Visit, _ now: Instant) {
        guard transfers[id].paidAnswers == 0, mayAnswer(visit, octets: transfers[id].firstAnswer, now) else { return }
        transfers[id].paidAnswers = 1
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

    private mutating func withhold(_ now: Instant) {
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
