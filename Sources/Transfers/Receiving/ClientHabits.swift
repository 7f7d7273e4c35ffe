package import Wire

/// How a client answers what it did not expect: the part of a client that a server has to live with.
package enum ReceivingModel: String, CaseIterable, Sendable {
    /// RFC 7440 §4: one ACK a window, one for each gap.
    case rfc
    /// UEFI's own stack: an ACK of the last good block for every block it did not expect, so W − 1 for each one lost.
    case edk2
    /// RFC 1350 as iPXE and most ROMs speak it: no window, every old block is acknowledged again.
    case lockstep
}

/// What a client asks for, and how patient it is.
package struct ClientHabits: Equatable, Sendable {
    package var model: ReceivingModel
    /// What the request says; nothing in it makes a plain request of RFC 1350.
    package var asked: TransferOptions
    /// The wait for an answer before the request or the last ACK is repeated.
    package var interval: TimeSpan
    /// The wait is doubled with each repetition, up to this.
    package var longestInterval: TimeSpan
    /// Transmissions without any answer before the client gives up.
    package var tries: UInt8

    /// The habits of a model; EDK2 waits 4 s and sends six times, without doubling.
    package init(model: ReceivingModel, asked: TransferOptions, interval: TimeSpan? = nil) {
        self.model = model
        self.asked = asked
        if model == .lockstep { self.asked.windowSize = nil }
        self.interval = interval ?? .seconds(model == .edk2 ? 4 : 1)
        longestInterval = model == .edk2 ? self.interval : max(.seconds(8), self.interval)
        tries = model == .edk2 ? 6 : 8
    }
}
