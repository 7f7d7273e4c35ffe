package import Wire

/// What the DHCP messages of one boot showed of a machine, beside its card. Times are milliseconds since 1970.
package struct BootSighting: Hashable, Sendable {
    /// Option 97 as it came; nil when no message had it.
    package var machine: MachineUUID?
    package var architecture: ClientArchitecture?
    /// How far the boot was at the latest message.
    package var stage: BootStage
    /// When the first message was heard.
    package private(set) var since: Int64
    /// When the latest was.
    package private(set) var last: Int64

    /// ROMs repeat the DISCOVER of one boot after 4, 8, 16 and 32 seconds, so never more than a minute later.
    package static let longestPause: Int64 = 60_000

    /// - Parameters:
    ///   - since: when the first message was heard.
    ///   - last: when the latest was; never before the first.
    package init(
        machine: MachineUUID?, architecture: ClientArchitecture? = nil, stage: BootStage = .firmware, since: Int64,
        last: Int64
    ) {
        self.machine = machine
        self.architecture = architecture
        self.stage = stage
        self.since = since
        self.last = max(since, last)
    }

    /// What one message shows.
    package init(_ facts: ClientFacts, at time: Int64) {
        self.init(
            machine: facts.machine, architecture: facts.architecture, stage: facts.stage, since: time, last: time)
    }

    /// The same of a message that was told as an event.
    package init(_ client: BootClient, at time: Int64) {
        self.init(
            machine: client.machine, architecture: client.architecture, stage: client.stage, since: time, last: time)
    }

    /// What is known behind one more message of the same card: more of this boot, or the next boot.
    package func followed(by message: BootSighting) -> BootSighting {
        let isNear = message.since >= since && message.since - last <= Self.longestPause
        let isSameMachine = machine == nil || message.machine == nil || machine == message.machine
        guard isNear, isSameMachine else { return message }
        return BootSighting(
            machine: message.machine ?? machine, architecture: message.architecture ?? architecture,
            stage: message.stage, since: since, last: max(last, message.last))
    }
}
