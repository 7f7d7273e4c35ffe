import CSeccomp
import Glibc
import LinuxIO

/// Refuses, for every thread to come, the system calls that only an intruder would make (seccomp(2)).
///
/// They answer EPERM instead of killing, so that a library which merely tries one does not take the service down.
enum SystemCallFilter {
    /// Running programs, watching or writing other processes, changing the system, loading code into the kernel.
    private static let refused = [
        "execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd",
        "mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "move_mount", "open_tree", "fsopen", "fsmount",
        "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "bpf", "perf_event_open",
        "userfaultfd", "add_key", "request_key", "keyctl", "setuid", "setgid", "setresuid", "setresgid", "setgroups",
        "setreuid", "setregid", "capset", "reboot", "swapon", "swapoff", "settimeofday", "clock_settime", "adjtimex",
        "sethostname", "setdomainname", "iopl", "ioperm", "acct", "quotactl", "personality",
    ]

    /// Needs no_new_privs, which is set before.
    ///
    /// - Throws: `SystemError` when the kernel has no seccomp.
    static func install() throws(SystemError) {
        guard let filter = seccomp_init(pilotfish_seccomp_allow) else { throw SystemError(call: "seccomp_init") }
        defer { seccomp_release(filter) }
        for name in refused {
            let number = seccomp_syscall_resolve_name(name)
            // Not every architecture has every call.
            guard number != __NR_SCMP_ERROR else { continue }
            let result = pilotfish_seccomp_rule(filter, pilotfish_seccomp_refuse, number)
            guard result == 0 else { throw SystemError(-result, call: "seccomp_rule_add", subject: name) }
        }
        let result = seccomp_load(filter)
        guard result == 0 else { throw SystemError(-result, call: "seccomp_load") }
    }
}
