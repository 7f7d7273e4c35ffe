import Glibc

/// Starts our own program again, with one end of a channel, to do what the service must not.
package enum HelperProcess {
    /// Where the started program finds its end of the channel.
    private static let channelNumber: Int32 = 3

    /// To be called before privileges are dropped and threads are started; the new process drops them itself. It has to end when
    /// the channel is closed.
    ///
    /// - Parameters:
    ///   - arguments: what makes our program call `inheritedChannel()`.
    ///   - inherited: the variables of our environment that it gets, and no others.
    /// - Returns: our end of the channel.
    /// - Throws: `SystemError` when the program cannot be run.
    package static func start(
        arguments: [String], inheriting inherited: [String] = []
    ) throws(SystemError) -> HandOver<ChannelSocket> {
        let (ours, theirs) = try ChannelSocket.pair()
        let channel = theirs.take()
        let environment = inherited.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
        // The very program that runs, also when its file was replaced meanwhile.
        let program = Program(path: "/proc/self/exe", arguments: arguments, environment: environment)
        _ = try program.start(descriptors: [(channel.descriptor.number, channelNumber)])
        return ours
    }

    /// The started program's end of the channel; nil when it was not started by `start`.
    package static func inheritedChannel() -> ChannelSocket? {
        var status = stat()
        guard fstat(channelNumber, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
        _ = fcntl(channelNumber, F_SETFD, FD_CLOEXEC)
        return ChannelSocket(OwnedDescriptor(channelNumber))
    }
}
