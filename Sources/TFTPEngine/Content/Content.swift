import LinuxIO
import Wire

/// Octets to send, shared by all sessions that send them; the address never changes while it lives.
final class Content {
    let start: UnsafeRawPointer?
    let size: Int64
    private let mapping: MappedFile?
    private let owned: UnsafeMutableRawPointer?

    /// A file's octets, which only the kernel reads.
    init(_ mapping: MappedFile) {
        self.mapping = mapping
        owned = nil
        start = mapping.start
        size = mapping.size
    }

    /// Octets of our own making, copied once.
    init(_ bytes: [UInt8]) {
        mapping = nil
        size = Int64(bytes.count)
        let copy = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        copy.copyMemory(from: bytes, byteCount: bytes.count)
        owned = copy
        start = UnsafeRawPointer(copy)
    }

    deinit {
        owned?.deallocate()
    }
}

/// Files kept open between sessions: EDK2 asks twice for each file, shim up to three times, and a rack all at once.
struct ContentTable {
    private struct Entry {
        var content: Content
        var users: Int
        var lastUse: Instant
    }

    /// How long a file stays mapped after its last session.
    private static let keep = TimeSpan.seconds(10)

    private var entries: [FileIdentity: Entry] = [:]

    /// The content of a file, mapped now or shared with those who send it already.
    ///
    /// - Throws: `SystemError` when the file cannot be mapped.
    mutating func content(of file: borrowing OpenFile, now: Instant) throws(SystemError) -> Content {
        if let entry = entries[file.identity] {
            entries[file.identity]?.users += 1
            return entry.content
        }
        let content = Content(try MappedFile(file))
        entries[file.identity] = Entry(content: content, users: 1, lastUse: now)
        return content
    }

    var isEmpty: Bool { entries.isEmpty }

    mutating func release(_ identity: FileIdentity, now: Instant) {
        entries[identity]?.users -= 1
        entries[identity]?.lastUse = now
    }

    /// Unmaps what nobody has used for a while; called now and then.
    mutating func sweep(now: Instant) {
        entries = entries.filter { $0.value.users > 0 || now - $0.value.lastUse < Self.keep }
    }
}
