/// What Rock Ridge says of one entry (IEEE P1281 for the form, P1282 for the meaning).
struct RockRidge {
    /// The POSIX name; nil when there is none.
    private(set) var name: [UInt8]?
    /// Where a symbolic link leads; nil for what is none.
    private(set) var target: [UInt8]?
    /// The block where a directory really lies that was too deep for ISO 9660.
    private(set) var childBlock: Int?
    /// Such a directory, seen in the place that it was moved to.
    private(set) var isRelocated = false
    /// Packed by mkzftree: what lies in the image is not the file.
    private(set) var isPacked = false
    /// Whether this is the root's own entry of a medium with Rock Ridge, and how many octets to leave out before each field.
    private(set) var skip: Int?

    private var linkGoesOn = false
    /// Areas of one entry, and octets of one: Linux takes no more than fit into a block.
    private static let mostAreas = 16
    /// Octets of a name and of a link's target: what Linux takes of a whole path. What is longer is none in any case.
    private static let longest = 4096
    private static let largestArea = 2048

    /// - Parameters:
    ///   - block: octets of a block.
    ///   - skip: what the root's own entry said.
    init(
        _ record: DirectoryRecord, in source: ImageSource, block: Int, skip: Int
    ) throws(ImageProblem) {
        var area = Array(record.systemUse.dropFirst(skip))
        var seen: Set<Int64> = []
        for _ in 0..<Self.mostAreas {
            guard let next = read(area) else { return }
            let offset = Int64(next.block) * Int64(block) + Int64(next.offset)
            // Each area once: one that leads to itself would be read again and again.
            guard seen.insert(offset).inserted else { return }
            area = try source.octets(at: offset, count: next.count, of: "a continued Rock Ridge entry")
        }
    }

    /// Reads the fields of one area.
    ///
    /// - Returns: where it goes on, if it does.
    private mutating func read(_ area: [UInt8]) -> (block: Int, offset: Int, count: Int)? {
        var next: (block: Int, offset: Int, count: Int)?
        var place = 0
        while place + 4 <= area.count {
            let length = Int(area[place + 2])
            guard length >= 4, place + length <= area.count else { break }
            let field = Array(area[place..<place + length])
            place += length
            if field.holds("CE", at: 0), length >= 28 {
                let count = field.little32(20)
                if count <= Self.largestArea { next = (field.little32(4), field.little32(12), count) }
            } else if field.holds("ST", at: 0) {
                break
            } else {
                note(field)
            }
        }
        return next
    }

    private mutating func note(_ field: [UInt8]) {
        let length = field.count
        if field.holds("NM", at: 0), length >= 5 {
            // Flags 2 and 4 say "." and "..".
            if field[4] & 0x06 == 0, (name?.count ?? 0) < Self.longest { name = (name ?? []) + field[5...] }
        } else if field.holds("SL", at: 0), length >= 5 {
            noteLink(field)
        } else if field.holds("CL", at: 0), length >= 12 {
            childBlock = field.little32(4)
        } else if field.holds("RE", at: 0) {
            isRelocated = true
        } else if field.holds("ZF", at: 0) {
            isPacked = true
        } else if field.holds("SP", at: 0), length >= 7, field[4] == 0xBE, field[5] == 0xEF {
            skip = Int(field[6])
        }
    }

    /// A link's target comes in parts, and a long part in pieces.
    private mutating func noteLink(_ field: [UInt8]) {
        var target = target ?? []
        var place = 5
        while place + 2 <= field.count, target.count < Self.longest {
            let flags = field[place]
            let end = place + 2 + Int(field[place + 1])
            guard end <= field.count else { break }
            if !target.isEmpty, !linkGoesOn, target != [UInt8(ascii: "/")] { target.append(UInt8(ascii: "/")) }
            switch flags & 0x0E {
            case 0x02: target.append(UInt8(ascii: "."))
            case 0x04: target += Array("..".utf8)
            case 0x08: target = [UInt8(ascii: "/")]
            default: target += field[place + 2..<end]
            }
            linkGoesOn = flags & 0x01 != 0
            place = end
        }
        self.target = target
    }
}
