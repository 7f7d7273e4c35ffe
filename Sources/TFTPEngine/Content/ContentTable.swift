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

    /// How long a file stays open after its last transfer.
    private static let keep = TimeSpan.seconds(30)
    /// Open files beyond which those that nobody sends are closed at once.
    private static let mostFiles = 256
    /// Block sizes of one file that are counted: firmware knows a few, and an image of each costs memory.
    private static let mostSizes = 4
    /// Transfers with one block size that make an image worth its memory.
    private static let popularity = 2
    /// Octets that the loader brings in at once, at first and at most.
    private static let firstPortion: Int64 = 1 << 20
    private static let largestPortion: Int64 = 4 << 20

    private var entries: [FileIdentity: Entry] = [:]
    private let loader: ContentLoader.Client

    init(loader: ContentLoader.Client) {
        self.loader = loader
    }

    /// The content of a file, opened now or shared with those who send it already.
    ///
    /// - Throws: `SystemError` when the file cannot be mapped.
    mutating func content(of file: consuming OpenFile, now: Instant) throws(SystemError) -> Content {
        let identity = file.identity
        if let entry = entries[identity] {
            entries[identity]?.users += 1
            return entry.content
        }
        // Each holds a descriptor: GRUB alone asks for hundreds of modules.
        if entries.count >= Self.mostFiles { entries = entries.filter { $0.value.users > 0 } }
        let content = try Content(file)
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
        guard content.asked < content.size, let file = content.file else { return }
        let portion = min(max(content.asked, Self.firstPortion), Self.largestPortion)
        guard position + portion > content.asked else { return }
        let end = min(content.asked + portion, content.size)
        loader.populate(file, content.asked..<end)
        content.asked = end
    }

    /// Takes what the loader has done.
    ///
    /// - Returns: the contents that have an image now.
    mutating func collect() -> [Content] {
        var framed: [Content] = []
        for answer in loader.answers() {
            guard let content = entries[answer.identity]?.content else { continue }
            switch answer.outcome {
            case .populated(let end): content.ready = max(content.ready, end)
            case .framed(let image):
                content.images.append(image)
                framed.append(content)
            }
        }
        return framed
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
