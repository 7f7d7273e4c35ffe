import BootPolicy
import LinuxIO
import Synchronization

/// Finds the names that differ from a wanted one in small and capital letters only.
///
/// The names of a directory are remembered until it changes, so that a second miss costs three system calls for each part
/// of the path and reads nothing. Nobody waits for the lock while a disk is read.
final class FoldedDirectories: Sendable {
    /// What one search may read.
    struct Allowance {
        var entries = 20_000
        /// A link that leads back up makes paths of any depth.
        var directories = 40
    }

    /// The most entries of a directory that is looked through at all.
    static let largest = 10_000
    /// Names held in memory, in all directories together: some 10 MB when names are long.
    private static let capacity = 40_000
    private static let mostDirectories = 256

    /// The names of a directory in one state.
    private struct Folded {
        let state: DirectoryState
        /// By their folded form, each list in byte order; nil for a directory too large to look through.
        let names: [String: [String]]?
        let count: Int
        var lastUse = 0
    }

    private struct Memory {
        var directories: [DirectoryIdentity: Folded] = [:]
        var count = 0
        var clock = 0
    }

    private let memory = Mutex(Memory())
    private let now: @Sendable () -> Int64

    /// - Parameter now: milliseconds since 1970.
    init(now: @escaping @Sendable () -> Int64) {
        self.now = now
    }

    /// Entries read so far of any directory, for tests.
    private let reads = Atomic<Int>(0)
    var entriesRead: Int { reads.load(ordering: .relaxed) }

    /// How the file is really spelled that `path` means: in each directory the very name if it is there, else the first in
    /// byte order of those that differ in case.
    ///
    /// - Returns: nil when there is none, or a directory on the way is too large.
    /// - Throws: `SystemError.wouldWait` when that is not known without waiting, and only if waiting is not allowed.
    func spelling(
        of path: RequestPath, beneath root: RootDirectory, _ allowance: inout Allowance, _ patience: Patience = .waits
    ) throws(SystemError) -> String? {
        var found = ""
        for part in path.parts {
            guard allowance.directories > 0 else { return nil }
            allowance.directories -= 1
            guard let names = try names(of: found, beneath: root, &allowance, patience),
                let similar = names[CaseFolding.fold(part)],
                let name = similar.first(where: { $0.utf8.elementsEqual(part.utf8) }) ?? similar.first
            else { return nil }
            found += found.isEmpty ? name : "/" + name
        }
        return found
    }

    private func names(
        of directory: String, beneath root: RootDirectory, _ allowance: inout Allowance, _ patience: Patience
    ) throws(SystemError) -> [String: [String]]? {
        let open: OpenDirectory
        do throws(SystemError) {
            open = try root.openDirectory(directory, patience)
        } catch {
            if patience == .answersFromMemory, error.isWouldBlock { throw error }
            // What cannot be opened or read has no names for us; that the very name is missing was told already.
            return nil
        }
        let state = open.state
        if let known = recall(state) { return known.names }
        guard patience == .waits else { throw .wouldWait("readdir", directory) }
        let limit = min(Self.largest, allowance.entries)
        guard limit > 0, let listing = try? open.names(limit: limit) else { return nil }
        allowance.entries -= listing.read
        reads.wrappingAdd(listing.read, ordering: .relaxed)
        guard listing.isComplete else {
            // Cut short by what others had read before, it says nothing of the directory.
            if limit == Self.largest { remember(Folded(state: state, names: nil, count: 0)) }
            return nil
        }
        var names: [String: [String]] = [:]
        for name in listing.names { names[CaseFolding.fold(name), default: []].append(name) }
        for key in names.keys where (names[key]?.count ?? 0) > 1 {
            names[key]?.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
        remember(Folded(state: state, names: names, count: listing.names.count))
        return names
    }

    private func recall(_ state: DirectoryState) -> Folded? {
        memory.withLock { memory in
            guard let known = memory.directories[state.identity], known.state == state else { return nil }
            memory.clock += 1
            memory.directories[state.identity]?.lastUse = memory.clock
            return known
        }
    }

    private func remember(_ folded: Folded) {
        // Files that come within the same tick of the file system's clock leave the time of the directory as it is.
        let age = now() - max(folded.state.modified, folded.state.changed) / 1_000_000
        guard age > 1000 else { return }
        memory.withLock { memory in
            if let old = memory.directories.removeValue(forKey: folded.state.identity) { memory.count -= old.count }
            while memory.count + folded.count > Self.capacity || memory.directories.count >= Self.mostDirectories {
                guard let oldest = memory.directories.min(by: { $0.value.lastUse < $1.value.lastUse }) else { break }
                memory.directories[oldest.key] = nil
                memory.count -= oldest.value.count
            }
            memory.clock += 1
            var folded = folded
            folded.lastUse = memory.clock
            memory.directories[folded.state.identity] = folded
            memory.count += folded.count
        }
    }
}
