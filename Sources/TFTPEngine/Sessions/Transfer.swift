import BootPolicy
import Exchange
import LinuxIO
import Transfers
import Wire

/// One running transfer: the protocol's state beside what the engine needs to carry it out.
struct Transfer {
    var session: TFTPSession
    let client: IPEndpoint
    /// The socket of the pool that it runs from.
    let socket: Int
    /// The address of ours that it leaves from; nil when the socket is bound to one.
    let origin: SendBatch.Origin?
    let content: Content
    /// The file in the content table; nil for octets made for this transfer.
    let identity: FileIdentity?
    let negotiated: Negotiated
    /// What was asked; the same once more means that our first answer was lost.
    let request: ReadRequest
    let name: String
    /// The install that it belongs to.
    let install: InstallFetch?
    /// The file framed for this block size, once somebody has made that.
    var image: FramedImage?
    let started: Instant
    /// Octets of the first answer, which is all that goes out until the client is heard.
    let firstAnswer: Int
    /// How many of it are paid for by requests, and what was lent for that; see `UnprovenBudget`.
    var paidAnswers = 1
    var loan: UnprovenLoan
    /// Blocks that the session's timer would have repeated and that were not lent for.
    var withheld: Int64 = 0
    /// Whether the kernel may cut super-packets on the way to this client.
    var offload = OffloadTrust()
    /// Where its latest message ends in its socket's `HomeQueue`.
    var latestEnd = 0
    /// Whether the client has answered anything, so that its address is no forged one.
    var isProved = false
    /// Whether the client has acknowledged anything, and the operator has read of it; a mere size probe is not worth a
    /// line.
    var isTold = false

    var facts: TransferFacts {
        TransferFacts(
            client: client, name: name, size: content.size, blockSize: negotiated.blockSize,
            windowSize: negotiated.windowSize)
    }

    /// The octets of the block that is to be sent next, as if the file went on for ever.
    var nextOctets: Range<Int64> {
        let size = Int64(negotiated.blockSize)
        let end = session.nextBlock * size
        return end - size..<end
    }

    func progress(_ now: Instant) -> TransferProgress {
        let statistics = session.statistics
        return TransferProgress(
            facts: facts, install: install?.token, bytes: statistics.bytesAcknowledged,
            retransmitted: statistics.blocksRetransmitted - withheld,
            age: now - started, silence: now - session.lastProgress)
    }
}

/// What an install fetches, as it was when it asked. Few transfers have one, and those that have none stay small.
final class InstallFetch: Sendable {
    let path: RequestPath
    let requester: Requester

    /// - Parameter path: nil for a name that is none.
    /// - Returns: nil when no install speaks for who asks.
    init?(_ path: RequestPath?, by requester: Requester) {
        guard let path, requester.enrolment != nil else { return nil }
        self.path = path
        self.requester = requester
    }

    var token: InstallToken? { requester.enrolment?.token }
}

/// All transfers of one worker, each in a numbered slot, found by its client's endpoint.
struct TransferTable: ~Copyable {
    private let slots: UnsafeMutablePointer<Transfer>
    private var isUsed: [Bool]
    private var free: [Int32]
    private var index: ClientIndex

    init(capacity: Int, seed: UInt64) {
        slots = .allocate(capacity: capacity)
        isUsed = [Bool](repeating: false, count: capacity)
        free = (0..<Int32(capacity)).reversed()
        index = ClientIndex(capacity: capacity, seed: seed)
    }

    deinit {
        for id in ids { slots.advanced(by: id).deinitialize(count: 1) }
        slots.deallocate()
    }

    /// The slot of the client's transfer, if it has one.
    subscript(client: IPEndpoint) -> Int? { index.find(client) { slots[$0].client == client } }

    /// Has the processor fetch the transfer of a client that will be heard next. With thousands of them none is in its
    /// cache any more, and to wait for many at once takes no longer than for one.
    ///
    /// - Returns: its slot, most likely.
    func prefetch(_ client: IPEndpoint) -> Int? {
        guard let id = index.guess(client) else { return nil }
        Prefetch.octets(MemoryLayout<Transfer>.size, at: slots.advanced(by: id))
        return id
    }

    /// The transfer in a slot, in place; a programmer's error for a free one.
    subscript(id: Int) -> Transfer {
        _read {
            precondition(isUsed[id], "no transfer in this slot")
            yield slots[id]
        }
        nonmutating _modify {
            precondition(isUsed[id], "no transfer in this slot")
            yield &slots[id]
        }
    }

    func contains(_ id: Int) -> Bool { isUsed[id] }

    var isFull: Bool { free.isEmpty }

    var isEmpty: Bool { count == 0 }

    var count: Int { isUsed.count - free.count }

    /// Puts a transfer into a free slot; the table must not be full.
    mutating func insert(_ transfer: Transfer) -> Int {
        let id = Int(free.removeLast())
        index.insert(transfer.client, id)
        slots.advanced(by: id).initialize(to: transfer)
        isUsed[id] = true
        return id
    }

    /// Takes a transfer out of its slot.
    mutating func remove(_ id: Int) -> Transfer {
        precondition(isUsed[id], "no transfer in this slot")
        let transfer = slots.advanced(by: id).move()
        isUsed[id] = false
        index.remove(transfer.client, id)
        free.append(Int32(id))
        return transfer
    }

    /// The numbers of all slots in use.
    var ids: [Int] { isUsed.indices.filter { isUsed[$0] } }
}
