// A kernel that refuses segmentation offload, as those before 6.11 do on interfaces without checksum offload: preloaded, it
// answers EIO to messages that carry UDP_SEGMENT, and lets all others through.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

static bool is_super_packet(struct msghdr *header) {
    for (struct cmsghdr *note = CMSG_FIRSTHDR(header); note != NULL; note = CMSG_NXTHDR(header, note))
        if (note->cmsg_level == SOL_UDP && note->cmsg_type == UDP_SEGMENT) return true;
    return false;
}

// Like the kernel: what comes before the refused message is sent, and the error is told when that is the first.
int sendmmsg(int descriptor, struct mmsghdr *messages, unsigned int count, int flags) {
    static int (*real)(int, struct mmsghdr *, unsigned int, int);
    if (real == NULL) real = (int (*)(int, struct mmsghdr *, unsigned int, int))dlsym(RTLD_NEXT, "sendmmsg");
    unsigned int good = 0;
    while (good < count && !is_super_packet(&messages[good].msg_hdr)) good++;
    if (good == 0 && count > 0) {
        errno = EIO;
        return -1;
    }
    return real(descriptor, messages, good, flags);
}
