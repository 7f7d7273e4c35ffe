/// Where the octets of an image come from: this room has no files.
package struct ImageSource {
    /// Octets of the image.
    package let size: Int64
    private let read: (Range<Int64>) -> [UInt8]?

    /// - Parameter read: the octets of a part, which lies in the image; nil when the disk does not give them.
    package init(size: Int64, read: @escaping (Range<Int64>) -> [UInt8]?) {
        self.size = size
        self.read = read
    }

    /// An image in memory.
    package init(_ octets: [UInt8]) {
        self.init(size: Int64(octets.count)) { Array(octets[Int($0.lowerBound)..<Int($0.upperBound)]) }
    }

    /// Octets of the image.
    ///
    /// - Parameter what: whose they are, for messages.
    /// - Throws: `ImageProblem.cutShort` when the image ends before them, `.unreadable`.
    func octets(at offset: Int64, count: Int, of what: String) throws(ImageProblem) -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= size - Int64(count) else {
            throw .cutShort(what: what, end: offset.addingReportingOverflow(Int64(count)).partialValue, size: size)
        }
        guard let octets = read(offset..<offset + Int64(count)), octets.count == count else {
            throw .unreadable(what: what, at: offset)
        }
        return octets
    }
}

/// Why an image cannot be read.
package enum ImageProblem: Error, Equatable, Sendable {
    /// No ISO 9660; and what it is, if that can be told.
    case noImage(String)
    /// The image names octets behind its end.
    case cutShort(what: String, end: Int64, size: Int64)
    /// A structure of the image says what cannot be.
    case damaged(what: String, at: Int64)
    /// More than we are willing to read.
    case tooMuch(String)
    /// The disk does not give what lies there.
    case unreadable(what: String, at: Int64)
}

extension ImageProblem: CustomStringConvertible {
    /// What, where, and what to do.
    package var description: String {
        switch self {
        case .noImage(let what): "\(what); an ISO 9660 image is needed"
        case .cutShort(let what, let end, let size):
            "it is cut short: \(what) ends at octet \(end), the file at \(size); fetch it again, compare its checksum"
        case .damaged(let what, let offset):
            "it is damaged: \(what), at octet \(offset); fetch it again, compare its checksum"
        case .tooMuch(let what): "\(what): no medium that is known to us is like that, so it is not read"
        case .unreadable(let what, let offset): "\(what) cannot be read at octet \(offset); look at the disk (dmesg)"
        }
    }
}

extension [UInt8] {
    /// Two octets, the lower first; 0 past the end.
    func little16(_ offset: Int) -> Int {
        offset + 2 <= count ? Int(self[offset]) | Int(self[offset + 1]) << 8 : 0
    }

    /// Four octets, the lowest first; 0 past the end.
    func little32(_ offset: Int) -> Int {
        little16(offset) | little16(offset + 2) << 16
    }

    /// Whether an ASCII text stands there.
    func holds(_ text: String, at offset: Int) -> Bool {
        offset >= 0 && offset + text.utf8.count <= count
            && self[offset..<offset + text.utf8.count].elementsEqual(text.utf8)
    }
}
