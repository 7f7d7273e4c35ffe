package import Wire

/// Who asks for a file, as far as that is known.
package struct Requester: Hashable, Sendable {
    package var address: IPAddress
    /// The hardware address that the machine had when it was given its address; nil when nobody heard that, which is so for
    /// every IPv6 address.
    package var hardware: MACAddress?

    package init(address: IPAddress, hardware: MACAddress? = nil) {
        self.address = address
        self.hardware = hardware
    }
}
