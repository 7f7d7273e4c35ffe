import Media
import Support

/// An index of a medium as the service reads it; when the first octet is odd, an image: of which the root directory is made up,
/// and all behind it, or, when its second bit is set as well, a whole one that the octets lie over.
enum MediumFuzz {
    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        let rest = Array(octets.dropFirst())
        switch (octets.first ?? 0) & 3 {
        case 1: image(disc(rest), &complaints)
        case 3: image(overlaid(rest), &complaints)
        default: index(rest, &complaints)
        }
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

    private static func image(_ octets: [UInt8], _ complaints: inout Complaints) {
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

    /// Octets at the beginning that are the system's; the volume's descriptor is behind them.
    private static let reserved = 16 * 2048

    /// Names of Rock Ridge and of ISO 9660, directories, a link, and what a medium of Ubuntu boots.
    private static let medium: [UInt8] = {
        var builder = ImageBuilder(["a/b/file", "casper/vmlinuz", "casper/initrd", ".disk/info"])
        builder.links = ["a/up": "../casper"]
        return builder.octets
    }()

    /// A whole image that the octets lie over, so that its descriptors are made up as well, and whatever else a reader would
    /// believe: how often 256 octets are missing at the end; then, again and again, a place behind the descriptor's beginning
    /// in two octets, how many lie there, and those.
    private static func overlaid(_ octets: [UInt8]) -> [UInt8] {
        var choices = Choices(octets)
        let missing = Int(choices.next()) * 256
        var image = medium
        while !choices.isEmpty {
            let (high, low, count) = (Int(choices.next()), Int(choices.next()), Int(choices.next()))
            let place = reserved + (high << 8 | low) % (image.count - reserved)
            let piece = choices.take(count).prefix(image.count - place)
            image.replaceSubrange(place..<place + piece.count, with: piece)
        }
        return image.dropLast(missing)
    }

    /// An image whose root directory, and all behind it, is made up.
    private static func disc(_ directory: [UInt8]) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: reserved)
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
