// A storm of PXE clients: DHCPDISCOVERs from distinct hardware addresses at a steady rate, and how they are answered.
//
//     cc -O2 -Wall -Wextra -Werror -o storm storm.c
//     storm INTERFACE RATE SECONDS [PID]
//
// Open loop: each packet has its time and leaves then, whatever became of those before it. Its latency runs from that
// time, not from when it really left, so neither a slow server nor a late sender hides what a client would have waited.
// It ends when the kernel took the answer in (SO_TIMESTAMPNS), so how busy this program is with receiving counts for
// nothing. How late packets left is told too: what is not much above it says nothing against the server.
//
// With PID, the processor time that this process used from the first packet until it was idle again; a server that
// answers now and does its book-keeping later pays for that as well.
//
// Prints one line, fields separated by tabs:
//     rate sent answered repeated p50 p99 max latest cpu
// times in microseconds; `latest` is by how much the latest packet left behind its time, `cpu` nanoseconds per answer
// (0 without PID). Every other client is BIOS, the rest x64 UEFI.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, FRAME = 400, ANSWER = 2048, IP = 14, UDP = IP + 20, DHCP = UDP + 8, OPTIONS = DHCP + 240 };

// Patience after the last packet left, in nanoseconds.
static const int64_t GRACE = 500000000;

static struct {
    uint32_t count; // of packets to send
    double rate;
    uint32_t transaction; // of packet 0
    int64_t begin;
    float *latency; // of the answered ones, microseconds
    uint8_t *is_answered;
    uint32_t sent, answered, repeated;
    int64_t latest;
    int transmitter, receiver;
    struct sockaddr_ll link;
} storm;

static void die(const char *what) {
    fprintf(stderr, "storm: %s: %s\n", what, strerror(errno));
    exit(1);
}

// The kernel stamps packets with this clock.
static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static int64_t due(uint32_t index) {
    return storm.begin + (int64_t)(index / storm.rate * 1e9);
}

static void put16(uint8_t *at, uint16_t value) {
    at[0] = value >> 8;
    at[1] = value;
}

static void put32(uint8_t *at, uint32_t value) {
    put16(at, value >> 16);
    put16(at + 2, value);
}

static uint32_t sum(const uint8_t *octets, int count, uint32_t start) {
    for (int i = 0; i < count; i += 2) start += octets[i] << 8 | (i + 1 < count ? octets[i + 1] : 0);
    return start;
}

static uint16_t folded(uint32_t sum) {
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return ~sum;
}

static uint8_t *option(uint8_t *at, uint8_t code, uint8_t length, const void *value) {
    at[0] = code;
    at[1] = length;
    memcpy(at + 2, value, length);
    return at + 2 + length;
}

// Writes what all clients of an architecture say; returns the length of the frame.
static int build(uint8_t *frame, uint8_t architecture) {
    memset(frame, 0, FRAME);
    memset(frame, 0xff, 6);
    put16(frame + 12, ETHERTYPE_IP);
    uint8_t *message = frame + DHCP;
    message[0] = 1;
    message[1] = 1;
    message[2] = 6;
    put16(message + 10, 0x8000);
    put32(message + 236, 0x63825363);
    char class[33];
    snprintf(class, sizeof class, "PXEClient:Arch:%05d:UNDI:003016", architecture);
    static const uint8_t wanted[] = {1,  2,  3,  4,  5,  6,  11, 12, 13, 15, 16, 17, 18, 22, 23,  28,  40,  41,
                                     42, 43, 50, 51, 54, 58, 59, 60, 66, 67, 97, 128, 129, 130, 131, 132, 133, 134, 135};
    uint8_t *at = frame + OPTIONS;
    at = option(at, 53, 1, "\1");
    at = option(at, 57, 2, "\x05\xc0");
    at = option(at, 55, sizeof wanted, wanted);
    at = option(at, 97, 17, "\0................"); // the first octets are each client's own
    at = option(at, 94, 3, "\1\3\x10");
    at = option(at, 93, 2, (uint8_t[]){0, architecture});
    at = option(at, 60, 32, class);
    *at++ = 255;
    int length = at - frame;
    put16(frame + IP, 0x4500);
    put16(frame + IP + 2, length - IP);
    frame[IP + 8] = 64;
    frame[IP + 9] = IPPROTO_UDP;
    memset(frame + IP + 16, 0xff, 4);
    put16(frame + IP + 10, folded(sum(frame + IP, 20, 0)));
    put16(frame + UDP, 68);
    put16(frame + UDP + 2, 67);
    put16(frame + UDP + 4, length - UDP);
    return length;
}

