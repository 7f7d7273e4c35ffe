/// Goes through all directories of a volume, each once, and no further than its bounds.
struct DirectoryWalk {
    /// Names on one medium: twenty times what a full DVD of packages has.
    private static let mostEntries = 500_000
    /// Octets of one directory, and of all.
    private static let largestDirectory = 32 << 20
    private static let largestWhole = 512 << 20

    private static let mostOmissions = 1000
    private static let longestShown = 300

    private struct Directory {
        /// Empty for the root.
        var path: String
        var octets: Range<Int64>
        var depth = 0
    }

    private let source: ImageSource
    private let volume: VolumeDescriptors.Volume
    private var names = ISOImage.Names.plain
    /// Octets before each Rock Ridge field; nil without Rock Ridge.
    private var skip: Int?
    private var waiting: [Directory] = []
    private var seen: Set<Int64> = []
    private var entries = 0
    private var read = 0
    private var tree = MediumTree()
    /// A file whose records are not complete yet.
    private var pieces: [Range<Int64>] = []

    init(_ source: ImageSource, _ volume: VolumeDescriptors.Volume) {
        self.source = source
        self.volume = volume
    }

    /// Whether the names are Rock Ridge's: the root's own entry says so.
    mutating func findsRockRidge() throws(ImageProblem) -> Bool {
        let sector = try source.octets(at: volume.root.lowerBound, count: ISOImage.sector, of: "the root directory")
        guard let record = DirectoryRecord(sector[...], at: 0) else {
            throw .damaged(what: "the root directory has no entry of its own", at: volume.root.lowerBound)
        }
        skip = try RockRidge(record, in: source, block: volume.block, skip: 0).skip
        return skip != nil
    }

    mutating func run(_ names: ISOImage.Names) throws(ImageProblem) -> MediumTree {
        self.names = names
        waiting = [Directory(path: "", octets: volume.root)]
        while let directory = waiting.popLast() { try enter(directory) }
        tree.files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        tree.links.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        return tree
    }

    private mutating func enter(_ directory: Directory) throws(ImageProblem) {
        // One that lies in itself would have no end; one that two names lead to is told once.
        guard seen.insert(directory.octets.lowerBound).inserted else { return }
        let octets = try contents(of: directory)
        pieces = []
        var start = 0
        while start < octets.count {
            // Records do not cross sectors; what is left of one is zeros.
            let end = min((start / ISOImage.sector + 1) * ISOImage.sector, octets.count)
            guard octets[start] != 0 else {
                start = end
                continue
            }
            guard let record = DirectoryRecord(octets[..<end], at: start) else {
                throw .damaged(
                    what: "an entry of the directory /\(directory.path)", at: directory.octets.lowerBound + Int64(start)
                )
            }
            start += record.length
            entries += 1
            guard entries <= Self.mostEntries else { throw .tooMuch("it has more than \(Self.mostEntries) names") }
            if !record.isDot, !record.isAssociated { try take(record, in: directory) }
        }
    }

    private mutating func contents(of directory: Directory) throws(ImageProblem) -> [UInt8] {
        let size = directory.octets.count
        guard size <= Self.largestDirectory, read + size <= Self.largestWhole else {
            throw .tooMuch("the directory /\(directory.path) takes \(size) octets")
        }
        read += size
        return try source.octets(at: directory.octets.lowerBound, count: size, of: "the directory /\(directory.path)")
    }

