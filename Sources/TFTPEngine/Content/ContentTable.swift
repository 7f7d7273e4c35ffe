import LinuxIO
import Wire

/// The files that one worker sends, kept open between transfers: EDK2 asks twice for each file, shim up to three times,
/// and a rack all at once.
struct ContentTable {
    private struct Entry {
        let content: Content
        var users: Int
        var lastUse: Instant
    }

    /// What the loader could not bring in.
    struct Failure {
        let content: Content
        let octets: Range<Int64>
        /// The file is no longer what was opened; else the disk has failed.
        let isChanged: Bool
    }

    /// How long a file stays open after its last transfer.
    private static let keep = TimeSpan.seconds(30)
    /// Open files beyond which those that nobody sends are closed at once.
    private static let mostFiles = 256
    /// Block sizes of one file that are counted: firmware knows a few, and an image of each costs memory.
    private static let mostSizes = 4
    /// Transfers with one block size that make an image worth its memory.
    private static let popularity = 2

    private var entries: [FileIdentity: Entry] = [:]
    private var failures: [Failure] = []
    private let loader: ContentLoader.Client

    init(loader: ContentLoader.Client) {
        self.loader = loader
    }

    /// The file as those have it who send it already, or as it was opened now.
    ///
    /// - Throws: `SystemError` when the file cannot be mapped.
    func shared(_ file: consuming OpenFile) throws(SystemError) -> SharedFile {
        if let known = entries[file.identity]?.content.file { return known }
        return try SharedFile(file)
    }

    /// The content of a file for one transfer more.
    mutating func content(of file: SharedFile, now: Instant) -> Content {
        let identity = file.file.identity
        if let entry = entries[identity] {
            entries[identity]?.users += 1
            return entry.content
        }
        // Each holds a descriptor: GRUB alone asks for hundreds of modules.
        if entries.count >= Self.mostFiles { entries = entries.filter { $0.value.users > 0 } }
        let content = Content(file)
        entries[identity] = Entry(content: content, users: 1, lastUse: now)
        readAhead(content, from: 0)
        return content
    }

    /// A transfer with this block size begins: what many ask for is framed.
    func willSend(_ content: Content, blockSize: Int) {
        guard let file = content.file, content.demand[blockSize] != nil || content.demand.count < Self.mostSizes
        else { return }
        let demand = content.demand[blockSize, default: 0] + 1
        content.demand[blockSize] = demand
        if demand == Self.popularity, content.size > 0 { loader.frame(file, blockSize: blockSize) }
    }

    /// Asks for what comes behind the octet that is sent now, in time before it is needed.
    func readAhead(_ content: Content, from position: Int64) {
        guard !content.residency.isWhole, let file = content.file else { return }
        while let octets = content.residency.ask(from: position) { loader.populate(file, octets) }
    }

    /// Takes what the loader has done.
    ///
    /// - Returns: the contents that have an image now.
    mutating func collect() -> [Content] {
        var framed: [Content] = []
        for answer in loader.answers() {
            guard let content = entries[answer.identity]?.content else { continue }
            switch answer.outcome {
            case .populated(let octets): content.residency.answer(octets, isPresent: true)
            case .failed(let octets, let isChanged):
                content.residency.answer(octets, isPresent: false)
                failures.append(Failure(content: content, octets: octets, isChanged: isChanged))
            case .framed(let image):
                content.images.append(image)
                framed.append(content)
            }
        }
        return framed
    }

    /// What could not be brought in since the last call.
    mutating func takeFailures() -> [Failure] {
        defer { failures.removeAll() }
        return failures
    }

    /// The kernel has taken pages back: what is mapped is asked for again before it is sent.
    func doubt() {
        for entry in entries.values { entry.content.residency.doubt() }
    }

    var isEmpty: Bool { entries.isEmpty }

    mutating func release(_ identity: FileIdentity, now: Instant) {
        entries[identity]?.users -= 1
        entries[identity]?.lastUse = now
    }

    /// Closes what nobody has used for a while; called now and then.
    mutating func sweep(now: Instant) {
        entries = entries.filter { $0.value.users > 0 || now - $0.value.lastUse < Self.keep }
    }
}
