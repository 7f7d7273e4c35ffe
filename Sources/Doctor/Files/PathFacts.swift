import BootPolicy
import Glibc
package import LinuxIO

/// Who the service is once it has dropped its privileges: one user, one group, and no others.
package struct Account: Equatable, Sendable {
    package var name: String
    package var user: UInt32
    package var group: UInt32

    package init(name: String, user: UInt32, group: UInt32) {
        self.name = name
        self.user = user
        self.group = group
    }
}

/// Whose a file or directory is, and what its mode allows.
package struct FileMode: Equatable, Sendable {
    package enum Right: UInt32, Sendable {
        case read = 4
        case write = 2
        /// To go through a directory.
        case enter = 1
    }

    package var owner: UInt32
    package var group: UInt32
    /// The lowest nine bits of its mode.
    package var bits: UInt32

    package init(owner: UInt32, group: UInt32, bits: UInt32) {
        self.owner = owner
        self.group = group
        self.bits = bits & 0o777
    }

    /// As the kernel decides: the first class that fits, and no other (path_resolution(7)).
    package func allows(_ right: Right, for account: Account) -> Bool {
        if account.user == 0 { return true }
        let shift: UInt32 = account.user == owner ? 6 : account.group == group ? 3 : 0
        return bits >> shift & right.rawValue != 0
    }
}

/// A file, and all that stands before it.
package struct PathFacts: Sendable {
    /// The directories on the way, as they are named and as they really are, and the file itself at the end.
    package var steps: [(path: String, mode: FileMode)] = []
    /// Its path without links; nil when it could not be followed.
    package var real: String?
    package var size: Int64 = 0
    /// Its first octets.
    package var head: [UInt8] = []
    /// Why it could not be looked at.
    package var problem: SystemError?
    package var isRegular = true
    /// Of a directory: whether nothing lies in it.
    package var isEmpty = false

    package init() {}

    /// - Parameter headLength: octets of its beginning that are read.
    package static func look(_ path: String, headLength: Int = LoaderKind.headLength) -> PathFacts {
        var facts = PathFacts()
        var paths = directories(above: path)
        do throws(SystemError) {
            let real = try realPath(path)
            facts.real = real
            for more in directories(above: real) where !paths.contains(more) { paths.append(more) }
        } catch {
            facts.problem = error
        }
        for step in paths + [path] {
            var status = stat()
            guard stat(step, &status) == 0 else {
                facts.problem = facts.problem ?? SystemError(call: "open", subject: step)
                break
            }
            facts.steps.append((step, FileMode(owner: status.st_uid, group: status.st_gid, bits: status.st_mode)))
            facts.isRegular = status.st_mode & S_IFMT == S_IFREG
            facts.size = Int64(status.st_size)
        }
        guard facts.problem == nil, facts.isRegular else {
            facts.isEmpty = HostText.names(in: path).isEmpty
            return facts
        }
        do throws(SystemError) {
            let file = try OpenFile(hostPath: path)
            facts.head = try file.octets(0..<min(file.size, Int64(headLength)))
        } catch {
            facts.problem = error
        }
        return facts
    }

    /// `/`, `/srv`, `/srv/pilotfish` for `/srv/pilotfish/vmlinuz`.
    static func directories(above path: String) -> [String] {
        var found = ["/"]
        var here = ""
        for part in path.split(separator: "/").dropLast() {
            here += "/\(part)"
            found.append(here)
        }
        return found
    }

    /// What keeps an account from reading the file: the first directory that it may not enter, or the file.
    package func obstacle(for account: Account) -> (path: String, mode: FileMode, isFile: Bool)? {
        for (index, step) in steps.enumerated() {
            let isFile = index == steps.count - 1 && problem?.isMissing != true
            if !step.mode.allows(isFile ? .read : .enter, for: account) { return (step.path, step.mode, isFile) }
        }
        return nil
    }
}
