import Media

/// An index of a medium as the service reads it, or, when the first octet is odd, a directory of an image.
enum MediumFuzz {
    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        let rest = Array(octets.dropFirst())
        if (octets.first ?? 0) & 1 == 0 { index(rest, &complaints) } else { image(rest, &complaints) }
    }

    private static func index(_ text: [UInt8], _ complaints: inout Complaints) {
        guard let index = try? MediumIndex(text) else { return }
        complaints.demand(!index.image.path.isEmpty, "an image nowhere")
        let again = Array(index.text.utf8)
        complaints.demand((try? MediumIndex(again)) == index, "what was written reads otherwise")
        for line in String(decoding: text, as: UTF8.self).unicodeScalars.split(separator: "\n") {
            let path = String(line).split(separator: " ", maxSplits: 3).last.map(String.init) ?? ""
            guard let octets = index.octets(of: path) else { continue }
            complaints.demand(
                octets.lowerBound >= 0 && octets.upperBound <= index.image.size, "octets outside of the image")
        }
    }

    private static func image(_ directory: [UInt8], _ complaints: inout Complaints) {
        let octets = disc(directory)
        let source = ImageSource(octets)
        guard let image = try? ISOImage(source) else { return }
        for file in image.tree.files {
            complaints.demand(
                file.offset >= 0 && file.size >= 0 && file.offset + file.size <= Int64(octets.count),
                "\(file.path) lies outside of the image")
        }
        let whole = MediumIndex.Image(path: "/x.iso", size: Int64(octets.count), modified: 0)
        let index = MediumIndex(image: whole, tree: image.tree)
        complaints.demand((try? MediumIndex(Array(index.text.utf8))) == index, "names that no index takes")
        _ = Recognizer.recognize(image, source)
        complaints.demand(!Recognizer.describe(image).isEmpty, "nothing was seen")
    }

    /// An image whose root directory, and all behind it, is made up.
    static func disc(_ directory: [UInt8]) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: 16 * 2048)
        var descriptor: [UInt8] = [1] + Array("CD001".utf8) + [1]
        descriptor += [UInt8](repeating: 0x20, count: 2048 - descriptor.count)
        descriptor.replaceSubrange(128..<130, with: [0, 8])
        descriptor.replaceSubrange(158..<162, with: [18, 0, 0, 0])
        descriptor.replaceSubrange(166..<170, with: [0, 8, 0, 0])
        octets += descriptor + [255] + Array("CD001".utf8) + [UInt8](repeating: 0, count: 2042)
        octets += directory
        return octets + [UInt8](repeating: 0, count: 2048 - octets.count % 2048)
    }
}
