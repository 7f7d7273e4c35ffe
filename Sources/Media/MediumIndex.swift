/// What lies where in an image: written once when it is imported, so that the service itself never reads one.
///
/// Its text, in UTF-8, is one line for each file, in the order of the paths:
///
///     pilotfish medium 1
///     image 661651456 1718000000000000000 /srv/iso/debian.iso
///     file 49152 8167 README.html
///     link dists/bookworm<TAB>dists/stable
///     end 2
///
/// `image` says octets, time of change (nanoseconds since 1970) and path of the image (absolute, or beneath the root), `file` place and octets, `link` what it
/// means and its own path; `end` counts the files and links, so that an index cut short is none.
package struct MediumIndex: Equatable, Sendable {
    /// The image that this is an index of, in the state that it had.
    package struct Image: Equatable, Sendable {
        /// Absolute; or relative, for an image that lies beneath the root.
        package var path: String
        /// Octets.
        package var size: Int64
        /// Nanoseconds since 1970.
        package var modified: Int64

        package var isBeneathRoot: Bool { !path.utf8.starts(with: "/".utf8) }

        package init(path: String, size: Int64, modified: Int64) {
            self.path = path
            self.size = size
            self.modified = modified
        }
    }

    /// Why a text is no index.
    package enum Problem: Error, Equatable, Sendable {
        /// Of another version, or something else.
        case foreign
        /// The number of the first line that means nothing, from 1.
        case wrong(line: Int)
        case cutShort
    }

    package let image: Image
    /// Octets of the image by path.
    private let files: [String: Range<Int64>]
    private let links: [String: String]

    /// The first line.
    private static let title = "pilotfish medium 1"
    /// As many links are followed for one name; Linux has 40.
    private static let mostLinks = 8

    package init(image: Image, tree: MediumTree) {
        self.image = image
        // Of two files of one name the first counts.
        files = Dictionary(tree.files.map { ($0.path, $0.octets) }, uniquingKeysWith: { first, _ in first })
        links = Dictionary(tree.links.map { ($0.path, $0.target) }, uniquingKeysWith: { first, _ in first })
    }

    /// Files and links.
    package var count: Int { files.count + links.count }

    /// Where a file lies in the image; links are followed wherever they stand in the path.
    package func octets(of path: String) -> Range<Int64>? {
        var path = path
        for _ in 0...Self.mostLinks {
            if let octets = files[path] { return octets }
            guard MediumPath.isClean(path), let next = followed(path) else { return nil }
            path = next
        }
        return nil
    }

    /// The path behind the longest beginning that is a link.
    private func followed(_ path: String) -> String? {
        guard !links.isEmpty else { return nil }
        let octets = path.utf8
        var end = octets.endIndex
        while true {
            if let target = links[String(path[..<end])] {
                let rest = path[end...].unicodeScalars.dropFirst()
                return target.isEmpty || rest.isEmpty ? target + String(rest) : "\(target)/\(String(rest))"
            }
            guard let slash = octets[..<end].lastIndex(of: UInt8(ascii: "/")) else { return nil }
            end = slash
        }
    }
}

extension MediumFile {
    fileprivate var octets: Range<Int64> { offset..<offset + size }
}

