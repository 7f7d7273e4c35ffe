import Exchange

/// What the engines' counters are called outside.
enum CounterNames {
    typealias Name = (counter: Counter, name: String, help: String)

    /// All of them, as they are now.
    ///
    /// - Parameter value: of a counter.
    static func families(_ value: (Counter) -> Int) -> [MetricFamily] {
        all.map { MetricFamily(.counter, "pilotfish_\($0.name)_total", $0.help, Double(value($0.counter))) }
    }

    static let all = dhcp + decisions + tftp + http + mirrors

    private static let dhcp: [Name] = [
        (.dhcpReceived, "dhcp_received", "Packets that came to the ports of DHCP, whosever they were."),
        (.dhcpIgnored, "dhcp_ignored", "DHCP messages that are not about a boot, or meant for another server."),
        (.dhcpMalformed, "dhcp_malformed", "Packets on the ports of DHCP that are no DHCP messages."),
        (.dhcpAnswered, "dhcp_answered", "DHCP messages of boot clients that were answered."),
        (.dhcpRefused, "dhcp_refused", "DHCP messages of boot clients that got no answer."),
        (.dhcpSendFailed, "dhcp_send_failures", "Answers of DHCP that the kernel did not send."),
    ]

    private static let decisions: [Name] = [
        (.webhookAsked, "webhook_questions", "Questions to endpoints that decide about machines."),
        (.webhookFailed, "webhook_failures", "Questions to endpoints that led to no decision."),
        (.webhookCrowded, "webhook_crowded", "Questions that were not asked, for too many were under way."),
        (.hooksTold, "hooks_told", "Events that hooks were told."),
        (.hooksFailed, "hooks_failed", "Events that hooks were told in vain."),
        (.hooksDropped, "hooks_dropped", "Events that hooks were never told, for too much waited."),
    ]

    private static let tftp: [Name] = [
        (.tftpRequests, "tftp_requests", "Requests for files by TFTP, repeated ones too."),
        (.tftpMalformed, "tftp_malformed", "Packets on the port of TFTP that are no requests."),
        (.tftpIgnored, "tftp_ignored", "Requests by TFTP that got silence, for there were too many of them."),
        (.tftpStrayPackets, "tftp_stray_packets", "Packets of TFTP that belong to no transfer."),
        (.tftpRefused, "tftp_refused", "Requests by TFTP that got an error."),
        (.tftpStarted, "tftp_transfers_started", "Transfers by TFTP that began."),
        (.tftpCompleted, "tftp_transfers_completed", "Transfers by TFTP that the client acknowledged to their end."),
        (.tftpProbes, "tftp_size_probes", "Transfers by TFTP whose client wanted to know the size only."),
        (.tftpFailed, "tftp_transfers_failed", "Transfers by TFTP that ended before their end."),
        (.tftpBytes, "tftp_bytes", "Octets that clients acknowledged, of transfers by TFTP that have ended."),
        (
            .tftpRetransmitted, "tftp_retransmitted_blocks",
            "Blocks that were sent more than once, of transfers by TFTP that have ended."
        ),
        (
            .tftpOffloadWithdrawn, "tftp_offload_withdrawn",
            "Blocks went out one by one from here on, for a network card spoils those that it is to cut itself."
        ),
        (.tftpDiskWaits, "tftp_disk_waits", "Waits of a TFTP thread for a disk, for the kernel had taken pages back."),
    ]

    private static let http: [Name] = [
        (.httpRequests, "http_requests", "Requests by HTTP."),
        (.httpBytes, "http_bytes", "Octets of the bodies of responses by HTTP."),
        (.httpFailed, "http_failed", "Responses by HTTP that say that we failed, or that did not come to their end."),
        (.httpTurnedAway, "http_turned_away", "Connections refused because their address had too many."),
        (.httpCrowdedOut, "http_crowded_out", "Connections that rested and were closed for new ones."),
        (.httpQueued, "http_queued", "Times that the doors were shut because all connections were at work."),
        (.httpSlowRequests, "http_slow_requests", "Connections closed because a request took too long to arrive."),
        (.httpSilent, "http_silent", "Connections closed because no request came."),
        (.httpSlowReaders, "http_slow_readers", "Connections closed because a response was not taken."),
    ]

    private static let mirrors: [Name] = [
        (.mirrorFetched, "mirror_files_fetched", "Files that were fetched from upstream servers."),
        (.mirrorBytes, "mirror_fetched_bytes", "Octets of those files."),
        (.mirrorFailed, "mirror_failed", "Files that could not be had from upstream servers."),
        (.mirrorConfirmed, "mirror_confirmed", "Times that upstream said that ours is still the same."),
        (.mirrorStale, "mirror_stale", "Times that upstream could not be asked, and ours was served unasked."),
    ]
}
