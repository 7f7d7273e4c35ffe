// libseccomp (seccomp_init(3)): system call filters by name instead of by number; and landlock(7), which has no library.
#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Macros over casts, which Swift does not see.
static const uint32_t pilotfish_seccomp_allow = SCMP_ACT_ALLOW;
static const uint32_t pilotfish_seccomp_trap = SCMP_ACT_TRAP;
static const uint32_t pilotfish_seccomp_kill = SCMP_ACT_KILL_PROCESS;

static inline uint32_t pilotfish_seccomp_refuse(int error) { return SCMP_ACT_ERRNO((uint16_t)error); }

// The variable of the environment by which an administrator chooses what becomes of a call that is on no list.
#define PILOTFISH_UNLISTED_CALLS "PILOTFISH_CONFINEMENT"

// The numbers of x86-64 and arm64 end below.
enum { PILOTFISH_CALLS = 512, PILOTFISH_CALL_NAME = 24 };

// The names of the system calls, for a handler that must not look anything up.
static inline char *pilotfish_call_name(int number) {
    static char names[PILOTFISH_CALLS][PILOTFISH_CALL_NAME];
    return number >= 0 && number < PILOTFISH_CALLS ? names[number] : NULL;
}

static inline size_t pilotfish_append(char *text, size_t length, size_t limit, const char *more) {
    while (*more != 0 && length < limit) text[length++] = *more++;
    return length;
}

// Says on standard error which call it was, with nothing but system calls that every list has, and ends the process by the same
// signal: its default comes back with the handler's first run (SA_RESETHAND).
static inline void pilotfish_refused_call(int signal, siginfo_t *information, void *context) {
    (void)context;
    char line[320], digits[16], thread[17] = {0};
    size_t length = 0, digit = sizeof digits - 1;
    int number = information->si_syscall;
    const char *name = pilotfish_call_name(number);
    digits[digit] = 0;
    do { digits[--digit] = (char)('0' + number % 10); } while ((number /= 10) > 0 && digit > 0);
    prctl(PR_GET_NAME, thread, 0, 0, 0);
    length = pilotfish_append(line, length, sizeof line, "pilotfish: the system call ");
    length = pilotfish_append(line, length, sizeof line, name != NULL && *name != 0 ? name : "without a name");
    length = pilotfish_append(line, length, sizeof line, " (");
    length = pilotfish_append(line, length, sizeof line, digits + digit);
    length = pilotfish_append(line, length, sizeof line, ") is not on the list of the thread ");
    length = pilotfish_append(line, length, sizeof line, thread);
    length = pilotfish_append(line, length, sizeof line, ", or not with such arguments: this process ends; ");
    length = pilotfish_append(line, length, sizeof line, "please report it; with " PILOTFISH_UNLISTED_CALLS "=refuse ");
    length = pilotfish_append(line, length, sizeof line, "in the service's environment such a call fails instead\n");
    ssize_t written = write(STDERR_FILENO, line, length);
    (void)written;
    raise(signal);
}

// To be called before a filter that traps, which then keeps this handler in place. 0, or -1.
static inline int pilotfish_tell_refused_calls(void) {
    for (int number = 0; number < PILOTFISH_CALLS; number++) {
        char *found = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
        if (found != NULL) strncpy(pilotfish_call_name(number), found, PILOTFISH_CALL_NAME - 1);
        free(found);
    }
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = pilotfish_refused_call;
    action.sa_flags = SA_SIGINFO | SA_RESETHAND | SA_NODEFER;
    return sigaction(SIGSYS, &action, NULL);
}

// linux/landlock.h as it grew; a kernel takes as much of it as it knows.
struct pilotfish_landlock_rules {
    uint64_t files;
    uint64_t network;
    uint64_t scoped;
};

// The version of the kernel's Landlock; below 1 for none.
static inline long pilotfish_landlock_version(void) {
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

// Rules that refuse what they name, everywhere: a descriptor, or -1.
static inline int pilotfish_landlock_create(struct pilotfish_landlock_rules rules, size_t size) {
    return (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
}

// Allows something again at an open directory and beneath it, or for a file. 0, or -1.
static inline int pilotfish_landlock_allow(int rules, int place, uint64_t what) {
    struct landlock_path_beneath_attr rule = {.allowed_access = what, .parent_fd = place};
    return (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

// From now on they hold for this thread and all that it begins. Needs no_new_privs. 0, or -1.
static inline int pilotfish_landlock_enforce(int rules) {
    return (int)syscall(SYS_landlock_restrict_self, rules, 0);
}