extension MediumIndex {
    package var text: String {
        var lines = [Self.title, "image \(image.size) \(image.modified) \(image.path)"]
        for (path, octets) in files.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            lines.append("file \(octets.lowerBound) \(octets.count) \(path)")
        }
        for (path, target) in links.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            lines.append("link \(target)\t\(path)")
        }
        lines.append("end \(count)")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads a text; nothing in it is believed: files lie in the image, and paths lead nowhere else.
    package init(_ text: [UInt8]) throws(Problem) {
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        guard lines.popFirst()?.elementsEqual(Self.title.utf8) == true else { throw .foreign }
        guard let second = lines.popFirst() else { throw .cutShort }
        guard let image = Image(line: second) else { throw .wrong(line: 2) }
        var files: [String: Range<Int64>] = [:]
        var links: [String: String] = [:]
        files.reserveCapacity(lines.count)
        var number = 2
        while let line = lines.popFirst() {
            number += 1
            if let (path, octets) = Self.file(line, in: image) {
                guard files.updateValue(octets, forKey: path) == nil else { throw .wrong(line: number) }
            } else if let (path, target) = Self.link(line) {
                guard links.updateValue(target, forKey: path) == nil else { throw .wrong(line: number) }
            } else if line.elementsEqual("end \(files.count + links.count)".utf8) {
                guard !lines.isEmpty else { throw .cutShort }
                // A newline, and nothing behind it.
                guard lines.count == 1, lines.first?.isEmpty == true else { throw .wrong(line: number + 1) }
                self.image = image
                self.files = files
                self.links = links
                return
            } else if lines.isEmpty {
                throw .cutShort
            } else {
                throw .wrong(line: number)
            }
        }
        throw .cutShort
    }

    /// The image that a text is about, if its first two lines are right; `beginning` may end anywhere behind them.
    package static func image(in beginning: [UInt8]) -> Image? {
        let lines = beginning.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
        guard lines.count == 3, lines[0].elementsEqual(title.utf8) else { return nil }
        return Image(line: lines[1])
    }

    private static func file(_ line: ArraySlice<UInt8>, in image: Image) -> (String, Range<Int64>)? {
        guard let (numbers, path) = fields(line, "file", 2), MediumPath.isClean(path),
            numbers[0] <= image.size, numbers[1] <= image.size - numbers[0]
        else { return nil }
        return (path, numbers[0]..<numbers[0] + numbers[1])
    }

    private static func link(_ line: ArraySlice<UInt8>) -> (String, String)? {
        guard let (_, text) = fields(line, "link", 0) else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).compactMap(
            String.init)
        guard parts.count == 2, parts[0].isEmpty || MediumPath.isClean(parts[0]), MediumPath.isClean(parts[1]) else {
            return nil
        }
        return (parts[1], parts[0])
    }

    /// A word, numbers that are not negative, and a text to the line's end, with one space between each two.
    fileprivate static func fields(_ line: ArraySlice<UInt8>, _ word: String, _ count: Int) -> ([Int64], String)? {
        var parts = line.split(separator: UInt8(ascii: " "), maxSplits: count + 1, omittingEmptySubsequences: false)
        guard parts.count == count + 2, parts.removeFirst().elementsEqual(word.utf8),
            let text = parts.popLast().flatMap({ String(validating: $0, as: UTF8.self) })
        else { return nil }
        let numbers = parts.compactMap { part in
            part.allSatisfy { (0x30...0x39).contains($0) } ? Int64(String(decoding: part, as: UTF8.self)) : nil
        }
        return numbers.count == count ? (numbers, text) : nil
    }
}

extension MediumIndex.Image {
    fileprivate init?(line: ArraySlice<UInt8>) {
        guard let (numbers, path) = MediumIndex.fields(line, "image", 2),
            !path.isEmpty, path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        self.init(path: path, size: numbers[0], modified: numbers[1])
    }
}

/// The names that an imported medium has beneath the root.
package enum MediumPlace {
    /// The directory of all media.
    package static let top = "images"
    /// The index in a medium's own directory, and what is served through it.
    package static let index = "medium.index"
    package static let tree = "tree"
    package static let image = "medium.iso"
    /// Octets of an index that is read: half a million names of usual length.
    package static let largestIndex = 64 << 20

    /// What a path means through an index.
    package enum Inside: Equatable, Sendable {
        /// A file of the medium, by its path there.
        case file(String)
        /// All of the image.
        case image
    }

    /// Whether a path is that of an index, in whatever letters.
    package static func isIndex(_ parts: [String]) -> Bool {
        parts.count == 3 && parts[0].lowercased() == top && parts[2].lowercased() == index
    }

    /// The index that a path needs, if it means something on a medium, and what that is.
    ///
    /// - Parameter parts: of a path beneath the root, cleaned.
    package static func find(_ parts: [String]) -> (index: String, inside: Inside)? {
        guard parts.count >= 3, parts[0] == top else { return nil }
        let index = "\(top)/\(parts[1])/\(Self.index)"
        if parts.count == 3, parts[2] == image { return (index, .image) }
        guard parts.count > 3, parts[2] == tree else { return nil }
        return (index, .file(parts[3...].joined(separator: "/")))
    }
}
