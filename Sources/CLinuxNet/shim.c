#include "CLinuxNet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/errqueue.h>
#include <linux/ethtool.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(struct pilotfish_message) == sizeof(struct mmsghdr), "the mirror of mmsghdr is out of shape");
_Static_assert(offsetof(struct pilotfish_message, length) == offsetof(struct mmsghdr, msg_len), "msg_len moved");
_Static_assert(
    CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint16_t)) <= PILOTFISH_CONTROL_SIZE,
    "control data outgrew its room");
_Static_assert(
    CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in6))
        <= PILOTFISH_CONTROL_SIZE,
    "an error of IPv6 outgrew the room of control data");

const int pilotfish_msg_errqueue = MSG_ERRQUEUE;
const int pilotfish_msg_dontwait = MSG_DONTWAIT;
const int pilotfish_packet_outgoing = PACKET_OUTGOING;
const int pilotfish_packet_other_host = PACKET_OTHERHOST;
const int pilotfish_raw_socket_type = SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK;

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
const int pilotfish_populate_read = MADV_POPULATE_READ;

// Of <linux/in6.h>, which does not go together with <netinet/in.h>.
#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif
const int pilotfish_ipv6_multicast_all = IPV6_MULTICAST_ALL;

int pilotfish_interface_mtu(int socket, int index) {
    struct ifreq request = {.ifr_ifindex = index};
    if (ioctl(socket, SIOCGIFNAME, &request) < 0 || ioctl(socket, SIOCGIFMTU, &request) < 0) return -1;
    return request.ifr_mtu;
}

// ethtool(8) asks twice: the kernel first says how long its lists of modes are, which lie behind the structure.
int pilotfish_interface_speed(int socket, int index) {
    _Alignas(struct ethtool_link_settings)
        char room[sizeof(struct ethtool_link_settings) + 3 * 127 * sizeof(uint32_t)] = {0};
    struct ethtool_link_settings *asked = (struct ethtool_link_settings *)room;
    struct ifreq request = {.ifr_ifindex = index};
    if (ioctl(socket, SIOCGIFNAME, &request) < 0) return -1;
    request.ifr_data = room;
    asked->cmd = ETHTOOL_GLINKSETTINGS;
    if (ioctl(socket, SIOCETHTOOL, &request) < 0 || asked->link_mode_masks_nwords >= 0) return -1;
    asked->cmd = ETHTOOL_GLINKSETTINGS;
    asked->link_mode_masks_nwords = (int8_t)-asked->link_mode_masks_nwords;
    if (ioctl(socket, SIOCETHTOOL, &request) < 0) return -1;
    return asked->speed > 0 && asked->speed <= INT_MAX ? (int)asked->speed : -1;
}

uint32_t pilotfish_interface_address(int index) {
    struct ifreq request = {.ifr_ifindex = index};
    // Only a socket of IPv4 knows of IPv4 addresses, and the caller may have none.
    int descriptor = pilotfish_datagram_socket(AF_INET);
    if (descriptor < 0) return 0;
    struct sockaddr_in address = {0};
    if (ioctl(descriptor, SIOCGIFNAME, &request) == 0 && ioctl(descriptor, SIOCGIFADDR, &request) == 0)
        memcpy(&address, &request.ifr_addr, sizeof address);
    close(descriptor);
    return address.sin_addr.s_addr;
}

int64_t pilotfish_read_cached(int file, void *memory, size_t count, int64_t offset) {
    size_t got = 0;
    while (got < count) {
        struct iovec rest = {.iov_base = (char *)memory + got, .iov_len = count - got};
        ssize_t result = preadv2(file, &rest, 1, offset + (off_t)got, RWF_NOWAIT);
        if (result < 0 && errno == EINTR) continue;
        if (result < 0) return -1;
        if (result == 0) break;
        got += (size_t)result;
    }
    return (int64_t)got;
}

int pilotfish_sendmmsg(int descriptor, struct pilotfish_message *messages, unsigned int count, int flags) {
    return sendmmsg(descriptor, (struct mmsghdr *)messages, count, flags);
}

int pilotfish_recvmmsg(int descriptor, struct pilotfish_message *messages, unsigned int count, int flags) {
    return recvmmsg(descriptor, (struct mmsghdr *)messages, count, flags, NULL);
}

