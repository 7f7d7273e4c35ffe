/// Why a TFTP transfer that had begun did not come to its end, where that is trouble and not the way of loaders.
package enum TransferFailure: Sendable, Hashable, CaseIterable {
    case refusedByClient
    case clientSilent
    case clientGone
    case fileShrank

    /// `PF-T…`, behind those of `TransferRefusal`; never given a second meaning.
    package var code: String {
        switch self {
        case .refusedByClient: "PF-T020"
        case .clientSilent: "PF-T021"
        case .clientGone: "PF-T022"
        case .fileShrank: "PF-T023"
        }
    }

    package var summary: String {
        switch self {
        case .refusedByClient: "The client broke the transfer off"
        case .clientSilent: "The client fell silent"
        case .clientGone: "The client is not listening"
        case .fileShrank: "The file got shorter"
        }
    }

    /// What it means and what to do, for `pilotfish explain`.
    package var explanation: String {
        switch self {
        case .refusedByClient:
            """
            The client sent a TFTP error in the middle of a file: most often it has no memory left for it, or somebody pressed \
            a key. Look at its screen, and at the size of the file.
            """
        case .clientSilent:
            """
            Blocks were sent again and again and nothing came back. The machine was switched off, its cable or its switch port \
            went away, or a firewall lets our blocks or its acknowledgements not pass: transfers run from ports of the range \
            tftp.ports.
            """
        case .clientGone:
            """
            The client's own network stack, or a router, says that nobody listens at the port that it asked from. It started \
            anew, or gave up; if it happens to all machines of a network, look at the router between.
            """
        case .fileShrank:
            """
            The file was written over while it was sent, and its client has half of each. Put a new file beside the old one, and \
            rename it over that: transfers under way keep the old one.
            """
        }
    }
}

extension TransferEnding.Outcome {
    /// Nil for an end that is none of an operator's trouble.
    package var failure: TransferFailure? {
        switch self {
        case .refusedByClient: .refusedByClient
        case .timedOut: .clientSilent
        case .unreachable: .clientGone
        case .fileChanged: .fileShrank
        case .completed, .sizeProbe, .superseded, .crowdedOut, .readFailed, .serviceStopped: nil
        }
    }
}
