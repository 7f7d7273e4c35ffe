import Glibc
import LinuxIO

/// The files that a confined process can open; what it was handed open stays open to it.
package struct FileReach: Equatable, Sendable {
    /// Directories with all that lies beneath them, and files, to be read.
    package private(set) var reading: Set<String> = []
    /// Directories in which files come, change and go.
    package private(set) var writing: Set<String> = []
    /// Devices that are read and written.
    let devices: Set<String> = ["/dev/null"]

    package init() {}

    /// A directory, and all beneath it; or a file as it is now: another one that gets its name is out of reach.
    package mutating func read(_ path: String) {
        reading.insert(path)
    }

    /// What has that path, whoever takes its place: packages, editors and mounts put another file or directory there. So all of the
    /// directory that it is in can be read, and where the path is a link also of the one that it leads to; of the
    /// host's topmost directory never more than the path itself.
    package mutating func readWhatever(has path: String) {
        guard let real = try? realPath(path) else { return readWhereItMayCome(path) }
        for place in [path, real] {
            let parent = Self.parent(of: place)
            read(parent == "/" ? place : parent)
        }
        // The directory above may be a link, and what lies here is read in any case.
        read(real)
    }

    /// What is not there may be installed later: the nearest directory that exists, unless that is one of the host's topmost.
    private mutating func readWhereItMayCome(_ path: String) {
        var place = Self.parent(of: path)
        while access(place, F_OK) != 0, place != "/" { place = Self.parent(of: place) }
        if Self.parent(of: place) != "/" { read(place) }
    }

    package mutating func write(_ path: String) {
        writing.insert(path)
    }

    /// Whether what a path leads to now can be read, as far as this goes: permissions may say no. True for what is not there.
    package func covers(_ path: String) -> Bool {
        guard let real = try? realPath(path) else { return true }
        return reading.union(writing).contains { place in
            guard let place = try? realPath(place) else { return false }
            return place == "/" || real == place || real.utf8.starts(with: "\(place)/".utf8)
        }
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}

extension FileReach {
    /// What every process of ours reads of its host by itself, or the libraries under it: its own status, the time zone, the
    /// names of users, how many processors there are, and OpenSSL's settings.
    ///
    /// Of /proc all, for libdispatch looks at threads by /proc/TID/stat, threads that are yet to come, and ends the process where
    /// it may not. Of other processes there is what their users let anybody see; a unit hides them (ProtectProc=).
    static let usual: FileReach = {
        var reach = FileReach()
        for path in [
            "/proc", "/etc/localtime", "/usr/share/zoneinfo", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group",
            "/etc/ssl/openssl.cnf", "/dev/urandom", "/sys/devices/system/cpu", "/sys/fs/cgroup",
        ] {
            reach.read(path)
        }
        return reach
    }()

    /// What names are looked up and certificates are checked with, beside that: /etc as a whole, for what is in it is
    /// replaced file by file, and what its links lead to.
    static let names: FileReach = {
        var reach = usual
        for path in ["/etc", "/usr/share", "/usr/local/share", "/usr/lib", "/usr/lib64", "/lib", "/lib64"] {
            reach.read(path)
        }
        for path in ["/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs"] { reach.readWhatever(has: path) }
        return reach
    }()

    func union(_ other: FileReach) -> FileReach {
        var reach = self
        reach.reading.formUnion(other.reading)
        reach.writing.formUnion(other.writing)
        return reach
    }
}
