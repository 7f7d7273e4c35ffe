// What Glibc's own module does not show to Swift.
//
// That module is built without _GNU_SOURCE, so sendmmsg, struct mmsghdr, the packet socket and every variadic or
// macro-defined call are missing from it; defining _GNU_SOURCE here does not change a module that is built already.
// This header therefore includes no libc header that needs it: it declares its own mirror of struct mmsghdr (checked
// in shim.c) and functions that shim.c, compiled with _GNU_SOURCE, carries out. Constants come from kernel headers and
// are never typed in again.
#pragma once

#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <linux/rtnetlink.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/types.h>

// A mirror of struct mmsghdr.
struct pilotfish_message {
    struct msghdr header;
    unsigned int length;
};

int pilotfish_sendmmsg(int descriptor, struct pilotfish_message *messages, unsigned int count, int flags);
int pilotfish_recvmmsg(int descriptor, struct pilotfish_message *messages, unsigned int count, int flags);

// Octets of control data that every message of a batch has room for.
#define PILOTFISH_CONTROL_SIZE 112

// Adds control messages to `header`, whose msg_control has room for PILOTFISH_CONTROL_SIZE octets. Call `begin` first,
// then any of the others, each at most once; `finish` sets msg_controllen.
void pilotfish_control_begin(struct msghdr *header);
void pilotfish_control_segment_size(struct msghdr *header, uint16_t octets);
void pilotfish_control_packet_info(struct msghdr *header, uint32_t source_network_order, int interface);
void pilotfish_control_packet_info6(struct msghdr *header, const uint8_t source[16], int interface);
void pilotfish_control_finish(struct msghdr *header);

// What a received message's control data says; false when the message carries none of it.
// `addressed` is the destination in the packet, `local` the address of ours that it came to; they differ for broadcast.
bool pilotfish_packet_info(const struct msghdr *header, int *interface, uint32_t *addressed, uint32_t *local);
// The same for IPv6, which has no broadcast: a datagram to a group says so by its address.
bool pilotfish_packet_info6(const struct msghdr *header, int *interface, uint8_t addressed[16]);
bool pilotfish_auxiliary_data(const struct msghdr *header, struct tpacket_auxdata *data);
// The errno of a message of the error queue that ICMP of either version caused (IP_RECVERR, IPV6_RECVERR).
bool pilotfish_error_origin(const struct msghdr *header, int *error_number);

int pilotfish_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int pilotfish_epoll_pwait2(int descriptor, struct epoll_event *events, int count, int64_t nanoseconds);

// Sockets that are never inherited and never block.
int pilotfish_datagram_socket(int domain);
int pilotfish_stream_socket(int domain);

// Two joined sockets that keep messages apart, closed on exec: 0, or -1.
int pilotfish_channel_pair(int ends[2]);

// A message, and a descriptor beside it unless that is negative (SCM_RIGHTS, unix(7)). Octets, or -1.
ssize_t pilotfish_channel_send(int socket, const void *octets, size_t count, int descriptor, bool waits);

// The next message; `*descriptor` is -1 when none came with it. Octets, 0 at the end, or -1; EMSGSIZE for a message longer
// than the room. Never waits.
ssize_t pilotfish_channel_receive(int socket, void *octets, size_t room, int *descriptor);

// A file in memory without a name (memfd_create(2)), closed on exec: the descriptor, or -1.
int pilotfish_memory_file(const char *name);

// Stirs when a child of ours has ended (pidfd_open(2)), closed on exec: the descriptor, or -1.
int pilotfish_process_descriptor(pid_t process);

// A pipe, both ends closed on exec, whose reading end never blocks: 0, or -1.
int pilotfish_pipe(int ends[2]);

// accept4(2) with SOCK_CLOEXEC: the descriptor, or -1.
int pilotfish_accept(int listener);

// Octets of the largest IP packet on an interface; -1 when there is none of this index. Any socket will do.
int pilotfish_interface_mtu(int socket, int index);

// The speed of an interface in Mbit/s; -1 when it has none that anybody knows. Any socket will do.
int pilotfish_interface_speed(int socket, int index);

// The first IPv4 address of an interface, in network order; 0 when it has none.
uint32_t pilotfish_interface_address(int index);

// Octets from `offset` on that are in the page cache; -1 when the file system cannot tell. Never waits.
int64_t pilotfish_read_cached(int file, void *memory, size_t count, int64_t offset);

// f_type of statfs(2); 0 when the file system cannot tell.
int64_t pilotfish_file_system_type(int descriptor);

// Page faults of the calling thread that needed I/O, since it began.
long pilotfish_major_faults(void);

// How many processors the calling thread may run on.
int pilotfish_usable_processors(void);

// Names the calling thread, as ps -L shows it.
void pilotfish_name_thread(const char *name);

// Constants that are macros with casts, or that live in headers which need _GNU_SOURCE.
extern const int pilotfish_msg_errqueue;
extern const int pilotfish_msg_dontwait;
extern const int pilotfish_packet_outgoing;
extern const int pilotfish_packet_other_host;
extern const int pilotfish_raw_socket_type;
extern const int pilotfish_populate_read;
extern const int pilotfish_ipv6_multicast_all;

// UDP_GRO: the kernel hands over datagrams of one sender as one, with the size of each.
extern const int pilotfish_udp_coalesce;

// Octets of one datagram in a message that holds several (0: it is a single one), and the address of ours that it came
// to (0: not told).
void pilotfish_coalesced(const struct msghdr *header, uint32_t *segment_size, uint32_t *addressed);

// Puts another source into a header that pilotfish_control_packet_info has filled, and nothing before it.
void pilotfish_control_set_source(struct msghdr *header, uint32_t source_network_order);

// Datagrams that a socket had no room for (SO_MEMINFO); 0 when the kernel cannot tell.
uint32_t pilotfish_socket_drops(int descriptor);

// Octets of a socket that have not left this host, the kernel's own records of them counted (SIOCOUTQ); 0 when it cannot tell.
int pilotfish_socket_unsent(int descriptor);

// Has the processor fetch the line of its cache around an address, which need not be one of ours.
static inline void pilotfish_prefetch(const void *address) { __builtin_prefetch(address); }
