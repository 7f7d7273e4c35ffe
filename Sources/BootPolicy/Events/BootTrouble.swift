package import Wire

/// A request that this host's card brought and no socket of the service did: a firewall of this host keeps it.
package struct UnheardRequest: Equatable, Sendable {
    package var client: IPv4Address
    /// The UDP port that it was for: 69 or 4011.
    package var port: UInt16
    /// The index of the interface that it came in by.
    package var interface: Int32

    package init(client: IPv4Address, port: UInt16, interface: Int32) {
        self.client = client
        self.port = port
        self.interface = interface
    }
}

/// What keeps one machine from booting.
package struct StuckBoot: Equatable, Sendable {
    /// The boot's number.
    package var id: Int64
    package var hardware: ClientHardware
    /// How far it came: a word of `BootStep`.
    package var stage: String
    /// `PF-V…`, or the code of what it got instead of an answer.
    package var code: String
    /// A sentence.
    package var cause: String
    /// A command, or what to do.
    package var fix: String

    package init(id: Int64, hardware: ClientHardware, stage: String, code: String, cause: String, fix: String) {
        self.id = id
        self.hardware = hardware
        self.stage = stage
        self.code = code
        self.cause = cause
        self.fix = fix
    }
}
