package import Wire

/// What a client did with a file of ours.
package struct FileProgress: Equatable, Sendable {
    package var address: IPv4Address
    /// The path that was asked for, cleaned as `RequestPath` does: firmware writes one name in several ways.
    package var file: String
    /// Sent and acknowledged whole; else it was only asked for.
    package var isComplete: Bool

    package init(address: IPv4Address, file: String, isComplete: Bool) {
        self.address = address
        self.file = file
        self.isComplete = isComplete
    }
}

extension FileProgress {
    /// What an event tells of a client and a file of ours; nil for one that tells nothing of the kind.
    package init?(_ event: BootEvent) {
        switch event {
        case .transferStarted(let transfer):
            self.init(transfer.client, transfer.name, isComplete: false)
        case .transferEnded(let transfer, let ending) where ending.outcome == .completed:
            self.init(transfer.client, transfer.name, isComplete: true)
        case .downloadEnded(let download) where download.status < 400:
            self.init(download.client, download.path, isComplete: download.isComplete && !download.isHead)
        default:
            return nil
        }
    }

    /// Nil for a client of IPv6: no lease says which machine that is.
    private init?(_ client: IPEndpoint, _ name: String, isComplete: Bool) {
        guard let client = client.ipv4 else { return nil }
        self.init(client.address, name, isComplete: isComplete)
    }

    private init(_ address: IPv4Address, _ name: String, isComplete: Bool) {
        // Events show a name as text, in which an octet behind it that is no UTF-8 (0xFF) has become U+FFFD.
        var text = name
        while text.unicodeScalars.last == "\u{FFFD}" { text.unicodeScalars.removeLast() }
        self.init(address: address, file: (try? RequestPath(text.utf8))?.text ?? text, isComplete: isComplete)
    }
}
