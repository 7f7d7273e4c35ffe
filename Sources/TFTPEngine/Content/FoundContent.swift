import Assets
import BootPolicy
import LinuxIO
import Transfers
import Wire

/// What a request is answered with, opened and ready to be sent, on whichever thread that was done.
enum FoundContent: Sendable {
    case file(SharedFile)
    /// Made for this request.
    case octets([UInt8])
}

/// What to open: a request behind all that needs no disk.
struct OpeningOrder: Sendable {
    let resolution: NameResolution
    /// The one that was in force when the client asked.
    let catalog: Catalog
    /// Our address as the client reached it.
    let local: IPAddress
    let mode: TransferMode
    /// The most octets of a file that is translated.
    let translationLimit: Int

    /// Whether the same would be opened, so that once is enough.
    func isSame(as other: OpeningOrder) -> Bool {
        mode == other.mode && local == other.local && catalog.generation == other.catalog.generation
            && resolution.candidates == other.resolution.candidates
            && (resolution.requester == other.resolution.requester || !resolution.candidates.contains(where: \.isMade))
    }

    /// Whether it may have to come from another server.
    var isMirrored: Bool {
        resolution.candidates.contains { if case .mirrored = $0.asset { true } else { false } }
    }

    /// Opens it, however long that takes: for a loader thread.
    ///
    /// - Parameter whenThere: called once, on another thread, when it is worth trying again.
    /// - Returns: nil while another server is being asked for it.
    func open(
        in assets: AssetStore, whenThere: @escaping @Sendable () -> Void
    ) throws(AssetProblem) -> FoundContent? {
        let asset = try assets.open(resolution, catalog: catalog, local: local)
        do throws(SystemError) {
            switch consume asset {
            case .growing(let file):
                file.whenEnded(whenThere)
                return nil
            case .generated(let octets): return .octets(mode == .netascii ? Netascii.translate(octets) : octets)
            case .file(let file) where mode == .netascii:
                return .octets(Netascii.translate(try file.contents(limit: translationLimit)))
            case .file(let file): return .file(try SharedFile(waitingFor: file))
            }
        } catch {
            throw .unreadable
        }
    }

    /// Opens it if that needs no disk: for a worker.
    ///
    /// - Returns: nil when a loader thread has to do it.
    func openFromMemory(in assets: AssetStore, _ contents: ContentTable) throws(AssetProblem) -> FoundContent? {
        guard let asset = try assets.openFromMemory(resolution, catalog: catalog, local: local) else { return nil }
        do throws(SystemError) {
            switch consume asset {
            case .growing: return nil
            case .generated(let octets): return .octets(mode == .netascii ? Netascii.translate(octets) : octets)
            case .file(let file) where mode == .netascii:
                // To translate a large one takes long enough to be somebody else's work.
                guard file.size <= SharedFile.largestCopy, let octets = file.contentsInCache() else { return nil }
                return .octets(Netascii.translate(octets.octets))
            case .file(let file): return .file(try contents.shared(file))
            }
        } catch {
            throw .unreadable
        }
    }
}
