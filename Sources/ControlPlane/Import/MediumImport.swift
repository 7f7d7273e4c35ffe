import BootPolicy
import Glibc
package import LinuxIO
package import Media
package import Settings

/// Brings an image of a medium beneath the root: kernel and RAM disks as files, all else by an index that leads into the image.
package struct MediumImport {
    package enum Failure: Error {
        case image(path: String, ImageProblem)
        case unreadable(SystemError)
        /// The directory that clients fetch from is not there.
        case noRoot(SystemError)
        /// The service would follow no index of ours to another user's image.
        case notOurs(path: String)
        /// What was seen instead.
        case unknown(path: String, [String])
        /// Why the medium's own kernel and RAM disks cannot boot, and what can.
        case cannotBoot(title: String, String)
        case exists(String)
        /// Two files of it would have one name here.
        case ambiguous(String)
        /// The settings would not take the target.
        case unfit(SettingsErrors)
        case unwritable(SystemError)
    }

    /// Where the image lies; absolute, without links.
    package let path: String
    private let root: String
    /// What the medium is called here.
    package let name: String
    package let image: ISOImage
    package let medium: RecognizedMedium
    /// What the settings may say of it.
    package let fragment: TargetFragment
    package let index: MediumIndex
    /// Files to be made beneath the root, with where their octets come from.
    package let plan: [Planned]

    package struct Planned: Equatable, Sendable {
        package enum Source: Equatable, Sendable {
            case image(Range<Int64>)
            case host(String)
        }
        /// Beneath the root.
        package let path: String
        package let source: Source
        /// Octets.
        package let size: Int64
    }

    /// Reads an image and decides everything; writes nothing.
    ///
    /// - Parameters:
    ///   - root: the directory that clients fetch from; it must exist.
    ///   - kernel: a file of this host in place of the medium's kernel.
    ///   - initrds: files of this host in place of the medium's RAM disks; empty for the medium's own.
    ///   - console: a serial port for the machine's console, `ttyS0,115200n8`.
    package init(
        path: String, name: String, root: String, kernel: String? = nil, initrds: [String] = [],
        console: String? = nil
    ) throws(Failure) {
        do throws(SystemError) {
            self.root = try realPath(root)
        } catch {
            throw .noRoot(error)
        }
        let file: OpenFile
        do throws(SystemError) {
            self.path = try realPath(path)
            file = try OpenFile(hostPath: self.path)
        } catch {
            throw .unreadable(error)
        }
        // Beneath the root it is reached through the root, whatever that is called by then.
        let isBeneath = self.path.utf8.starts(with: "\(self.root)/".utf8)
        let owner = file.owner
        guard isBeneath || geteuid() == 0 || geteuid() == owner else { throw .notOurs(path: path) }
        self.name = name
        let source = ImageSource(size: file.size) { part in try? file.octets(part) }
        do throws(ImageProblem) {
            image = try ISOImage(source)
        } catch {
            throw .image(path: path, error)
        }
        guard let medium = Recognizer.recognize(image, source) else {
            throw .unknown(path: path, Recognizer.describe(image))
        }
        self.medium = medium
        if let lacks = medium.lacks, kernel == nil || initrds.isEmpty { throw .cannotBoot(title: medium.title, lacks) }
        let place =
            isBeneath ? String(decoding: self.path.utf8.dropFirst(self.root.utf8.count + 1), as: UTF8.self) : self.path
        index = MediumIndex(
            image: MediumIndex.Image(path: place, size: file.size, modified: file.modified), tree: image.tree)
        let directory = "\(MediumPlace.top)/\(name)"
        let kernels = try Self.planned(kernel.map { [$0] } ?? [], else: [medium.kernel], in: directory)
        let disks = try Self.planned(initrds, else: medium.initrds, in: directory)
        plan = kernels + disks
        fragment = TargetFragment(
            name: name, medium: medium, kernel: kernels[0].path, initrds: disks.map(\.path), console: console,
            source: self.path)
        for (number, planned) in plan.enumerated() where plan[..<number].contains(where: { $0.path == planned.path }) {
            throw .ambiguous(planned.path)
        }
        do throws(SettingsErrors) {
            _ = try Settings.parse(fragment.text, file: "the target")
        } catch {
            throw .unfit(error)
        }
    }

    /// Files of this host if any are named, else of the medium, each under the last part of its path.
    private static func planned(
        _ own: [String], else files: [MediumFile], in directory: String
    ) throws(Failure) -> [Planned] {
        guard !own.isEmpty else {
            return files.map {
                Planned(
                    path: "\(directory)/\($0.path.lastPathPart)", source: .image($0.offset..<$0.offset + $0.size),
                    size: $0.size)
            }
        }
        do throws(SystemError) {
            return try own.map { (path) throws(SystemError) in
                let size = try OpenFile(hostPath: path).size
                return Planned(path: "\(directory)/\(path.lastPathPart)", source: .host(path), size: size)
            }
        } catch {
            throw .unreadable(error)
        }
    }

    /// What is written beneath the root, in the order in which it appears there.
    package var writtenPaths: [String] { plan.map(\.path) + ["\(MediumPlace.top)/\(name)/\(MediumPlace.index)"] }

    /// Writes all, or nothing: what was begun is removed when anything fails.
    ///
    /// - Parameters:
    ///   - settings: the directory where the fragment goes, as `NAME.toml`, if anywhere.
    ///   - replaces: whether files of before may be written over.
    package func write(settings: String?, replaces: Bool) throws(Failure) {
        let fragmentPath = settings.map { "\($0)/\(name).toml" }
        let names = writtenPaths.map(\.lastPathPart)
        do throws(SystemError) {
            let directory = try FoundDirectory([MediumPlace.top, name], beneath: root)
            let known =
                names.first { directory.has($0) }.map { "\(directory.path)/\($0)" }
                ?? fragmentPath.flatMap { access($0, F_OK) == 0 ? $0 : nil }
            if !replaces, let known { throw .taken(known) }
            do throws(SystemError) {
                try writeFiles(directory, fragmentPath)
            } catch {
                // Those that have their names already; one that was replaced cannot be had back, and the new one is whole.
                if !replaces {
                    for name in names { directory.remove(name) }
                    if let fragmentPath { unlink(fragmentPath) }
                }
                // One with files of others in it stays.
                for path in ["\(MediumPlace.top)/\(name)", MediumPlace.top] { rmdir("\(root)/\(path)") }
                throw error
            }
        } catch {
            throw error.isTaken ? .exists(error.subject) : .unwritable(error)
        }
    }

    private func writeFiles(
        _ directory: borrowing FoundDirectory, _ fragmentPath: String?
    ) throws(SystemError) {
        let image = try OpenFile(hostPath: path)
        var staged: [StagedFile] = []
        for planned in plan {
            let file = StagedFile(try OutputFile(planned.path.lastPathPart, in: directory))
            switch planned.source {
            case .image(let octets): try file.copy(octets, of: image)
            case .host(let path):
                let own = try OpenFile(hostPath: path)
                try file.copy(0..<own.size, of: own)
            }
            staged.append(file)
        }
        let text = Array(index.text.utf8)
        guard text.count <= MediumPlace.largestIndex else { throw .tooLarge("index", path) }
        staged.append(try StagedFile(OutputFile(MediumPlace.index, in: directory), text))
        if let fragmentPath {
            staged.append(try StagedFile(OutputFile(path: fragmentPath), Array(fragment.text.utf8)))
        }
        guard image.isUnchanged(), image.size == index.image.size, image.modified == index.image.modified else {
            throw .stale("read", path)
        }
        // All is on the disk under other names; now they get their own, the index behind the files it goes with.
        for file in staged { try file.finish() }
        try directory.synchronize()
    }
}

