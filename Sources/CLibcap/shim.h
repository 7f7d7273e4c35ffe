// libcap: POSIX capabilities (cap_*(3)), and prctl(2), which Swift does not see because it is variadic.
#include <sys/capability.h>
#include <sys/prctl.h>

static inline int pilotfish_no_new_privileges(void) {
    return prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL);
}

static inline int pilotfish_no_core_dumps(void) {
    return prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL);
}
