package import Wire

/// Who asks for a file, as far as that is known.
package struct Requester: Hashable, Sendable {
    package var address: IPAddress
    /// The hardware address that the machine had when it was given its address; nil when nobody heard that, which is so for
    /// every IPv6 address.
    package var hardware: MACAddress?
    /// What the latest boot of that card showed, where it was heard.
    package var boot: BootSighting?
    /// What was decided when the machine was last answered.
    package var order: BootOrder
    /// What it gave as a password, by HTTP (RFC 7617).
    package var password: String?
    /// The install that speaks for the machine, or that the path names.
    package var enrolment: Enrolment?

    package init(address: IPAddress, hardware: MACAddress? = nil, order: BootOrder = .usual) {
        self.address = address
        self.hardware = hardware
        self.order = order
    }

    /// Who asks, when the path says which machine it is; nil when the machine of this address was heard to be another.
    func named(by hardware: MACAddress?) -> Requester? {
        guard let hardware else { return self }
        guard self.hardware == nil || self.hardware == hardware else { return nil }
        var requester = self
        requester.hardware = hardware
        return requester
    }
}