/// A file beside its place, until all others are whole too; removed when it never gets there.
private final class StagedFile {
    private var file: OutputFile

    init(_ file: consuming OutputFile) {
        self.file = file
    }

    convenience init(_ file: consuming OutputFile, _ octets: [UInt8]) throws(SystemError) {
        self.init(file)
        try add(octets)
    }

    func copy(_ octets: Range<Int64>, of source: borrowing OpenFile) throws(SystemError) {
        let piece: Int64 = 1 << 20
        var place = octets.lowerBound
        while place < octets.upperBound {
            let end = min(place + piece, octets.upperBound)
            let octets = try source.octets(place..<end)
            try file.append(octets.span.bytes)
            place = end
        }
        try file.synchronize()
    }

    private func add(_ octets: [UInt8]) throws(SystemError) {
        try file.append(octets.span.bytes)
        try file.synchronize()
    }

    func finish() throws(SystemError) {
        try file.finish()
    }
}

extension MediumImport.Failure: CustomStringConvertible {
    /// What happened, where, and what to do.
    package var description: String {
        switch self {
        case .image(let path, let problem): "\(path): \(problem)"
        case .unreadable(let error): "\(error); look at the path, and at the file's rights"
        case .noRoot(let error): "the root: \(error); make it, or name another with --root"
        case .notOurs(let path):
            "\(path) belongs to another user, and the service follows only root there; import it as root or as its owner"
        case .unknown(let path, let seen):
            "\(path): no kind of medium that is known; nothing was written. What was seen:\n  "
                + seen.joined(separator: "\n  ")
        case .cannotBoot(let title, let why): "\(title): \(why)"
        case .ambiguous(let path): "two files would be \(path); give them names of their own"
        case .unfit(let errors): "the settings do not take such a target; nothing was written: \(errors)"
        case .exists(let path): "\(path) is there already; choose another --name, or --replace it"
        case .unwritable(let error): "\(error); nothing was left there"
        }
    }
}
