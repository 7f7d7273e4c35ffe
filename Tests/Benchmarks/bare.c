// What this machine can send over UDP when there is no protocol at all: the limit that a TFTP sender stands beside.
//
// A sender pushes DATA-shaped packets, header and block, cut by the kernel from one piece of memory (UDP_SEGMENT), many
// in one sendmmsg, at a sink that throws them away without copying. Nobody acknowledges, nothing is looked up, nothing
// is repeated. Prints one line: MiB per second and milliseconds of the sender's processor time per MiB of payload.
//
//     bare ADDRESS SEGMENTS BLOCK SECONDS SENDER-CPU SINK-CPU
//
// SEGMENTS is the window that a super-packet stands for; 1 sends single packets.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/udp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 7777, MESSAGES = 64, IMAGE = 8 << 20 };

static double seconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void pin(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static int open_socket(struct sockaddr_in *address, int is_sink) {
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0), one = 1, octets = 64 << 20;
    if (descriptor < 0) return -1;
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets);
    if (!is_sink) return descriptor;
    setsockopt(descriptor, IPPROTO_UDP, UDP_GRO, &one, sizeof one);
    return bind(descriptor, (struct sockaddr *)address, sizeof *address) ? -1 : descriptor;
}

static void swallow(int descriptor) {
    struct mmsghdr messages[MESSAGES];
    memset(messages, 0, sizeof messages);
    for (;;) recvmmsg(descriptor, messages, MESSAGES, MSG_TRUNC | MSG_WAITFORONE, NULL);
}

// Sends for `limit` seconds; returns the octets of payload.
static double push(int descriptor, struct sockaddr_in *address, int segments, int block, double limit) {
    static char image[IMAGE];
    union {
        char octets[CMSG_SPACE(sizeof(uint16_t))];
        struct cmsghdr header;
    } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(uint16_t)), .cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT}};
    struct mmsghdr messages[MESSAGES];
    struct iovec pieces[MESSAGES];
    uint16_t datagram = (uint16_t)(block + 4);
    size_t length = (size_t)datagram * (size_t)segments, offset = 0;
    memcpy(CMSG_DATA(&control.header), &datagram, sizeof datagram);
    memset(image, 1, sizeof image);
    memset(messages, 0, sizeof messages);
    double sent = 0, end = seconds(CLOCK_MONOTONIC) + limit;
    while (seconds(CLOCK_MONOTONIC) < end) {
        for (int index = 0; index < MESSAGES; index++) {
            if (offset + length > sizeof image) offset = 0;
            pieces[index] = (struct iovec){image + offset, length};
            offset += length;
            struct msghdr *header = &messages[index].msg_hdr;
            header->msg_name = address;
            header->msg_namelen = sizeof *address;
            header->msg_iov = &pieces[index];
            header->msg_iovlen = 1;
            header->msg_control = segments > 1 ? control.octets : NULL;
            header->msg_controllen = segments > 1 ? sizeof control.octets : 0;
        }
        int count = sendmmsg(descriptor, messages, MESSAGES, 0);
        if (count > 0) sent += (double)count * segments * block;
    }
    return sent;
}

int main(int count, char **words) {
    if (count != 7) return fprintf(stderr, "usage: bare ADDRESS SEGMENTS BLOCK SECONDS SENDER-CPU SINK-CPU\n"), 2;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    int segments = atoi(words[2]), block = atoi(words[3]);
    if (!inet_aton(words[1], &address.sin_addr) || segments < 1 || segments > 64 || block < 8 ||
        segments * (block + 4) > 65507)
        return fprintf(stderr, "bare: no such address, or too many octets for one message\n"), 2;
    int sink = open_socket(&address, 1), sender = open_socket(&address, 0);
    if (sink < 0 || sender < 0) return perror("bare"), 1;
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pin(atoi(words[6]));
        swallow(sink);
    }
    pin(atoi(words[5]));
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), begun = seconds(CLOCK_MONOTONIC);
    double mebibytes = push(sender, &address, segments, block, atof(words[4])) / (1 << 20);
    printf("%.1f %.4f\n", mebibytes / (seconds(CLOCK_MONOTONIC) - begun),
        (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1000 / mebibytes);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return 0;
}
