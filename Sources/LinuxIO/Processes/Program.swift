import CLinuxNet
import Glibc

/// A program to be run (posix_spawn(3)).
struct Program {
    let path: String
    /// The first is its name.
    let arguments: [String]
    /// Each as `NAME=value`.
    let environment: [String]
    /// Whether it gets a process group of its own, which can be killed together.
    var leadsGroup = false

    /// - Parameter descriptors: those of ours that it gets, and under which numbers; all others that are closed on exec it does
    ///   not have.
    /// - Returns: the process.
    /// - Throws: `SystemError` when it cannot be run.
    func start(descriptors: [(ours: Int32, theirs: Int32)]) throws(SystemError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // A duplicate is not closed when the program is executed.
        for (ours, theirs) in descriptors { posix_spawn_file_actions_adddup2(&actions, ours, theirs) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What we read by a descriptor is blocked here, and some is ignored: neither is any business of another program.
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let group = leadsGroup ? POSIX_SPAWN_SETPGROUP : 0
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | group))

        var process = pid_t()
        let result = Self.withStrings(arguments) { arguments in
            Self.withStrings(environment) { environment in
                posix_spawn(&process, path, &actions, &attributes, arguments, environment)
            }
        }
        guard result == 0 else { throw SystemError(result, call: "posix_spawn", subject: path) }
        return process
    }

    private static func withStrings<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { pointers[index] = strdup(string) }
        pointers[strings.count] = nil
        defer {
            for index in strings.indices { free(pointers[index]) }
            pointers.deallocate()
        }
        return body(pointers)
    }
}
