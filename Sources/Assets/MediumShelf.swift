import BootPolicy
import LinuxIO
import Media
import Synchronization

/// The media that were imported: what a path beneath their directories means, answered by a part of the image's file.
///
/// An index is read once and kept while its file stays the same; the image itself is looked at with each request, so that
/// nobody gets octets of another one that took its place.
final class MediumShelf: Sendable {
    /// Octets of the largest index: half a million files.
    private static let largestIndex = MediumPlace.largestIndex
    /// Indexes kept in memory, and octets of their texts together.
    private static let mostIndexes = 32
    private static let mostOctets = Int64(largestIndex)

    private struct Kept {
        let identity: FileIdentity
        let index: MediumIndex
        var lastUse: Int
    }

    private struct Memory {
        var kept: [String: Kept] = [:]
        var clock = 0

        /// Of the texts of all.
        var octets: Int64 { kept.values.reduce(0) { $0 + $1.identity.size } }
    }

    private let memory = Mutex(Memory())

    /// Indexes read so far, for tests.
    private let reads = Atomic<Int>(0)
    var indexesRead: Int { reads.load(ordering: .relaxed) }

    /// Opens what a path means on a medium.
    ///
    /// - Returns: nil when it is no path of a medium that was imported.
    /// - Throws: `SystemError`; ESTALE when the image is not the one that was imported, EACCES when it is another user's
    ///   than the index, `wouldWait` only if waiting is not allowed.
    func open(
        _ path: RequestPath, beneath root: RootDirectory, _ patience: Patience
    ) throws(SystemError) -> OpenFile? {
        guard let (indexPath, inside) = MediumPlace.find(path.parts) else { return nil }
        let file: OpenFile
        do throws(SystemError) {
            file = try root.open(indexPath, patience)
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
        let owner = file.owner
        let index = try index(indexPath, file, patience)
        let part: Range<Int64>
        switch inside {
        case .image: part = 0..<index.image.size
        case .file(let path):
            guard let octets = index.octets(of: path) else { return nil }
            part = octets
        }
        return try OpenFile(part, of: open(index.image, beneath: root, indexOwner: owner, patience))
    }

    /// Opens the image of an index.
    ///
    /// Who may write beneath the root must not lend out other files of this host by an index of his own: as with links in
    /// `/tmp` (protected_symlinks), it leads to files of its owner only, unless that is root.
    private func open(
        _ image: MediumIndex.Image, beneath root: RootDirectory, indexOwner: UInt32, _ patience: Patience
    ) throws(SystemError) -> OpenFile {
        let file =
            try image.isBeneathRoot
            ? root.open(image.path, patience) : OpenFile(hostPath: image.path, patience, followsLinks: false)
        guard image.isBeneathRoot || indexOwner == 0 || indexOwner == file.owner else {
            throw .notPermitted("open", image.path)
        }
        guard file.size == image.size, file.modified == image.modified else { throw .stale("open", image.path) }
        return file
    }

    private func index(
        _ path: String, _ file: borrowing OpenFile, _ patience: Patience
    ) throws(SystemError) -> MediumIndex {
        if let index = recall(path, file.identity) { return index }
        guard patience == .waits else { throw .wouldWait("read", path) }
        reads.wrappingAdd(1, ordering: .relaxed)
        let text = try file.contents(limit: Self.largestIndex)
        guard let index = try? MediumIndex(text) else { throw .malformed("read", path) }
        remember(Kept(identity: file.identity, index: index, lastUse: 0), path)
        return index
    }

    private func recall(_ path: String, _ identity: FileIdentity) -> MediumIndex? {
        memory.withLock { memory in
            guard let kept = memory.kept[path], kept.identity == identity else { return nil }
            memory.clock += 1
            memory.kept[path]?.lastUse = memory.clock
            return kept.index
        }
    }

    private func remember(_ new: Kept, _ path: String) {
        memory.withLock { memory in
            memory.clock += 1
            memory.kept[path] = Kept(identity: new.identity, index: new.index, lastUse: memory.clock)
            while memory.kept.count > Self.mostIndexes || memory.octets > Self.mostOctets, memory.kept.count > 1 {
                guard let oldest = memory.kept.min(by: { $0.value.lastUse < $1.value.lastUse }) else { break }
                memory.kept[oldest.key] = nil
            }
        }
    }
}

extension RootDirectory {
    /// The images of imported media that do not lie beneath the root, by their paths, in the order of the media's names.
    package func imagesElsewhere() -> [String] {
        guard let names = try? openDirectory(MediumPlace.top).names(limit: Self.mostMedia).names else { return [] }
        return names.sorted().compactMap { name in
            guard let file = try? open("\(MediumPlace.top)/\(name)/\(MediumPlace.index)"),
                let beginning = try? file.octets(0..<min(file.size, Self.beginning)),
                let image = MediumIndex.image(in: beginning), !image.isBeneathRoot
            else { return nil }
            return image.path
        }
    }

    private static let mostMedia = 10_000
    /// Octets that hold the first two lines of an index: a path is no longer than 4,096.
    private static let beginning: Int64 = 8192
}
