/// What the first sectors say of an image (ECMA-119 §8): where its trees of names begin.
struct VolumeDescriptors {
    /// One tree of names.
    struct Volume {
        var label: String
        /// Octets of the blocks that places are counted in.
        var block: Int
        /// Octets of the image.
        var root: Range<Int64>
    }

    private(set) var primary: Volume?
    private(set) var joliet: Volume?
    /// The sector of El Torito's catalog.
    private(set) var bootCatalog: Int?
    private(set) var hasUDF = false

    /// Descriptors begin behind 16 sectors that are the system's (ECMA-119 §6.2.1).
    private static let first = 16
    /// More than any medium has, UDF's included.
    private static let most = 64

    init(_ source: ImageSource) throws(ImageProblem) {
        guard source.size >= Int64((Self.first + 1) * ISOImage.sector) else {
            throw .noImage("it has only \(source.size) octets")
        }
        for number in Self.first..<Self.first + Self.most {
            let offset = Int64(number * ISOImage.sector)
            let octets = try source.octets(at: offset, count: ISOImage.sector, of: "the volume descriptors")
            if octets.holds("CD001", at: 1) {
                try note(octets, at: offset)
            } else if octets.holds("NSR0", at: 1) {
                hasUDF = true
            } else if !octets.holds("BEA01", at: 1), !octets.holds("TEA01", at: 1), !octets.holds("BOOT2", at: 1) {
                guard number > Self.first else { throw .noImage("there is no volume descriptor in it") }
                return
            }
        }
    }

    private mutating func note(_ octets: [UInt8], at offset: Int64) throws(ImageProblem) {
        switch octets[0] {
        case 0 where octets.holds("EL TORITO SPECIFICATION", at: 7): bootCatalog = octets.little32(0x47)
        case 1 where primary == nil:
            let label = String(decoding: octets[40..<72], as: UTF8.self)
            primary = try volume(octets, label: Self.cleaned(label), at: offset)
        case 2 where joliet == nil && octets.isJoliet:
            let label = String(decoding: octets[40..<72].bigEndianUnits, as: UTF16.self)
            joliet = try volume(octets, label: Self.cleaned(label), at: offset)
        default: break
        }
    }

    private func volume(_ octets: [UInt8], label: String, at offset: Int64) throws(ImageProblem) -> Volume {
        let block = octets.little16(128)
        guard [512, 1024, 2048].contains(block) else {
            throw .damaged(what: "the volume descriptor has blocks of \(block) octets", at: offset)
        }
        // The root's own directory record, ECMA-119 §8.4.18.
        let root = Int64(octets.little32(156 + 2)) * Int64(block)
        return Volume(label: label, block: block, root: root..<root + Int64(octets.little32(156 + 10)))
    }

    /// A label as people may read it.
    private static func cleaned(_ label: String) -> String {
        var scalars = label.unicodeScalars.filter { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
        while scalars.last == " " { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars))
    }
}

extension [UInt8] {
    /// The three levels of UCS-2 that Joliet announces.
    fileprivate var isJoliet: Bool { ["%/@", "%/C", "%/E"].contains { holds($0, at: 88) } }
}

extension ArraySlice<UInt8> {
    /// As numbers of two octets, the higher first.
    var bigEndianUnits: [UInt16] {
        stride(from: startIndex, to: endIndex - count % 2, by: 2).map { UInt16(self[$0]) << 8 | UInt16(self[$0 + 1]) }
    }
}
