// libseccomp (seccomp_init(3)): system call filters by name instead of by number.
#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

// Variadic, and macros over casts: Swift sees neither, so they are wrapped here.
static inline int pilotfish_seccomp_rule(scmp_filter_ctx context, unsigned int action, int system_call) {
    return seccomp_rule_add(context, action, system_call, 0);
}

static const unsigned int pilotfish_seccomp_allow = SCMP_ACT_ALLOW;
static const unsigned int pilotfish_seccomp_refuse = SCMP_ACT_ERRNO(EPERM);
static const unsigned int pilotfish_seccomp_no_family = SCMP_ACT_ERRNO(EAFNOSUPPORT);

// The same for calls whose argument `number` has exactly these of the bits of `mask` set, or is greater than `limit`.
static inline int pilotfish_seccomp_rule_masked(
    scmp_filter_ctx context, unsigned int action, int system_call, unsigned int number, unsigned long mask,
    unsigned long bits) {
    return seccomp_rule_add(context, action, system_call, 1, SCMP_CMP64(number, SCMP_CMP_MASKED_EQ, mask, bits));
}

static inline int pilotfish_seccomp_rule_above(
    scmp_filter_ctx context, unsigned int action, int system_call, unsigned int number, unsigned long limit) {
    return seccomp_rule_add(context, action, system_call, 1, SCMP_CMP64(number, SCMP_CMP_GT, limit));
}

// Younger than the headers of the oldest system that this is built on.
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

// Lets this process change nothing in any file system from now on (landlock(7)); files that are open already stay as they
// are. Needs no_new_privs. 0; 1 when the kernel has no Landlock, which is left out of many; -1 when it refuses.
static inline int pilotfish_landlock_read_only(void) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return 1;
    struct landlock_ruleset_attr rules = {
        .handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                             LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                             LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                             LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM};
    if (version >= 3) rules.handled_access_fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
    // No exception is added: what is handled is refused everywhere.
    long descriptor = syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (descriptor < 0) return -1;
    long result = syscall(SYS_landlock_restrict_self, (int)descriptor, 0);
    close((int)descriptor);
    return result == 0 ? 0 : -1;
}
