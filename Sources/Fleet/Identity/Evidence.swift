package import Wire

/// What one boot of a machine shows of it; only what tells machines apart is kept.
///
/// The firmware's DHCP shows card and UUID, a settings file all three, iPXE's `${uuid}` and `${serial}` the latter two.
/// They compare equal for the same machine: `MachineUUID` reads the text in SMBIOS order into the order of option 97,
/// iPXE swaps the fields of its own accord in both places, and whoever does not is forgiven by
/// `MachineUUID.eitherOrder`.
package struct Evidence: Hashable, Sendable {
    /// The card it boots from; nil without one, or when the address is nobody's (all zero, or of a group).
    package private(set) var card: MACAddress?
    /// In `eitherOrder`; nil when it shows none or one that many machines show.
    package private(set) var uuid: MachineUUID?
    /// Without blanks at its ends, in capitals; nil when it is not known or one that many machines show.
    package private(set) var serial: String?

    /// Takes what was shown, and drops what `Worthless` lists.
    package init(card: MACAddress?, uuid: MachineUUID? = nil, serial: String? = nil) {
        self.card = card.flatMap { Worthless.isWorthless($0) ? nil : $0 }
        self.uuid = uuid.flatMap { Worthless.isWorthless($0) ? nil : $0.eitherOrder }
        self.serial = serial.flatMap(Worthless.cleaned)
    }

    /// Nothing of it tells the machine from others.
    package var isEmpty: Bool { card == nil && uuid == nil && serial == nil }

    /// The same without some of its marks.
    package func without(_ marks: Marks) -> Evidence {
        var rest = self
        if marks.contains(.card) { rest.card = nil }
        if marks.contains(.uuid) { rest.uuid = nil }
        if marks.contains(.serial) { rest.serial = nil }
        return rest
    }
}

/// The kinds of marks that a machine bears.
package struct Marks: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let card = Marks(rawValue: 1)
    package static let uuid = Marks(rawValue: 2)
    package static let serial = Marks(rawValue: 4)
}

extension MachineUUID {
    /// The same UUID whichever end of its first three fields came first: of both readings the smaller.
    ///
    /// SMBIOS before 2.6 did not say which end it is, and firmware exists that sends option 97 the other way round than
    /// what iPXE sends from the same board a moment later. Random UUIDs do not meet by this.
    package var eitherOrder: MachineUUID {
        let first = UInt64(UInt32(truncatingIfNeeded: high >> 32).byteSwapped)
        let second = UInt64(UInt16(truncatingIfNeeded: high >> 16).byteSwapped)
        let third = UInt64(UInt16(truncatingIfNeeded: high).byteSwapped)
        return MachineUUID(high: min(high, first << 32 | second << 16 | third), low: low)
    }
}
