import CSeccomp
import Glibc
import LinuxIO

/// Lets every thread to come make the system calls of its list and no others (seccomp(2)).
///
/// What is on no list ends the process, with a sentence that names the call: by a signal (SIGSYS) and not by the kernel's own
/// hand, which would leave no word but in an audit log that few hosts keep. The call itself is not made in either case; the
/// handler can neither be replaced nor be blocked: setting another one is on no list, and the kernel ends a process whose SIGSYS is
/// blocked. An administrator may have such calls fail instead (`UnlistedCalls`).
enum SystemCallFilter {
    /// What no command of an operator needs, whatever program it is: watching or writing other processes, changing the system,
    /// loading code into the kernel, and the door to system calls that no filter sees (io_uring). They answer EPERM.
    private static let refused = Rule.refuse(
        """
        ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd
        mount umount2 pivot_root chroot unshare setns move_mount open_tree fsopen fsmount
        init_module finit_module delete_module kexec_load kexec_file_load bpf perf_event_open
        userfaultfd add_key request_key keyctl capset reboot swapon swapoff settimeofday clock_settime adjtimex
        sethostname setdomainname iopl ioperm acct quotactl personality
        io_uring_setup io_uring_enter io_uring_register
        """)

    private typealias Rule = SystemCallRule

    /// Needs no_new_privs, which is set before.
    ///
    /// - Throws: `SystemError` when the kernel has no seccomp.
    static func install(for role: Confinement.Role, unlisted: UnlistedCalls) throws(SystemError) {
        guard let list = SystemCallLists.list(of: role) else {
            return try load(refused, otherwise: pilotfish_seccomp_allow)
        }
        if unlisted == .end, pilotfish_tell_refused_calls() != 0 {
            throw SystemError(call: "sigaction", subject: "SIGSYS")
        }
        try load(list, otherwise: unlisted.action)
    }

    /// For this thread alone, on top of its process's list.
    static func narrow(to role: ThreadRole, unlisted: UnlistedCalls) throws(SystemError) {
        guard let list = SystemCallLists.list(of: role) else { return }
        // Of two filters the stricter decides, so both have to do the same with what is on no list.
        try load(list, otherwise: unlisted.action)
    }

    /// For the process that a keeper of this role forked, on top of the keeper's list.
    static func narrowKept(_ role: Confinement.Role, unlisted: UnlistedCalls) throws(SystemError) {
        guard let list = SystemCallLists.kept(role) else { return }
        try load(list, otherwise: unlisted.action)
    }

    /// - Parameter action: what becomes of a call that fits no rule.
    static func load(_ rules: [SystemCallRule], otherwise action: UInt32) throws(SystemError) {
        guard let filter = seccomp_init(action) else { throw SystemError(call: "seccomp_init") }
        defer { seccomp_release(filter) }
        // Calls of another architecture (32 bits) have other numbers.
        try set(SCMP_FLTATR_ACT_BADARCH, pilotfish_seccomp_kill, filter)
        for rule in rules { try rule.add(to: filter, otherwise: action) }
        // As a tree, for a long list is looked at with each call.
        try set(SCMP_FLTATR_CTL_OPTIMIZE, 2, filter)
        let result = seccomp_load(filter)
        guard result == 0 else { throw SystemError(-result, call: "seccomp_load") }
    }

    private static func set(
        _ attribute: scmp_filter_attr, _ value: UInt32, _ filter: scmp_filter_ctx
    ) throws(SystemError) {
        let result = seccomp_attr_set(filter, attribute, value)
        guard result == 0 else { throw SystemError(-result, call: "seccomp_attr_set") }
    }
}
