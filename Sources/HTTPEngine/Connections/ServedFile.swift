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
    /// Another server is being asked for it.
    case growing(GrowingFile)

    /// Opens what is asked for. Waits for the disk: not for an event loop.
    init(_ order: AssetOrder, in assets: AssetStore) {
        do throws(AssetProblem) {
            self.init(try assets.open(order.resolution, catalog: order.catalog, local: order.local))
        } catch {
            self = .problem(error)
        }
    }

    /// The same without waiting; nil when that cannot be done.
    init?(fromMemory resolution: NameResolution, _ catalog: Catalog, local: IPAddress, in assets: AssetStore) {
        do throws(AssetProblem) {
            guard let asset = try assets.openFromMemory(resolution, catalog: catalog, local: local) else { return nil }
            self.init(asset)
        } catch {
            self = .problem(error)
        }
    }

    private init(_ asset: consuming OpenedAsset) {
        switch consume asset {
        case .file(let file): self = .file(ServedFile(file))
        case .generated(let octets): self = .generated(octets)
        case .growing(let file): self = .growing(file)
        }
    }
}

/// What an opening thread has to know of a request.
struct AssetOrder: Sendable {
    let resolution: NameResolution
    let catalog: Catalog
    /// Our address for the URLs in generated scripts.
    let local: IPAddress
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

    /// As `LentStream.send`.
    func send(_ octets: Range<Int64>, by stream: LentStream) throws(SystemError) -> Int? {
        try stream.send(octets, of: file)
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
