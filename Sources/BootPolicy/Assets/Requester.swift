package import Wire

/// Who asks for a file, as far as that is known.
package struct Requester: Hashable, Sendable {
    package var address: IPv4Address
    /// The hardware address that the machine had when it was given its address; nil when nobody heard that.
    package var hardware: MACAddress?

    package init(address: IPv4Address, hardware: MACAddress? = nil) {
        self.address = address
        self.hardware = hardware
    }
}