// Where option 97 holds its sixteen octets.
enum { MACHINE = OPTIONS + 3 + 4 + 2 + 37 + 3 };

// Makes the frame that of one client.
static void personalise(uint8_t *frame, int length, uint32_t index) {
    frame[6] = 0x02;
    frame[7] = 0x5f;
    put32(frame + 8, storm.transaction + index);
    memcpy(frame + DHCP + 28, frame + 6, 6);
    put32(frame + DHCP + 4, storm.transaction + index);
    put32(frame + MACHINE, storm.transaction + index);
    put16(frame + UDP + 6, 0);
    uint16_t check = folded(sum(frame + IP + 12, 8, IPPROTO_UDP + length - UDP) + sum(frame + UDP, length - UDP, 0));
    put16(frame + UDP + 6, check ? check : 0xffff);
}

static void open_sockets(const char *interface) {
    storm.transmitter = socket(AF_PACKET, SOCK_RAW, 0);
    storm.receiver = socket(AF_PACKET, SOCK_RAW, 0);
    int index = if_nametoindex(interface), on = 1, large = 256 << 20;
    if (storm.transmitter < 0 || storm.receiver < 0 || !index) die(interface);
    // The answers only: UDP from port 67.
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, IP + 9),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 3),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, UDP),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 67, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, ANSWER),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog filter = {sizeof code / sizeof *code, code};
    storm.link = (struct sockaddr_ll){
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = index, .sll_halen = 6};
    int hears = setsockopt(storm.receiver, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0 &&
                setsockopt(storm.receiver, SOL_SOCKET, SO_RCVBUFFORCE, &large, sizeof large) == 0 &&
                setsockopt(storm.receiver, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == 0 &&
                setsockopt(storm.receiver, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) == 0 &&
                bind(storm.receiver, (void *)&storm.link, sizeof storm.link) == 0;
    int speaks = setsockopt(storm.transmitter, SOL_SOCKET, SO_SNDBUFFORCE, &large, sizeof large) == 0 &&
                 setsockopt(storm.transmitter, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) == 0;
    if (!hears || !speaks) die("packet socket");
}

// Sends what is due, up to one batch.
static void transmit(void) {
    static uint8_t frames[BATCH][FRAME], models[2][FRAME];
    static int lengths[2];
    static struct mmsghdr messages[BATCH];
    static struct iovec pieces[BATCH];
    if (!lengths[0]) {
        lengths[0] = build(models[0], 0);
        lengths[1] = build(models[1], 7);
    }
    int64_t time = now();
    int count = 0;
    for (; count < BATCH && storm.sent + count < storm.count && due(storm.sent + count) <= time; count++) {
        uint32_t index = storm.sent + count;
        int length = lengths[index % 2];
        memcpy(frames[count], models[index % 2], length);
        personalise(frames[count], length, index);
        pieces[count] = (struct iovec){frames[count], length};
        messages[count].msg_hdr = (struct msghdr){
            .msg_name = &storm.link, .msg_namelen = sizeof storm.link, .msg_iov = &pieces[count], .msg_iovlen = 1};
    }
    if (!count) return;
    int done = sendmmsg(storm.transmitter, messages, count, 0);
    if (done < 0 && errno != EAGAIN && errno != ENOBUFS && errno != EINTR) die("sendmmsg");
    int64_t late = now() - due(storm.sent);
    if (done > 0 && late > storm.latest) storm.latest = late;
    if (done > 0) storm.sent += done;
}

static void note(const uint8_t *frame, int length, int64_t time) {
    if (length < OPTIONS || frame[IP] != 0x45 || frame[DHCP] != 2) return;
    uint32_t transaction;
    memcpy(&transaction, frame + DHCP + 4, 4);
    uint32_t index = ntohl(transaction) - storm.transaction;
    if (index >= storm.sent) return;
    if (storm.is_answered[index]) {
        storm.repeated++;
        return;
    }
    storm.is_answered[index] = 1;
    storm.latency[storm.answered++] = (time - due(index)) * 1e-3;
}

// Takes one batch of answers; returns whether more may wait.
static int receive(void) {
    static uint8_t frames[BATCH][ANSWER], control[BATCH][64];
    static struct mmsghdr messages[BATCH];
    static struct iovec pieces[BATCH];
    for (int i = 0; i < BATCH; i++) {
        pieces[i] = (struct iovec){frames[i], ANSWER};
        messages[i].msg_hdr = (struct msghdr){
            .msg_iov = &pieces[i], .msg_iovlen = 1, .msg_control = control[i], .msg_controllen = sizeof control[i]};
    }
    int count = recvmmsg(storm.receiver, messages, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) {
        struct cmsghdr *stamp = CMSG_FIRSTHDR(&messages[i].msg_hdr);
        if (!stamp || stamp->cmsg_type != SCM_TIMESTAMPNS) die("an answer without a time");
        struct timespec time;
        memcpy(&time, CMSG_DATA(stamp), sizeof time);
        note(frames[i], messages[i].msg_len, time.tv_sec * 1000000000ll + time.tv_nsec);
    }
    return count == BATCH;
}

// Sleeps when there is time to: with one processor to spare, spinning would take it from the server's other threads.
static void rest(void) {
    int64_t left = storm.sent < storm.count ? due(storm.sent) - now() : 1000000;
    if (left < 200000) return;
    struct timespec time = {0, left - 100000};
    struct pollfd waiting = {storm.receiver, POLLIN, 0};
    ppoll(&waiting, 1, &time, NULL);
}

static int64_t processor_time(pid_t process) {
    clockid_t clock;
    struct timespec time;
    if (!process) return 0;
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) die("the server's process");
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

// The server's processor time once it uses less than 1 % of one processor, for 20 s at most.
static int64_t processor_time_when_idle(pid_t process) {
    int64_t before = processor_time(process), after = before;
    for (int i = 0; process && i < 80; i++) {
        usleep(250000);
        after = processor_time(process);
        if (after - before < 2500000) break;
        before = after;
    }
    return after;
}

static int ascending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static float quantile(double part) {
    return storm.answered ? storm.latency[(uint32_t)((storm.answered - 1) * part)] : 0;
}

int main(int count, char **words) {
    if (count < 4) {
        fprintf(stderr, "usage: storm INTERFACE RATE SECONDS [PID]\n");
        return 2;
    }
    pid_t process = count > 4 ? atoi(words[4]) : 0;
    storm.rate = atof(words[2]);
    storm.count = storm.rate * atof(words[3]);
    if (storm.count == 0) return 2;
    storm.latency = calloc(storm.count, sizeof *storm.latency);
    storm.is_answered = calloc(storm.count, 1);
    if (!storm.latency || !storm.is_answered) die("memory");
    open_sockets(words[1]);
    // Other clients in every run, for a server may remember those of the last.
    storm.transaction = (uint32_t)(now() / 1000000) << 12;
    int64_t begun = processor_time(process), finished = 0;
    storm.begin = now() + 10000000;
    while (storm.sent < storm.count || (storm.answered < storm.count && now() < finished + GRACE)) {
        transmit();
        if (storm.sent == storm.count && !finished) finished = now();
        while (receive()) {}
        rest();
    }
    double used = processor_time_when_idle(process) - begun;
    qsort(storm.latency, storm.answered, sizeof *storm.latency, ascending);
    printf("%.0f\t%u\t%u\t%u\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\n", storm.rate, storm.sent, storm.answered, storm.repeated,
           quantile(0.5), quantile(0.99), quantile(1), storm.latest * 1e-3,
           storm.answered ? used / storm.answered : 0);
    return 0;
}
