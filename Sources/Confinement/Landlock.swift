import CSeccomp
import Glibc
import LinuxIO

/// Rules of the kernel on files, TCP and other processes that hold whatever the permissions say (landlock(7)).
struct Landlock {
    /// Where files may be read and changed.
    var reach: FileReach
    var refusesTCP: TCP
    /// Whether sockets without a path are among what is out of reach; systemd may listen at one.
    var refusesAbstractSockets = true

    /// What is refused of TCP.
    struct TCP: OptionSet {
        let rawValue: UInt64
        static let bind = Self(rawValue: 1 << 0)
        static let connect = Self(rawValue: 1 << 1)
    }

    /// The bits of linux/landlock.h.
    private struct Access: OptionSet {
        let rawValue: UInt64
        static let execute = Self(rawValue: 1 << 0)
        static let writeFile = Self(rawValue: 1 << 1)
        static let readFile = Self(rawValue: 1 << 2)
        static let readDirectory = Self(rawValue: 1 << 3)
        static let remove = Self(rawValue: 1 << 4 | 1 << 5)
        static let makeDirectory = Self(rawValue: 1 << 7)
        static let makeFile = Self(rawValue: 1 << 8)
        static let makeSocket = Self(rawValue: 1 << 9)
        /// Devices, pipes and links as well.
        static let make = Self(rawValue: 1 << 6 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12)
        /// Into another directory.
        static let move = Self(rawValue: 1 << 13)
        static let truncate = Self(rawValue: 1 << 14)
        static let device = Self(rawValue: 1 << 15)

        static let reading: Self = [.readFile, .readDirectory]
        static let changing: Self = [
            .readFile, .readDirectory, .writeFile, .remove, .makeDirectory, .makeFile, .makeSocket, .truncate,
        ]
        /// What there is to allow of a file that is no directory.
        static let ofFiles: Self = [.readFile, .writeFile, .truncate]

        /// All that a version of Landlock can refuse.
        init(rawValue: UInt64) { self.rawValue = rawValue }
        init(version: Int) {
            self = [.execute, .writeFile, .readFile, .readDirectory, .remove, .make]
            if version >= 2 { insert(.move) }
            if version >= 3 { insert(.truncate) }
            if version >= 5 { insert(.device) }
        }
    }

    /// What this kernel has; 0 for no Landlock, which is left out of many. Asked for once: nobody can any more when the system
    /// call filter is in place.
    static let version = max(0, pilotfish_landlock_version())

    /// What a kernel does not keep us from, in words for the log; nil when it has all that is used here.
    static func lacks(_ version: Int) -> String? {
        if version < 1 {
            return
                "this kernel has no Landlock: which files the service reads and writes, its user's permissions alone say"
        }
        var lacks: [String] = []
        if version < 3 { lacks.append("truncating files") }
        if version < 4 { lacks.append("TCP") }
        if version < 5 { lacks.append("devices") }
        if version < 6 { lacks.append("signals and abstract sockets") }
        guard !lacks.isEmpty else { return nil }
        return "the Landlock of this kernel (version \(version)) has no rules on \(lacks.joined(separator: ", ")): "
            + "there the system call filter and the user's permissions stand alone"
    }

    /// Puts the rules in force, as far as the kernel has them; what is open already stays as it is. Needs no_new_privs.
    ///
    /// - Parameter version: of the kernel's Landlock, or an older one.
    /// - Throws: `SystemError` when it has Landlock and refuses.
    func enforce(version: Int = Self.version) throws(SystemError) {
        guard version >= 1 else { return }
        let all = Access(version: version)
        var rules = pilotfish_landlock_rules(files: all.rawValue, network: 0, scoped: 0)
        if version >= 4 { rules.network = refusesTCP.rawValue }
        // Bit 0: abstract Unix sockets of others; bit 1: signals to others.
        if version >= 6 { rules.scoped = (refusesAbstractSockets ? 1 : 0) | 1 << 1 }
        let number = pilotfish_landlock_create(rules, Self.size(version))
        guard number >= 0 else { throw SystemError(call: "landlock_create_ruleset") }
        let descriptor = OwnedDescriptor(number)
        for path in reach.reading { try allow(path, .reading, all, descriptor.number) }
        for path in reach.writing { try allow(path, .changing, all, descriptor.number) }
        for path in reach.devices { try allow(path, [.readFile, .writeFile], all, descriptor.number) }
        guard pilotfish_landlock_enforce(descriptor.number) == 0 else {
            throw SystemError(call: "landlock_restrict_self")
        }
    }

    /// Octets of the rules that a version knows.
    private static func size(_ version: Int) -> Int {
        switch version {
        case ..<4: 8
        case ..<6: 16
        default: 24
        }
    }

    private func allow(_ path: String, _ access: Access, _ all: Access, _ rules: Int32) throws(SystemError) {
        let number = open(path, O_CLOEXEC | Self.pathOnly)
        // What is not there, or out of reach for this user, need not be allowed.
        guard number >= 0 else { return }
        let place = OwnedDescriptor(number)
        var status = stat()
        guard fstat(place.number, &status) == 0 else { throw SystemError(call: "fstat", subject: path) }
        let isDirectory = status.st_mode & S_IFMT == S_IFDIR
        let known = access.intersection(all).intersection(isDirectory ? all : .ofFiles)
        guard pilotfish_landlock_allow(rules, place.number, known.rawValue) == 0 else {
            throw SystemError(call: "landlock_add_rule", subject: path)
        }
    }

    /// O_PATH, which Glibc's module shows only with _GNU_SOURCE.
    private static let pathOnly: Int32 = 0o10000000
}
