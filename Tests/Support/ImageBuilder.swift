/// Small ISO 9660 images for tests: each directory in one sector, each file behind the last.
package struct ImageBuilder {
    package var label = "TEST"
    /// Contents by path.
    package var files: [String: [UInt8]] = [:]
    /// Targets of symbolic links by path.
    package var links: [String: String] = [:]
    package var hasRockRidge = true
    /// Octets that the image has too few at its end.
    package var missing = 0

    private static let sector = 2048

    package init(_ files: [String] = []) {
        for path in files { self.files[path] = Array(path.utf8) }
    }

    /// The image.
    package var octets: [UInt8] {
        let directories = Set((Array(files.keys) + links.keys).flatMap(Self.parents) + [""]).sorted()
        var sectors: [String: Int] = [:]
        for (number, directory) in directories.enumerated() { sectors[directory] = 18 + number }
        var next = 18 + directories.count
        var data: [UInt8] = []
        for (path, content) in files.sorted(by: { $0.key < $1.key }) {
            sectors[path] = next
            data += Self.padded(content)
            next += (content.count + Self.sector - 1) / Self.sector
        }
        var image = [UInt8](repeating: 0, count: 16 * Self.sector)
        image += descriptor(root: record(name: [0], block: 18, size: Self.sector, isDirectory: true))
        image += Self.padded([255] + Array("CD001".utf8) + [1])
        for directory in directories { image += self.directory(directory, directories, sectors) }
        image += data
        return image.dropLast(missing)
    }

    private func descriptor(root: [UInt8]) -> [UInt8] {
        var octets = [UInt8](repeating: 0x20, count: Self.sector)
        octets.replaceSubrange(0..<8, with: [1] + Array("CD001".utf8) + [1, 0])
        octets.replaceSubrange(40..<40 + label.utf8.count, with: label.utf8)
        octets.replaceSubrange(128..<132, with: [0, 8, 8, 0])
        octets.replaceSubrange(156..<156 + root.count, with: root)
        return octets
    }

    private func directory(_ path: String, _ directories: [String], _ sectors: [String: Int]) -> [UInt8] {
        let own = record(
            name: [0], block: sectors[path] ?? 0, size: Self.sector, isDirectory: true,
            extra: path.isEmpty && hasRockRidge ? Array("SP".utf8) + [7, 1, 0xBE, 0xEF, 0] : [])
        var octets = own + record(name: [1], block: 18, size: Self.sector, isDirectory: true)
        for child in directories where !child.isEmpty && Self.parent(child) == path {
            octets += record(child, block: sectors[child] ?? 0, size: Self.sector, isDirectory: true)
        }
        for (child, content) in files.sorted(by: { $0.key < $1.key }) where Self.parent(child) == path {
            octets += record(child, block: sectors[child] ?? 0, size: content.count)
        }
        for (child, target) in links.sorted(by: { $0.key < $1.key }) where Self.parent(child) == path {
            octets += record(child, block: 0, size: 0, extra: Self.link(target))
        }
        precondition(octets.count <= Self.sector, "a directory of this builder is one sector")
        return Self.padded(octets)
    }

    private static func link(_ target: String) -> [UInt8] {
        let components = target.split(separator: "/").flatMap { part -> [UInt8] in
            part == "." ? [2, 0] : part == ".." ? [4, 0] : [0, UInt8(part.utf8.count)] + Array(part.utf8)
        }
        return Array("SL".utf8) + [UInt8(5 + components.count), 1, 0] + components
    }

    private func record(
        _ path: String, block: Int, size: Int, isDirectory: Bool = false, extra: [UInt8] = []
    ) -> [UInt8] {
        let name = Array(path.split(separator: "/").last.map(String.init)?.utf8 ?? "".utf8)
        let posix = hasRockRidge ? Array("NM".utf8) + [UInt8(5 + name.count), 1, 0] + name : []
        let plain =
            Array(String(decoding: name, as: UTF8.self).uppercased().utf8) + (isDirectory ? [] : Array(";1".utf8))
        return record(name: plain, block: block, size: size, isDirectory: isDirectory, extra: posix + extra)
    }

    private func record(
        name: [UInt8], block: Int, size: Int, isDirectory: Bool = false, extra: [UInt8] = []
    ) -> [UInt8] {
        var octets: [UInt8] = [0, 0] + Self.both(block) + Self.both(size) + [UInt8](repeating: 0, count: 7)
        octets += [isDirectory ? 2 : 0, 0, 0, 1, 0, 0, 1, UInt8(name.count)] + name
        if name.count % 2 == 0 { octets.append(0) }
        octets += extra
        if octets.count % 2 == 1 { octets.append(0) }
        octets[0] = UInt8(octets.count)
        return octets
    }

    /// In both orders of octets.
    private static func both(_ value: Int) -> [UInt8] {
        let little = (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        return little + little.reversed()
    }

    private static func padded(_ octets: [UInt8]) -> [UInt8] {
        octets + [UInt8](repeating: 0, count: (sector - octets.count % sector) % sector)
    }

    private static func parent(_ path: String) -> String {
        path.split(separator: "/").dropLast().joined(separator: "/")
    }

    private static func parents(of path: String) -> [String] {
        let parts = path.split(separator: "/").dropLast()
        return parts.indices.map { parts[...$0].joined(separator: "/") }
    }
}
