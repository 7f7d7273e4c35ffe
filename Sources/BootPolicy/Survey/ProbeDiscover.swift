package import Wire

/// The DISCOVER of each kind of client, for a probe that plays it and never asks for a lease.
package enum ProbeDiscover {
    /// Kinds that send a DISCOVER of their own; loaders live on what their firmware heard.
    package static let usual: [FirmwareModel] = [
        .biosROM, .edk2, .edk2ARM64, .edk2HTTP, .ipxeBIOS, .ipxeUEFI, .raspberryPi,
    ]

    /// Writes the DHCP message.
    ///
    /// - Parameters:
    ///   - hardware: the address that the probe goes by.
    ///   - transaction: `xid`.
    package static func write(
        _ kind: FirmwareModel, hardware: MACAddress, transaction: UInt32, into writer: inout ByteWriter
    ) {
        ClientRequest(
            kind, .discover, hardware: hardware, machine: machine(kind, hardware), transaction: transaction
        ).write(into: &writer)
    }

    /// "pfpr": how option 97 of a probe begins. It is no machine that could learn what works.
    static let mark: UInt32 = 0x7066_7072

    /// Option 97: made of the hardware address, so that a machine seen twice is one; a Pi's begins with its own mark.
    private static func machine(_ kind: FirmwareModel, _ hardware: MACAddress) -> MachineUUID {
        let mark: UInt32 = kind == .raspberryPi ? RaspberryPi.mark : self.mark
        return MachineUUID(high: UInt64(mark) << 32 | 0x4000, low: 0x8000 << 48 | hardware.value)
    }
}