void pilotfish_control_begin(struct msghdr *header) {
    header->msg_controllen = 0;
}

static void *append(struct msghdr *header, int level, int type, size_t size) {
    struct cmsghdr *message = (struct cmsghdr *)((char *)header->msg_control + header->msg_controllen);
    memset(message, 0, CMSG_SPACE(size));
    message->cmsg_level = level;
    message->cmsg_type = type;
    message->cmsg_len = CMSG_LEN(size);
    header->msg_controllen += CMSG_SPACE(size);
    return CMSG_DATA(message);
}

void pilotfish_control_segment_size(struct msghdr *header, uint16_t octets) {
    memcpy(append(header, IPPROTO_UDP, UDP_SEGMENT, sizeof octets), &octets, sizeof octets);
}

void pilotfish_control_packet_info(struct msghdr *header, uint32_t source_network_order, int interface) {
    struct in_pktinfo information = {.ipi_ifindex = interface};
    information.ipi_spec_dst.s_addr = source_network_order;
    memcpy(append(header, IPPROTO_IP, IP_PKTINFO, sizeof information), &information, sizeof information);
}

void pilotfish_control_packet_info6(struct msghdr *header, const uint8_t source[16], int interface) {
    struct in6_pktinfo information = {.ipi6_ifindex = (unsigned int)interface};
    memcpy(&information.ipi6_addr, source, sizeof information.ipi6_addr);
    memcpy(append(header, IPPROTO_IPV6, IPV6_PKTINFO, sizeof information), &information, sizeof information);
}

void pilotfish_control_finish(struct msghdr *header) {
    // An empty control buffer must be no buffer at all.
    if (header->msg_controllen == 0) header->msg_control = NULL;
}

static const struct cmsghdr *find(const struct msghdr *header, int level, int type, size_t size) {
    for (struct cmsghdr *message = CMSG_FIRSTHDR(header); message != NULL;
         message = CMSG_NXTHDR((struct msghdr *)header, message)) {
        if (message->cmsg_level == level && message->cmsg_type == type && message->cmsg_len >= CMSG_LEN(size))
            return message;
    }
    return NULL;
}

bool pilotfish_packet_info(const struct msghdr *header, int *interface, uint32_t *addressed, uint32_t *local) {
    struct in_pktinfo information;
    const struct cmsghdr *message = find(header, IPPROTO_IP, IP_PKTINFO, sizeof information);
    if (message == NULL) return false;
    memcpy(&information, CMSG_DATA(message), sizeof information);
    *interface = information.ipi_ifindex;
    *addressed = information.ipi_addr.s_addr;
    *local = information.ipi_spec_dst.s_addr;
    return true;
}

bool pilotfish_packet_info6(const struct msghdr *header, int *interface, uint8_t addressed[16]) {
    struct in6_pktinfo information;
    const struct cmsghdr *message = find(header, IPPROTO_IPV6, IPV6_PKTINFO, sizeof information);
    if (message == NULL) return false;
    memcpy(&information, CMSG_DATA(message), sizeof information);
    *interface = (int)information.ipi6_ifindex;
    memcpy(addressed, &information.ipi6_addr, sizeof information.ipi6_addr);
    return true;
}

bool pilotfish_auxiliary_data(const struct msghdr *header, struct tpacket_auxdata *data) {
    const struct cmsghdr *message = find(header, SOL_PACKET, PACKET_AUXDATA, sizeof *data);
    if (message == NULL) return false;
    memcpy(data, CMSG_DATA(message), sizeof *data);
    return true;
}

bool pilotfish_error_origin(const struct msghdr *header, int *error_number) {
    struct sock_extended_err error;
    const struct cmsghdr *message = find(header, IPPROTO_IP, IP_RECVERR, sizeof error);
    if (message == NULL) message = find(header, IPPROTO_IPV6, IPV6_RECVERR, sizeof error);
    if (message == NULL) return false;
    memcpy(&error, CMSG_DATA(message), sizeof error);
    if (error.ee_origin != SO_EE_ORIGIN_ICMP && error.ee_origin != SO_EE_ORIGIN_ICMP6) return false;
    *error_number = (int)error.ee_errno;
    return true;
}

