import Assets
import BootPolicy
import LinuxIO
import NIOCore
import Wire

/// What a request found, in a form that can cross from an opening thread to an event loop.
enum FoundAsset: Sendable {
    case file(ServedFile)
    case generated([UInt8])
    case problem(AssetProblem)

    /// Opens what `path` names. Waits for the disk: not for an event loop.
    init(path: [UInt8], requester: Requester, assets: AssetStore, catalog: Catalog, local: IPv4Address) {
        do throws(AssetProblem) {
            switch try assets.open(path, for: requester, catalog: catalog, local: local) {
            case .file(let file): self = .file(ServedFile(file))
            case .generated(let octets): self = .generated(octets)
            }
        } catch {
            self = .problem(error)
        }
    }
}

/// A file lent to SwiftNIO for one response; closed when the response lets go of it.
final class ServedFile: Sendable {
    let identity: FileIdentity
    private let file: OpenFile
    /// Borrows the descriptor that `file` owns: NIO never closes a handle on its own, and `deinit` takes it back.
    private let handle: NIOFileHandle

    init(_ file: consuming OpenFile) {
        identity = file.identity
        handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: file.descriptor.number)
        self.file = file
    }

    deinit {
        // Nobody is reading: whoever writes a region holds this object until the write has ended.
        _ = try? handle.takeDescriptorOwnership()
    }

    func region(_ octets: Range<Int64>) -> FileRegion {
        FileRegion(
            fileHandle: handle, readerIndex: Int(file.offset + octets.lowerBound),
            endIndex: Int(file.offset + octets.upperBound))
    }

    /// Whether the file still reaches to `end`. SwiftNIO would try for ever to send what is no longer there, for
    /// sendfile(2) answers 0 at the end of a file.
    ///
    /// This is an lseek(2), which touches no disk; it must run on the event loop that sends the file, for a handle
    /// serves one user at a time.
    func reaches(_ end: Int64) -> Bool {
        guard let whole = try? FileRegion(fileHandle: handle) else { return false }
        return whole.endIndex >= file.offset + end
    }
}
