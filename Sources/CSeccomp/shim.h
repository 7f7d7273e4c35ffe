// libseccomp (seccomp_init(3)): system call filters by name instead of by number.
#include <errno.h>
#include <seccomp.h>

// Variadic, and macros over casts: Swift sees neither, so they are wrapped here.
static inline int pilotfish_seccomp_rule(scmp_filter_ctx context, unsigned int action, int system_call) {
    return seccomp_rule_add(context, action, system_call, 0);
}

static const unsigned int pilotfish_seccomp_allow = SCMP_ACT_ALLOW;
static const unsigned int pilotfish_seccomp_refuse = SCMP_ACT_ERRNO(EPERM);
