/// An ISO 9660 image, opened: what it is called, what lies on it, what firmware would boot from it.
///
/// Debian's libiso9660 (libcdio 2.1) was weighed and left: it knows one place of a file (not several, as files above 4 GiB have),
/// reads memory that nobody wrote and loops for seconds when an image is damaged, and would be linked into the service. What
/// stands here reads nothing outside of the image, ends on any octets, and knows no pointers.
package struct ISOImage: Sendable {
    /// Which of the names that a medium may have for one file were read.
    package enum Names: String, Sendable {
        /// POSIX names and links (IEEE P1282).
        case rockRidge = "Rock Ridge"
        case joliet = "Joliet"
        /// `NAME.EXT;1`, read as Linux reads it: in small letters, without the version.
        case plain = "ISO 9660"
    }

    /// The volume's name.
    package let label: String
    package let names: Names
    package let tree: MediumTree
    /// What firmware may boot from the medium itself (El Torito).
    package let bootEntries: [BootEntry]
    /// Whether files may be there that only UDF knows: Windows' media are like that.
    package let hasUDF: Bool

    /// Octets of a sector, in which descriptors and directories lie.
    static let sector = 2048

    /// Reads everything but the files' contents.
    ///
    /// - Throws: `ImageProblem`; for a file that lies behind the image's end too, for then a download was cut short.
    package init(_ source: ImageSource) throws(ImageProblem) {
        let volumes = try VolumeDescriptors(source)
        guard let primary = volumes.primary else {
            throw .noImage(volumes.hasUDF ? "this medium is UDF only" : "there is no volume descriptor in it")
        }
        var walk = DirectoryWalk(source, primary)
        let hasRockRidge = try walk.findsRockRidge()
        if !hasRockRidge, let joliet = volumes.joliet {
            names = .joliet
            walk = DirectoryWalk(source, joliet)
        } else {
            names = hasRockRidge ? .rockRidge : .plain
        }
        tree = try walk.run(names)
        label = (names == .joliet ? volumes.joliet : nil)?.label ?? primary.label
        bootEntries = volumes.bootCatalog.map { BootEntry.read(source, sector: $0) } ?? []
        hasUDF = volumes.hasUDF
    }

    /// The file of that very path.
    package func file(_ path: String) -> MediumFile? {
        tree.files.first { $0.path == path }
    }
}

/// What firmware may boot from a medium (El Torito 1.0, "Bootable CD-ROM Format Specification").
package struct BootEntry: Equatable, Sendable {
    /// 0 is BIOS, 0xEF is EFI.
    package let platform: UInt8
    /// Where the loader, or a floppy or disk image, lies.
    package let offset: Int64

    package var platformName: String {
        switch platform {
        case 0: "BIOS"
        case 1: "PowerPC"
        case 2: "Mac"
        case 0xEF: "EFI"
        default: "platform \(platform)"
        }
    }

    /// The bootable entries of the catalog; none when it is no catalog, for nothing here depends on it.
    static func read(_ source: ImageSource, sector: Int) -> [BootEntry] {
        let offset = Int64(sector) * Int64(ISOImage.sector)
        guard let catalog = try? source.octets(at: offset, count: ISOImage.sector, of: "the boot catalog"),
            catalog[0] == 1, catalog[30] == 0x55, catalog[31] == 0xAA
        else { return [] }
        var platform = catalog[1]
        var entries: [BootEntry] = []
        for place in stride(from: 32, to: catalog.count, by: 32) {
            switch catalog[place] {
            // Section headers, the last of them 0x91.
            case 0x90, 0x91: platform = catalog[place + 1]
            case 0x88:
                entries.append(BootEntry(platform: platform, offset: Int64(catalog.little32(place + 8)) * 2048))
            default: continue
            }
        }
        return entries
    }
}
