import CLinuxNet
import Glibc

/// A program of somebody else's that runs for us, with all that it starts in a process group of its own. For one thread.
package final class ChildProcess {
    /// How it ended.
    package enum Ending: Equatable, Sendable {
        /// With this status.
        case exited(Int32)
        /// By this signal.
        case killed(Int32)
    }

    /// Stirs when it has ended: then there is an `ending`.
    package let end: OwnedDescriptor
    package let output: ChildOutput
    package let errors: ChildOutput
    private let process: pid_t
    private var isOver = false

    /// - Parameters:
    ///   - words: an absolute path and its arguments; no shell reads them.
    ///   - environment: all of it, each as `NAME=value`.
    ///   - input: what it reads from its standard input.
    ///   - keeping: octets of each of its outputs that are kept.
    /// - Throws: `SystemError` when it cannot be run.
    package init(
        _ words: [String], environment: [String], input: [UInt8], keeping: Int
    ) throws(SystemError) {
        let file = try Self.file(holding: input)
        let output = try Pipe()
        let errors = try Pipe()
        let program = Program(path: words.first ?? "", arguments: words, environment: environment, leadsGroup: true)
        let process = try program.start(
            descriptors: [(file.number, 0), (output.writing.number, 1), (errors.writing.number, 2)])
        let end = pilotfish_process_descriptor(process)
        guard end >= 0 else {
            let error = SystemError(call: "pidfd_open")
            Self.bury(process)
            throw error
        }
        self.end = OwnedDescriptor(end)
        self.process = process
        self.output = ChildOutput(output.reading, keeping: keeping)
        self.errors = ChildOutput(errors.reading, keeping: keeping)
    }

    /// Nothing that was started is left to itself.
    deinit {
        if !isOver { Self.bury(process) }
    }

    /// Kills it, and all of its group.
    package func kill() {
        if !isOver { Glibc.kill(-process, SIGKILL) }
    }

    /// How it ended, once; nil while it runs. What it has started and left behind in its group ends with it.
    package func ending() -> Ending? {
        var information = siginfo_t()
        guard !isOver, waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT) == 0,
            information.si_signo == SIGCHLD
        else { return nil }
        let status = Self.bury(process)
        isOver = true
        let signal = status & 0x7F
        return signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal)
    }

    /// Kills what is left of its group, and waits for it.
    @discardableResult
    private static func bury(_ process: pid_t) -> Int32 {
        // Until it was waited for, the number is its own.
        Glibc.kill(-process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// A file without a name, to be read from its beginning: unlike a pipe it takes everything, and nobody waits.
    private static func file(holding octets: [UInt8]) throws(SystemError) -> OwnedDescriptor {
        let file = OwnedDescriptor(try check("memfd_create") { pilotfish_memory_file("input") })
        guard pwrite(file.number, octets, octets.count, 0) == octets.count else {
            throw SystemError(call: "write", subject: "input")
        }
        return file
    }
}

private struct Pipe: ~Copyable {
    let reading: OwnedDescriptor
    let writing: OwnedDescriptor

    init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        try check("pipe2") { pilotfish_pipe(&ends) }
        reading = OwnedDescriptor(ends[0])
        writing = OwnedDescriptor(ends[1])
    }
}

/// What a child says: the beginning is kept, and the rest read and dropped, so that it never waits for us.
package final class ChildOutput {
    package let descriptor: OwnedDescriptor
    /// The beginning of it.
    package private(set) var kept: [UInt8] = []
    private let most: Int

    /// One who floods us has to wait for the others.
    private static let mostAtOnce = 16

    init(_ descriptor: consuming OwnedDescriptor, keeping most: Int) {
        self.descriptor = descriptor
        self.most = most
    }

    /// Takes what is there.
    ///
    /// - Returns: false when nothing will come any more.
    package func drain() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        for _ in 0..<Self.mostAtOnce {
            let count = read(descriptor.number, &buffer, buffer.count)
            if count < 0 { return errno == EAGAIN || errno == EINTR }
            if count == 0 { return false }
            kept += buffer.prefix(min(count, most - kept.count))
        }
        return true
    }
}
