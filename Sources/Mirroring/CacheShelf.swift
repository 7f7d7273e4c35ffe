import LinuxIO
import Wire

/// The files of one mirror on disk: each under the hash of its URL, with a description beside it.
///
/// A file gets its name when it is whole and on the disk, and its description after it. What a crash leaves is a file
/// without a description, or one that does not fit it: both are as good as nothing.
struct CacheShelf: ~Copyable, Sendable {
    private let directory: FoundDirectory

    /// - Parameter state: the service's own directory.
    init(_ mirror: String, beneath state: String) throws(SystemError) {
        directory = try FoundDirectory(["cache", "mirror", mirror], beneath: state)
    }

    static func key(of url: String) -> String {
        var hash = SHA256()
        let octets = Array(url.utf8)
        hash.update(octets.span.bytes)
        return hash.digest
    }

    private static func description(_ key: String) -> String { "\(key).about" }

    /// Everything that is there, by key.
    ///
    /// - Parameter removesRests: whether what belongs to nothing is taken away: at the start, when nothing is under way.
    borrowing func load(removesRests: Bool) throws(SystemError) -> [String: CachedFile] {
        let names = try directory.names()
        var found: [String: CachedFile] = [:]
        for name in names where name.hasSuffix(".about") {
            let key = String(name.dropLast(".about".count))
            if let file = describe(name), Self.key(of: file.url) == key { found[key] = file }
        }
        for name in names where removesRests {
            let key = name.prefix { $0 != "." }
            if found[String(key)] == nil || name.hasSuffix(".part") { directory.remove(name) }
        }
        return found
    }

    private borrowing func describe(_ name: String) -> CachedFile? {
        do throws(SystemError) {
            let file = try directory.file(name)
            return CachedFile(String(decoding: try file.contents(limit: 1 << 16), as: UTF8.self))
        } catch {
            return nil
        }
    }

    /// What the file system has, in octets.
    borrowing func room() throws(SystemError) -> FileSystemRoom { try directory.room() }

    /// A file to fetch into.
    borrowing func begin(_ key: String, number: Int) throws(SystemError) -> SharedDescriptor {
        directory.remove(Self.part(key, number))
        return try directory.create(Self.part(key, number))
    }

    private static func part(_ key: String, _ number: Int) -> String { "\(key).\(number).part" }

    borrowing func abandon(_ key: String, number: Int) { directory.remove(Self.part(key, number)) }

    /// What was fetched takes its place.
    borrowing func keep(
        _ file: SharedDescriptor, _ key: String, number: Int, as about: CachedFile
    ) throws(SystemError) {
        try file.synchronize(about.url)
        // The old description must not be beside the new file, not for a moment.
        directory.remove(Self.description(key))
        try directory.rename(Self.part(key, number), to: key)
        try write(about, key)
    }

    borrowing func write(_ about: CachedFile, _ key: String) throws(SystemError) {
        var output = try OutputFile(Self.description(key), in: directory)
        let octets = Array(about.text.utf8)
        try output.append(octets.span.bytes)
        try output.synchronize()
        try output.finish()
        try directory.synchronize()
    }

    /// Opens a file if it is still the one that is described.
    ///
    /// - Throws: `SystemError`; ESTALE when it is another.
    borrowing func open(_ key: String, _ about: CachedFile) throws(SystemError) -> OpenFile {
        let file = try directory.file(key)
        guard file.size == about.size, file.modified == about.stamp else { throw .stale("open", about.url) }
        return file
    }

    borrowing func remove(_ key: String) {
        directory.remove(Self.description(key))
        directory.remove(key)
    }
}
