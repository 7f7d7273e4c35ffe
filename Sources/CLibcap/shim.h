// libcap: POSIX capabilities (cap_*(3)), and prctl(2), which Glibc's own module does not show (it is variadic).
#include <sys/capability.h>
