extension ShortBytes {
    /// The first sub-option `code` of an encapsulated field (options 43, 82 and 175), or nil.
    package func suboption(_ code: UInt8) -> ShortBytes? {
        var reader = Suboptions(self)
        while let (found, value) = reader.next() {
            if found == code { return value }
        }
        return nil
    }
}

/// Walks the {code, length, value} triples inside an option; stops at the first that does not fit.
package struct Suboptions: Sendable {
    private let field: ShortBytes
    private var offset = 0

    package init(_ field: ShortBytes) {
        self.field = field
    }

    /// The next sub-option, or nil at the end.
    package mutating func next() -> (code: UInt8, value: ShortBytes)? {
        while offset < field.count {
            let code = field[offset]
            offset += 1
            if code == DHCPOptionCode.pad.rawValue { continue }
            guard code != DHCPOptionCode.end.rawValue, offset < field.count else { return nil }
            let length = Int(field[offset])
            guard offset + 1 + length <= field.count else { return nil }
            let value = field.slice(from: offset + 1, count: length)
            offset += 1 + length
            return (code, value)
        }
        return nil
    }
}

/// Sub-options of option 43 in a PXE conversation (PXE 2.1, table 2-1).
package enum PXEOption {
    package static let discoveryControl: UInt8 = 6
    package static let discoveryGroup: UInt8 = 7
    package static let bootServers: UInt8 = 8
    package static let bootMenu: UInt8 = 9
    package static let menuPrompt: UInt8 = 10
    package static let bootItem: UInt8 = 71

    /// 43.6, bit 3: take the file named in this offer; no prompt, no menu, no discovery.
    package static let useFileNamed: UInt8 = 0x08
}

/// Sub-options of option 82 (RFC 3046 §3.1, RFC 3527 §3).
package enum RelayOption {
    package static let circuit: UInt8 = 1
    package static let remote: UInt8 = 2
    package static let linkSelection: UInt8 = 5
}

/// Sub-options of iPXE's option 175 (iPXE: src/include/ipxe/features.h, dhcp.h).
package enum IPXEOption {
    /// Priority of the reply's settings, signed; above 0 it beats the DHCP server's file name.
    package static let priority: UInt8 = 0x01
    package static let http: UInt8 = 0x13
    package static let bzImage: UInt8 = 0x18
    package static let efi: UInt8 = 0x24
}
