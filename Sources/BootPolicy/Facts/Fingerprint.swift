import Wire

/// What kind of firmware a client is, as far as its DISCOVER shows: machines of one kind get one.
///
/// Made of vendor class (60), parameter list (55), interface version (94) and the maker's half of the hardware address.
package struct Fingerprint: Hashable, Sendable {
    package let value: UInt64

    package init(_ value: UInt64) {
        self.value = value
    }

    init(_ message: borrowing DHCPMessage, vendorClass: ShortBytes) {
        var hash = FNV()
        for index in 0..<vendorClass.count { hash.add(vendorClass[index]) }
        hash.add(UInt8(vendorClass.count))
        // EDK2's HTTP Boot puts one random octet between 60 and 67 of its list (235 and 243 were seen).
        hash.add(.parameterRequestList, of: message, below: 224)
        hash.add(0)
        hash.add(.networkInterface, of: message, below: nil)
        hash.add(message.hardware.type)
        for shift in [56, 48, 40] as [UInt64] { hash.add(UInt8(truncatingIfNeeded: message.hardware.high >> shift)) }
        value = hash.value
    }
}

extension Fingerprint: LosslessStringConvertible {
    package init?(_ text: String) {
        guard text.utf8.count == 16, let value = UInt64(text, radix: 16) else { return nil }
        self.value = value
    }

    package var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// FNV-1a, 64 bits: stable over versions and machines, because the value is kept on disk.
package struct FNV {
    package private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    package init() {}

    package mutating func add(_ octet: UInt8) {
        value = (value ^ UInt64(octet)) &* 0x100_0000_01B3
    }
}

extension FNV {
    /// The octets of an option, those below a limit; and without a limit their count, so that no two fields run into each
    /// other.
    fileprivate mutating func add(_ code: DHCPOptionCode, of message: borrowing DHCPMessage, below limit: UInt8?) {
        var count = 0
        func isCounted(_ octet: UInt8) -> Bool { limit.map { octet < $0 } ?? true }
        if let octets = message.whole(code) {
            count = octets.byteCount
            for index in 0..<count where isCounted(octets.octet(at: index)) { add(octets.octet(at: index)) }
        } else {
            let octets = message.value(of: code).bytes
            count = octets.count
            for index in 0..<count where isCounted(octets[index]) { add(octets[index]) }
        }
        if limit == nil { add(UInt8(truncatingIfNeeded: count)) }
    }
}
