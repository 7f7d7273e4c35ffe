import Glibc
package import LinuxIO

/// Starts the process that fetches: our own program again, with one end of a channel.
package enum FetcherProcess {
    /// Where the started program finds its end of the channel.
    private static let channelNumber: Int32 = 3

    /// What a proxy is told by, and nothing else of our environment.
    private static let inherited = [
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
    ]

    /// To be called before privileges are dropped and threads are started; the new process drops them itself. It ends when the
    /// channel is closed.
    ///
    /// - Parameter arguments: what makes our program call `inheritedChannel()` and then fetch.
    /// - Returns: our end of the channel.
    /// - Throws: `SystemError` when the program cannot be run.
    package static func start(arguments: [String]) throws(SystemError) -> HandOver<ChannelSocket> {
        let (ours, theirs) = try ChannelSocket.pair()
        let channel = theirs.take()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // A duplicate is not closed when the program is executed; everything else of ours is.
        posix_spawn_file_actions_adddup2(&actions, channel.descriptor.number, channelNumber)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals that the service reads by a descriptor are blocked in it already.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var process = pid_t()
        let environment = inherited.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
        let result = withStrings(arguments) { arguments in
            withStrings(environment) { environment in
                // The very program that runs, also when its file was replaced meanwhile.
                posix_spawn(&process, "/proc/self/exe", &actions, &attributes, arguments, environment)
            }
        }
        guard result == 0 else { throw SystemError(result, call: "posix_spawn", subject: "/proc/self/exe") }
        return ours
    }

    /// The started program's end of the channel; nil when it was not started by `start`.
    package static func inheritedChannel() -> ChannelSocket? {
        var status = stat()
        guard fstat(channelNumber, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
        _ = fcntl(channelNumber, F_SETFD, FD_CLOEXEC)
        return ChannelSocket(OwnedDescriptor(channelNumber))
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
