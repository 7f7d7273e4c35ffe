import Glibc
import LinuxIO
import Wire

/// The small files by which the kernel tells of itself (/proc, /sys).
enum HostText {
    /// The whole text; nil when there is none, or it may not be read.
    ///
    /// - Parameter limit: octets; what is longer is cut.
    static func read(_ path: String, limit: Int = 1 << 22) -> String? {
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { return nil }
        defer { close(number) }
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        // Their size is not known before they are read.
        while octets.count < limit {
            let count = Glibc.read(number, &buffer, buffer.count)
            guard count > 0 else { break }
            octets += buffer.prefix(count)
        }
        return String(decoding: octets, as: UTF8.self)
    }

    /// A number that is all of the file.
    static func number(_ path: String) -> Int? {
        read(path, limit: 64).flatMap { Int($0.filter { !$0.isWhitespace }) }
    }

    /// The names in a directory; none when it cannot be read.
    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Where a link leads; nil when it is none.
    static func link(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { readlink(path, $0.assumingMemoryBound(to: CChar.self), bytes.count) } ?? -1
        }
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Of lists like that of the kernel's memory: the number behind "NAME:".
    static func field(_ name: String, in text: String) -> Int? {
        for line in text.split(separator: "\n") where line.hasPrefix(name + ":") {
            return Int(line.dropFirst(name.count + 1).split(whereSeparator: \.isWhitespace).first ?? "")
        }
        return nil
    }
}

/// A program of this host, run to its end: bounded in time and in what it may say.
enum HostProgram {
    /// Of programs that administrators run; ours may have another PATH, or none.
    private static let places = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]
    private static let longest = TimeSpan.seconds(5)
    /// A rule set with sets of a hundred thousand addresses.
    private static let most = 1 << 24

    enum Outcome {
        case said([UInt8])
        /// It is not installed.
        case missing
        /// Why there is nothing to read.
        case failed(String)
    }

    static func run(_ name: String, _ arguments: [String] = []) -> Outcome {
        guard let place = places.first(where: { access("\($0)/\(name)", X_OK) == 0 }) else { return .missing }
        let path = "\(place)/\(name)"
        do throws(SystemError) {
            return try run(path: path, name, arguments)
        } catch {
            return .failed("\(error)")
        }
    }

    private static func run(path: String, _ name: String, _ arguments: [String]) throws(SystemError) -> Outcome {
        let child = try ChildProcess(
            [path] + arguments, environment: ["LC_ALL=C", "PATH=\(places.joined(separator: ":"))"], input: [],
            keeping: most)
        let epoll = try Epoll()
        try epoll.add(child.end, token: 0)
        try epoll.add(child.output.descriptor, token: 1)
        try epoll.add(child.errors.descriptor, token: 2)
        let deadline = Clock.now + longest
        while true {
            let left = deadline - Clock.now
            guard left > .zero else {
                child.kill()
                return .failed("\(name) took too long")
            }
            _ = try epoll.wait(left)
            if !child.output.drain() { epoll.remove(child.output.descriptor) }
            if !child.errors.drain() { epoll.remove(child.errors.descriptor) }
            guard let ending = child.ending() else { continue }
            // What it wrote last may still lie in the pipe.
            while child.output.drain(), Clock.now < deadline {}
            guard ending == .exited(0) else { return .failed(reason(name, child.errors.kept)) }
            return .said(child.output.kept)
        }
    }

    private static func reason(_ name: String, _ said: [UInt8]) -> String {
        let line = String(decoding: said, as: UTF8.self).split(separator: "\n").first.map(String.init)
        return line.map { "\(name) said: \($0)" } ?? "\(name) failed"
    }
}
