/// One entry of a directory (ECMA-119 §9.1).
struct DirectoryRecord {
    /// Octets of the record itself.
    let length: Int
    /// The first block of its contents, behind the extended attributes.
    let block: Int
    /// Octets of its contents.
    let size: Int
    private let flags: UInt8
    /// As it stands there.
    let name: ArraySlice<UInt8>
    /// What ISO 9660 leaves to others: Rock Ridge.
    let systemUse: ArraySlice<UInt8>
    /// Whether its blocks lie in turn with those of another file: nobody ever did that on a disk.
    let isInterleaved: Bool

    /// - Parameters:
    ///   - sector: one sector of a directory; no record crosses its end.
    ///   - start: where the record begins.
    /// - Returns: nil when it cannot be a record.
    init?(_ sector: ArraySlice<UInt8>, at start: Int) {
        length = Int(sector[start])
        guard length >= 34, start + length <= sector.endIndex else { return nil }
        let octets = Array(sector[start..<start + length])
        let nameLength = Int(octets[32])
        let nameEnd = 33 + nameLength
        guard nameLength > 0, nameEnd <= length else { return nil }
        block = octets.little32(2) + Int(octets[1])
        size = octets.little32(10)
        flags = octets[25]
        isInterleaved = octets[26] != 0 || octets[27] != 0
        name = octets[33..<nameEnd]
        // Padded to an even place.
        systemUse = octets[min(nameEnd + (nameLength + 1) % 2, length)...]
    }

    var isDirectory: Bool { flags & 0x02 != 0 }
    /// A Macintosh's resource fork, under the name of its file.
    var isAssociated: Bool { flags & 0x04 != 0 }
    /// Another record goes on with the same file: 4 GiB are the most that one can say.
    var isContinued: Bool { flags & 0x80 != 0 }
    /// The directory itself, and the one above.
    var isDot: Bool { name.count == 1 && name.allSatisfy { $0 <= 1 } }
}
