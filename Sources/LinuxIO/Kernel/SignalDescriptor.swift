import CLinuxNet
import Glibc

/// Signals read like input (signalfd(2)) instead of interrupting whatever runs.
package struct SignalDescriptor: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor

    /// Blocks the signals in this thread, and so in every thread that it starts.
    package init(_ signals: [Int32]) throws(SystemError) {
        var set = sigset_t()
        sigemptyset(&set)
        for number in signals { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        descriptor = OwnedDescriptor(
            try check("signalfd") { signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK)) })
    }

    /// The next signal that came, or nil.
    package func next() -> Int32? {
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        guard read(descriptor.number, &information, size) == size else { return nil }
        return Int32(information.ssi_signo)
    }
}