int pilotfish_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int pilotfish_epoll_pwait2(int descriptor, struct epoll_event *events, int count, int64_t nanoseconds) {
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    return epoll_pwait2(descriptor, events, count, nanoseconds < 0 ? NULL : &limit, NULL);
}

int pilotfish_datagram_socket(int domain) {
    return socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int pilotfish_stream_socket(int domain) {
    return socket(domain, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int pilotfish_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

void pilotfish_name_thread(const char *name) {
    pthread_setname_np(pthread_self(), name);
}

int64_t pilotfish_file_system_type(int descriptor) {
    struct statfs system;
    return fstatfs(descriptor, &system) == 0 ? (int64_t)system.f_type : 0;
}

long pilotfish_major_faults(void) {
    struct rusage usage;
    return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_majflt : 0;
}

int pilotfish_usable_processors(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
}

const int pilotfish_udp_coalesce = UDP_GRO;

void pilotfish_coalesced(const struct msghdr *header, uint32_t *segment_size, uint32_t *addressed) {
    *segment_size = 0;
    *addressed = 0;
    for (struct cmsghdr *message = CMSG_FIRSTHDR(header); message != NULL;
         message = CMSG_NXTHDR((struct msghdr *)header, message)) {
        if (message->cmsg_level == IPPROTO_UDP && message->cmsg_type == UDP_GRO) {
            int size;
            memcpy(&size, CMSG_DATA(message), sizeof size);
            *segment_size = size > 0 ? (uint32_t)size : 0;
        } else if (message->cmsg_level == IPPROTO_IP && message->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo information;
            memcpy(&information, CMSG_DATA(message), sizeof information);
            *addressed = information.ipi_addr.s_addr;
        }
    }
}

void pilotfish_control_set_source(struct msghdr *header, uint32_t source_network_order) {
    char *data = (char *)CMSG_DATA((struct cmsghdr *)header->msg_control);
    memcpy(data + offsetof(struct in_pktinfo, ipi_spec_dst), &source_network_order, sizeof source_network_order);
}

uint32_t pilotfish_socket_drops(int descriptor) {
    uint32_t values[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof values;
    if (getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, values, &size) != 0) return 0;
    return values[SK_MEMINFO_DROPS];
}

int pilotfish_memory_file(const char *name) {
    return memfd_create(name, MFD_CLOEXEC);
}

int pilotfish_process_descriptor(pid_t process) {
    return (int)syscall(SYS_pidfd_open, process, 0);
}

int pilotfish_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    // The writing end has a flag of its own: programs expect to wait there.
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0) return 0;
    close(ends[0]);
    close(ends[1]);
    return -1;
}

int pilotfish_channel_pair(int ends[2]) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

ssize_t pilotfish_channel_send(int socket, const void *octets, size_t count, int descriptor, bool waits) {
    struct iovec part = {.iov_base = (void *)octets, .iov_len = count};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor >= 0) {
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        struct cmsghdr *message = CMSG_FIRSTHDR(&header);
        message->cmsg_level = SOL_SOCKET;
        message->cmsg_type = SCM_RIGHTS;
        message->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(message), &descriptor, sizeof descriptor);
    }
    return sendmsg(socket, &header, MSG_NOSIGNAL | (waits ? 0 : MSG_DONTWAIT));
}

ssize_t pilotfish_channel_receive(int socket, void *octets, size_t room, int *descriptor) {
    struct iovec part = {.iov_base = octets, .iov_len = room};
    // The other side sends one at most, and the kernel puts no more into our table than there is room for here.
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    *descriptor = -1;
    ssize_t count = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0) return -1;
    struct cmsghdr *message = CMSG_FIRSTHDR(&header);
    if (message && message->cmsg_level == SOL_SOCKET && message->cmsg_type == SCM_RIGHTS &&
        message->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(descriptor, CMSG_DATA(message), sizeof *descriptor);
    if (header.msg_flags & MSG_TRUNC) {
        if (*descriptor >= 0) close(*descriptor);
        *descriptor = -1;
        errno = EMSGSIZE;
        return -1;
    }
    return count;
}

int pilotfish_socket_unsent(int descriptor) {
    int octets = 0;
    return ioctl(descriptor, SIOCOUTQ, &octets) == 0 ? octets : 0;
}
