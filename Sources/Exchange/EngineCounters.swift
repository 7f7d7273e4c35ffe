import Synchronization

/// What is counted rather than told: it happens too often, or an enemy could make it happen.
package enum Counter: Int, Sendable, CaseIterable {
    case dhcpReceived
    case dhcpIgnored
    case dhcpMalformed
    case dhcpAnswered
    case dhcpRefused
    case dhcpSendFailed
    case webhookAsked
    case webhookFailed
    /// Questions that were not asked, for too many were under way.
    case webhookCrowded
    /// Hooks that were told, or in vain, and what they were never told, for too much waited.
    case hooksTold
    case hooksFailed
    case hooksDropped
    case tftpRequests
    case tftpMalformed
    case tftpIgnored
    case tftpStrayPackets
    case tftpRefused
    case tftpStarted
    case tftpCompleted
    case tftpProbes
    case tftpFailed
    case tftpBytes
    case tftpRetransmitted
    case tftpOffloadWithdrawn
    /// How often a worker had to wait for a disk, for the kernel had taken pages back.
    case tftpDiskWaits
    case httpRequests
    case httpBytes
    case httpFailed
    /// Connections refused because their address had too many.
    case httpTurnedAway
    /// Connections that rested and were closed for new ones.
    case httpCrowdedOut
    /// How often the doors were shut because all connections were at work.
    case httpQueued
    /// Connections closed because a request took too long to arrive, nothing came, or a response was not taken.
    case httpSlowRequests
    case httpSilent
    case httpSlowReaders
    /// Files fetched from upstream servers, their octets, and what could not be had.
    case mirrorFetched
    case mirrorBytes
    case mirrorFailed
    /// How often upstream said that ours is still the same, and could not be asked.
    case mirrorConfirmed
    case mirrorStale
}

/// One number for each `Counter`, added to by any thread.
package final class EngineCounters: Sendable {
    private final class Cell: Sendable {
        let value = Atomic<Int>(0)
    }

    private let cells = Counter.allCases.map { _ in Cell() }

    package init() {}

    package func add(_ counter: Counter, _ amount: Int = 1) {
        cell(counter).value.wrappingAdd(amount, ordering: .relaxed)
    }

    package subscript(counter: Counter) -> Int {
        cell(counter).value.load(ordering: .relaxed)
    }

    private func cell(_ counter: Counter) -> Cell {
        cells[counter.rawValue]
    }
}
