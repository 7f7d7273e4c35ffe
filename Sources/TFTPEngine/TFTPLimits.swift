package import Exchange
package import Wire

/// How much the TFTP engine takes on.
package struct TFTPLimits: Sendable {
    /// Transfers that one worker runs at once; more get an error and try again.
    package var sessionsPerWorker = 16_384
    /// The largest `blksize` agreed to, octets; nil for what the interface's packets hold. More travels in fragments, which
    /// some ROMs cannot put together.
    package var maxBlockSize: Int?
    /// The largest `windowsize` agreed to, blocks.
    package var maxWindowSize = 64
    /// The largest file that is sent in netascii, octets: it is translated in memory.
    package var largestTranslatedFile = 1 << 20
    /// Octets of translated and generated files that one worker holds before it takes on no more.
    package var translatedOctets = 64 << 20
    /// Transfers that one worker runs to one address. Loaders fetch one file at a time; NAT may hide many machines.
    package var transfersPerSource = 1024
    /// Transfers that one worker runs to one /64 of IPv6, where a host may have as many addresses as it likes.
    var transfersPerNetwork: Int { max(sessionsPerWorker / 4 * 3, transfersPerSource) }
    /// Requests of one address that one worker answers in a second, and at once. GRUB asks for hundreds of modules.
    package var requestsPerSource = 1000
    /// Whose requests are answered; none means everybody's.
    package var clients: [IPNetwork] = []
    /// Clients whose block numbers go on with 1 behind 65,535; no RFC says, and all netboot clients but a few expect 0.
    package var rolloverToOne: [IPNetwork] = []
    /// Octets a second that the link takes; nil to believe the interface.
    package var linkOctetsPerSecond: Int?
    /// How many workers share the link.
    package var workers = 1
    /// Holds all workers together to a rate.
    package var link = LinkPace(octetsPerSecond: nil)

    package init() {}

    /// Whether requests of an address are answered.
    func serves(_ address: IPAddress) -> Bool {
        clients.isEmpty || clients.contains { $0.contains(address) }
    }

    func rollover(of address: IPAddress) -> Rollover {
        rolloverToOne.contains { $0.contains(address) } ? .toOne : .toZero
    }
}
