/// The text form of RFC 1350 §5, which is that of a Telnet terminal (RFC 764).
package enum Netascii {
    /// The octets as they travel: LF becomes CR LF, CR becomes CR NUL, all else stays.
    ///
    /// Made whole at request time: where a block begins depends on every octet before it.
    package static func translate(_ file: [UInt8]) -> [UInt8] {
        var wire: [UInt8] = []
        wire.reserveCapacity(file.count + file.count / 16)
        for octet in file {
            switch octet {
            case 0x0A: wire += [0x0D, 0x0A]
            case 0x0D: wire += [0x0D, 0x00]
            default: wire.append(octet)
            }
        }
        return wire
    }
}