    private mutating func take(_ record: DirectoryRecord, in directory: Directory) throws(ImageProblem) {
        let extra = try skip.map { (skip) throws(ImageProblem) in
            try RockRidge(record, in: source, block: volume.block, skip: skip)
        }
        guard extra?.isRelocated != true else { return }
        guard let name = name(of: record, extra) else {
            let shown = String(
                decoding: (extra?.name ?? Array(record.name)).map { $0.isPrintable ? $0 : 0x3F }, as: UTF8.self)
            return omit("\(directory.path)/\(shown)", "no client can ask for such a name")
        }
        let path = directory.path.isEmpty ? name : "\(directory.path)/\(name)"
        guard MediumPath.isClean(path) else { return omit(path, "the path is too long") }
        let place = Int64(record.block) * Int64(volume.block)
        if let block = extra?.childBlock {
            try descend(to: path, Int64(block) * Int64(volume.block), in: directory)
        } else if record.isDirectory {
            push(Directory(path: path, octets: place..<place + Int64(record.size), depth: directory.depth + 1))
        } else if let target = extra?.target {
            link(path, to: target)
        } else {
            pieces.append(place..<place + Int64(record.size))
            guard !record.isContinued else { return }
            try file(path, record, isPacked: extra?.isPacked == true)
            pieces = []
        }
    }

    /// A directory that lies elsewhere; its own first entry says how long it is.
    private mutating func descend(to path: String, _ place: Int64, in parent: Directory) throws(ImageProblem) {
        let sector = try source.octets(at: place, count: ISOImage.sector, of: "the directory /\(path)")
        guard let own = DirectoryRecord(sector[...], at: 0), own.isDot else {
            throw .damaged(what: "the directory /\(path) is not where its entry says", at: place)
        }
        push(Directory(path: path, octets: place..<place + Int64(own.size), depth: parent.depth + 1))
    }

    private mutating func push(_ directory: Directory) {
        guard directory.depth <= MediumPath.deepest else { return omit(directory.path, "it lies too deep") }
        waiting.append(directory)
    }

    private mutating func file(_ path: String, _ record: DirectoryRecord, isPacked: Bool) throws(ImageProblem) {
        let size = pieces.reduce(0) { $0 + Int64($1.count) }
        for piece in pieces where !piece.isEmpty && piece.upperBound > source.size {
            throw .cutShort(what: "the file /\(path)", end: piece.upperBound, size: source.size)
        }
        if record.isInterleaved { return omit(path, "its blocks are interleaved") }
        if isPacked { return omit(path, "it is packed (zisofs)") }
        for (piece, next) in zip(pieces, pieces.dropFirst()) where piece.upperBound != next.lowerBound {
            return omit(path, "it does not lie in one piece")
        }
        let offset = size == 0 ? 0 : pieces.first?.lowerBound ?? 0
        tree.files.append(MediumFile(path: path, offset: offset, size: size))
    }

    private mutating func link(_ path: String, to target: [UInt8]) {
        guard let text = String(validating: target, as: UTF8.self),
            let resolved = MediumPath.resolve(text, from: path)
        else { return omit(path, "the link leads off the medium") }
        tree.links.append(MediumLink(path: path, target: resolved))
    }

    private mutating func omit(_ path: String, _ reason: String) {
        // For people, who read the first few.
        guard tree.omissions.count < Self.mostOmissions else { return }
        tree.omissions.append(MediumOmission(path: String(path.prefix(Self.longestShown)), reason: reason))
    }

    /// - Returns: nil for what is no name that a client could ask for.
    private func name(of record: DirectoryRecord, _ extra: RockRidge?) -> String? {
        let text: String?
        if let name = extra?.name {
            text = String(validating: name, as: UTF8.self)
        } else if names == .joliet {
            text = String(validating: record.name.bigEndianUnits, as: UTF16.self).map(Self.withoutVersion)
        } else {
            text = String(validating: record.name, as: UTF8.self).map { Self.withoutVersion($0).lowercased() }
        }
        return text.flatMap { MediumPath.isClean(part: $0.utf8) ? $0 : nil }
    }

    /// `README.;1` is `README` (as isofs in Linux has it).
    private static func withoutVersion(_ name: String) -> String {
        var name = name
        if name.hasSuffix(";1") { name.removeLast(2) }
        if name.hasSuffix("."), name != ".", name != ".." { name.removeLast() }
        return name
    }
}

extension UInt8 {
    fileprivate var isPrintable: Bool { (0x20..<0x7F).contains(self) }
}
