import CLibcap
import Glibc
package import LinuxIO

/// The way down, taken once, before the first packet is read: after it the process can serve and nothing else.
package enum Confinement {
    package enum Failure: Error, CustomStringConvertible {
        case system(SystemError)
        /// Another thread exists already, and would keep its privileges.
        case tooManyThreads(Int)
        /// What a thread must not have, or lacks, after all.
        case notConfined(thread: String, String)

        package var description: String {
            switch self {
            case .system(let error): "cannot drop privileges: \(error)"
            case .tooManyThreads(let count): "cannot drop privileges: \(count) threads run already, one is expected"
            case .notConfined(let thread, let fault):
                "privileges were not dropped: of the thread \(thread) the kernel says \(fault)"
            }
        }
    }

    /// Which of our processes is confined.
    package enum Role: Sendable, CaseIterable {
        /// Reads packets of strangers. It reads the files that its settings name, writes in its state directory, and opens
        /// no connection.
        case service
        /// Talks to servers on the network, for the service: it changes nothing in any file system, writes only to files that it
        /// is handed open, and is called by nobody.
        case fetcher
        /// Runs the operator's commands, which inherit all of this. They are as free as that user is in a shell without a way
        /// to become anybody else: no capability, no_new_privs (so no sudo, and no program that is root's by its file), and of
        /// the system calls none that looks into other processes or changes the system. Files and the network stay open to them,
        /// the service's own state too: tools for BMCs need devices, sockets, keys and temporary files that nobody can list here,
        /// and what the operator names is his own. Nothing of the network reaches a command but a JSON object on its
        /// standard input.
        case hooks
        /// Serves the control API to whoever may connect: sockets that it is handed open, and beyond them none but Unix sockets, to
        /// ask the service. It opens no file for writing and runs no program.
        case console
    }

    /// Gives up everything, in the order that works: bounding set, groups, user, capabilities, no_new_privs, limits, files, filter.
    ///
    /// Threads that start afterwards inherit it all.
    ///
    /// - Parameters:
    ///   - user: who to become; nil when the process is not root and stays who it is.
    ///   - reach: the files that it opens later, beside what every process needs of its host. The role `hooks` has no
    ///     bound on its files.
    ///   - notifier: who has to be reached yet.
    ///   - unlisted: what becomes of system calls that are on no list; the role `hooks` has none.
    package static func enter(
        as user: ServiceUser?, role: Role, reach: FileReach = FileReach(), notifier: SystemdNotifier? = nil,
        unlisted: UnlistedCalls = .end
    ) throws(Failure) {
        let threads = try check { () throws(SystemError) in try ThreadStatus.all().count }
        guard threads == 1 else { throw .tooManyThreads(threads) }
        try check { () throws(SystemError) in
            try CapabilityDrop.emptyBoundingAndAmbient()
            if let user { try become(user) }
            try CapabilityDrop.emptyAll()
            if pilotfish_no_new_privileges() != 0 { throw SystemError(call: "prctl", subject: "no_new_privs") }
            // Core dumps could hold secrets of templates; ptrace by the same user is refused with them.
            if pilotfish_no_core_dumps() != 0 { throw SystemError(call: "prctl", subject: "dumpable") }
            try ResourceLimits.enforce(role)
            try rules(role, reach, notifier)?.enforce(version: Landlock.version)
            try SystemCallFilter.install(for: role, unlisted: unlisted)
        }
        try checkEveryThread(as: user)
    }

    /// Takes from this thread what its role has no use for, on top of what its process gave up; the role `any` keeps all of that.
    ///
    /// - Parameter unlisted: as its process entered with.
    package static func narrow(to role: ThreadRole, unlisted: UnlistedCalls) throws(Failure) {
        try check { () throws(SystemError) in try SystemCallFilter.narrow(to: role, unlisted: unlisted) }
    }

    /// Takes from a process that its keeper forked what only the keeper has a use for: making processes, waiting for them, and
    /// signals to any but itself.
    ///
    /// - Parameters:
    ///   - role: the keeper's.
    ///   - unlisted: as the keeper entered with.
    package static func narrowKept(_ role: Role, unlisted: UnlistedCalls) throws(Failure) {
        try check { () throws(SystemError) in try SystemCallFilter.narrowKept(role, unlisted: unlisted) }
    }

    /// Whether the kernel under us has rules on files at all.
    package static var boundsFiles: Bool { Landlock.version >= 1 }

    /// What the kernel under us cannot keep us from, in a sentence for the log; nil when it can everything.
    package static var remark: String? { Landlock.lacks(Landlock.version) }

    /// Looks at every thread that there is; to be called again when all are started.
    ///
    /// - Parameter user: who the process must be; nil when it never was root.
    /// - Throws: what the kernel says of a thread that is not confined as it must be.
    package static func checkEveryThread(as user: ServiceUser?) throws(Failure) {
        for thread in try check(ThreadStatus.all) {
            let path = "/proc/self/task/\(thread)/status"
            let fault = try check { () throws(SystemError) in try ThreadStatus.fault(path, as: user?.id) }
            if let fault { throw .notConfined(thread: thread, fault) }
        }
    }

    private static func check<Result>(_ body: () throws(SystemError) -> Result) throws(Failure) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .system(error)
        }
    }

    /// All the files that a process opens later; nil for the role that has no bound on them.
    ///
    /// - Parameter own: what it enters with.
    package static func reach(of role: Role, with own: FileReach) -> FileReach? {
        switch role {
        case .service, .console: FileReach.usual.union(own)
        case .fetcher: FileReach.names.union(own)
        case .hooks: nil
        }
    }

    /// The kernel's rules on files, TCP and other processes; nil for the role that has none.
    static func rules(_ role: Role, _ own: FileReach, _ notifier: SystemdNotifier? = nil) -> Landlock? {
        guard let reach = Self.reach(of: role, with: own) else { return nil }
        switch role {
        case .service:
            var rules = Landlock(reach: reach, refusesTCP: [.bind, .connect])
            rules.refusesAbstractSockets = notifier?.isAbstract != true
            return rules
        case .fetcher: return Landlock(reach: reach, refusesTCP: .bind)
        case .console: return Landlock(reach: reach, refusesTCP: [.bind, .connect])
        case .hooks: return nil
        }
    }

    private static func become(_ user: ServiceUser) throws(SystemError) {
        if setgroups(0, nil) != 0 { throw SystemError(call: "setgroups") }
        // From root these set the real, the effective and the saved id, so there is no way back.
        if setgid(user.group) != 0 { throw SystemError(call: "setgid", subject: user.name) }
        if setuid(user.id) != 0 { throw SystemError(call: "setuid", subject: user.name) }
    }
}
