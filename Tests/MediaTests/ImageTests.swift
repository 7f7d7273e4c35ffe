import Media
import Support
import Testing

@Suite("images, octet by octet")
struct ImageTests {
    @Test("finds each file's octets, whichever names it has", arguments: [true, false])
    func files(hasRockRidge: Bool) throws {
        var builder = ImageBuilder(["a", "dir/b.txt", "dir/deep/c"])
        builder.files["dir/empty"] = []
        builder.hasRockRidge = hasRockRidge
        let octets = builder.octets
        let image = try ISOImage(ImageSource(octets))
        #expect(image.names == (hasRockRidge ? .rockRidge : .plain))
        #expect(image.label == "TEST")
        #expect(image.tree.files.map(\.path) == ["a", "dir/b.txt", "dir/deep/c", "dir/empty"])
        for file in image.tree.files {
            let found = Array(octets[Int(file.offset)..<Int(file.offset + file.size)])
            #expect(found == builder.files[file.path])
        }
    }

    @Test(
        "links lead somewhere on the medium, or are left out",
        arguments: [
            ("dists/stable", "bookworm", "dists/bookworm"), ("debian", ".", ""), ("a/b/c", "../../x/y", "x/y"),
            ("a/b", "..", ""), ("a/out", "../../x", nil), ("a/c", "./d/../e", "a/e"),
        ] as [(String, String, String?)])
    func links(path: String, target: String, resolved: String?) throws {
        var builder = ImageBuilder(["x/y"])
        builder.links[path] = target
        let tree = try ISOImage(ImageSource(builder.octets)).tree
        #expect(tree.links.first?.target == resolved)
        #expect(tree.omissions.map(\.path) == (resolved == nil ? [path] : []))
    }

    @Test("a download that was cut short is told as such, by the first file that is not whole")
    func cutShort() throws {
        var builder = ImageBuilder(["a"])
        builder.files["z"] = [UInt8](repeating: 1, count: 5000)
        // Descriptors and root take 19 sectors, "a" one, "z" three.
        builder.missing = 2048
        let problem = ImageProblem.cutShort(what: "the file /z", end: 20 * 2048 + 5000, size: 22 * 2048)
        #expect(throws: problem) { try ISOImage(ImageSource(builder.octets)) }
    }

    @Test("cut at any place, an image is refused and nothing breaks")
    func truncated() throws {
        let octets = ImageBuilder(["a", "dir/b", "dir/deep/c"]).octets
        for count in stride(from: 0, to: octets.count - 2048, by: 64) {
            #expect(throws: ImageProblem.self) { try ISOImage(ImageSource(Array(octets.prefix(count)))) }
        }
    }

    @Test("a directory that lies in itself is read once")
    func loop() throws {
        var builder = ImageBuilder(["dir/a"])
        builder.hasRockRidge = false
        var octets = builder.octets
        // The only child directory of the root, whose first block becomes the root's.
        let root = 18 * 2048
        let place = try #require(octets[root...].indices.first { octets[$0...].starts(with: "DIR".utf8) })
        octets[place - 31] = 18
        #expect(try ISOImage(ImageSource(octets)).tree.files == [])
    }

    @Test("a file above 4 GiB has several entries, and is one file if it lies in one piece", arguments: [true, false])
    func severalEntries(isContiguous: Bool) throws {
        var builder = ImageBuilder(["big", "bih"])
        builder.hasRockRidge = false
        var octets = builder.octets
        let root = 18 * 2048
        // Both entries get the same name; the first says that it goes on.
        let first = try #require(octets[root...].indices.first { octets[$0...].starts(with: "BIG".utf8) })
        let second = try #require(octets[root...].indices.first { octets[$0...].starts(with: "BIH".utf8) })
        octets[second + 2] = UInt8(ascii: "G")
        octets[first - 33 + 25] |= 0x80
        octets.replaceSubrange(first - 33 + 10..<first - 33 + 14, with: [0, 8, 0, 0])
        if !isContiguous { octets[second - 33 + 2] = 19 }
        let image = try ISOImage(ImageSource(octets))
        if isContiguous {
            #expect(image.tree.files == [MediumFile(path: "big", offset: 19 * 2048, size: 2048 + 3)])
        } else {
            #expect(image.tree.files.isEmpty && image.tree.omissions.map(\.path) == ["big"])
        }
    }

    @Test("what is no image is told", arguments: [0, 100, 32_768, 36_864, 100_000])
    func foreign(count: Int) {
        #expect(throws: ImageProblem.self) { try ISOImage(ImageSource([UInt8](repeating: 7, count: count))) }
    }

    @Test("damaged octets of directories and descriptors break nothing")
    func damaged() {
        var builder = ImageBuilder(["a", "dir/b", "dir/deep/c", "live/vmlinuz", "live/initrd.img"])
        builder.links = ["link": "dir/deep"]
        let sound = builder.octets
        var state: UInt64 = 7
        for _ in 0..<3000 {
            var octets = sound
            for _ in 0..<4 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                octets[16 * 2048 + Int(state >> 33) % (octets.count - 16 * 2048)] = UInt8(
                    truncatingIfNeeded: state >> 24)
            }
            let source = ImageSource(octets)
            guard let image = try? ISOImage(source) else { continue }
            #expect(image.tree.files.allSatisfy { $0.offset + $0.size <= Int64(octets.count) })
            _ = Recognizer.recognize(image, source)
        }
    }
}
