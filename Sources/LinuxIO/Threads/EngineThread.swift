import CLinuxNet
import Glibc
import Synchronization

/// What a thread does, for who confines it further than its process is.
package enum ThreadRole: Sendable, CaseIterable {
    /// Answers DHCP requests, by sockets that are open.
    case packets
    /// Sends files by TFTP, each by a socket of its own.
    case transfers
    /// Looks at directories.
    case looking
    /// Whatever the process does.
    case any
}

/// A thread with a name and one job, which owns everything that it touches.
package struct EngineThread: Sendable {
    private let thread: pthread_t

    /// The work handed from the thread that makes it to the thread that does it.
    ///
    /// Safe to send: it is taken out exactly once, by the new thread, and `pthread_create` orders the two.
    private final class Work: @unchecked Sendable {
        let name: String
        let role: ThreadRole
        let body: @Sendable () -> Void

        init(name: String, role: ThreadRole, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.role = role
            self.body = body
        }
    }

    private static let confinement = Mutex<(@Sendable (ThreadRole) -> Void)?>(nil)

    /// Has each thread that starts from here on confine itself by its role, before it does anything else.
    package static func confineEach(_ confine: @escaping @Sendable (ThreadRole) -> Void) {
        confinement.withLock { $0 = confine }
    }

    /// - Parameters:
    ///   - name: at most 15 octets, as `ps -L` shows it.
    ///   - role: what `confineEach` goes by.
    ///   - body: runs on the new thread.
    /// - Throws: `SystemError` when the system has no thread left.
    package init(
        name: String, role: ThreadRole = .any, _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let work = Unmanaged.passRetained(Work(name: name, role: role, body: body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                pilotfish_name_thread(work.name)
                EngineThread.confinement.withLock { $0 }?(work.role)
                work.body()
                return nil
            }, work.toOpaque())
        guard result == 0 else {
            work.release()
            throw SystemError(result, call: "pthread_create", subject: name)
        }
        self.thread = thread
    }

    /// Waits until the job is done; to be called once.
    package func join() {
        pthread_join(thread, nil)
    }
}

/// A value handed to another thread, to be taken there once.
///
/// Safe to send although the value is not: whoever makes it gives it up, and only one thread may take it.
package final class HandOver<Value: ~Copyable>: @unchecked Sendable {
    private var value: Value?

    package init(_ value: consuming Value) {
        self.value = consume value
    }

    /// The value; a programmer's error the second time.
    package func take() -> Value {
        guard let taken = value.take() else { preconditionFailure("handed over twice") }
        return taken
    }
}

/// The processors that this process may use: an administrator may have pinned it to few of them (sched_setaffinity(2)).
package func usableProcessors() -> Int {
    max(1, Int(pilotfish_usable_processors()))
}
