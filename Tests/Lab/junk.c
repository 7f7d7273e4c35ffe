// Sends nonsense, or requests that nobody means, as fast as told, in packets made by hand: sources are whatever we say.
//
// Usage: junk SERVER NETWORK RATE SECONDS nonsense [PORT…]   TFTP: random octets, requests with forged sources, stray ACKs and ERRORs, to
//                                                            port 69 and to the ports named
//        junk SERVER NETWORK RATE SECONDS missing            TFTP: requests for names that are no file
//        junk SERVER NETWORK RATE SECONDS plain FILE         TFTP: requests for FILE without options
//        junk SERVER NETWORK RATE SECONDS options FILE       TFTP: the same with the largest blocks and windows that there are
//        junk SERVER NETWORK RATE SECONDS write FILE         TFTP: requests to write FILE
//        junk SERVER NETWORK RATE SECONDS dhcp               DHCP: DISCOVERs of every size, cut short or with wrong options, to port 67
//        junk SERVER NETWORK RATE SECONDS discover           DHCP: DISCOVERs as short as they may be, to port 67
//        junk SERVER NETWORK RATE SECONDS binl               DHCP: REQUESTs as short as they may be, to port 4011
//        junk SERVER NETWORK RATE SECONDS syn                TCP: openings of connections to port 80 that are never completed
//
// Sources are the 65,536 addresses that begin like NETWORK; of `discover` and `binl` 200 of them. Prints how many it sent.

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { MOST_PORTS = 64, LONGEST = 1400, HEADERS = 28, DHCP_HEAD = 240 };

static uint64_t state = 20260;

// xorshift64*: always the same, so that a failure can be repeated.
static uint32_t chance(uint32_t below) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)(state * 2685821657736338717ULL >> 32) % below;
}

static int64_t now_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static void randomise(unsigned char *octets, int length) {
    for (int index = 0; index < length; index++) octets[index] = chance(256);
}

// A request with an opcode, and options as they stand in it, ends and all.
static int request(unsigned char *octets, int opcode, const char *name, const char *options, int size) {
    octets[0] = 0;
    octets[1] = opcode;
    int length = 2 + sprintf((char *)octets + 2, "%s", name) + 1;
    memcpy(octets + length, "octet", 6);
    memcpy(octets + length + 6, options, size);
    return length + 6 + size;
}

static const char usual[] = "blksize\0001468\0windowsize\00064";
static const char largest[] = "blksize\00065464\0windowsize\00065535\0tsize\0000\0timeout\0001";

// One message of any kind; sets the port that it goes to.
static int nonsense(unsigned char *octets, uint16_t *port, const uint16_t *ports, int count) {
    int length = 4;
    *port = count > 0 && chance(2) ? ports[chance(count)] : 69;
    switch (chance(4)) {
    case 0:
        length = chance(LONGEST);
        randomise(octets, length);
        return length;
    case 1:
        *port = 69;
        return request(octets, 1, "f1m", usual, sizeof usual);
    case 2:
        memcpy(octets, "\0\4", 2);
        randomise(octets + 2, 2);
        return length;
    default:
        memcpy(octets, "\0\5\0\0stop\0", 9);
        return 9;
    }
}

// What every DHCP message of a client begins with.
static void dhcp_head(unsigned char *octets) {
    memset(octets, 0, DHCP_HEAD);
    memcpy(octets, "\1\1\6", 3);
    randomise(octets + 4, 4);
    octets[28] = 2;
    randomise(octets + 29, 5);
    memcpy(octets + 236, "\x63\x82\x53\x63", 4);
}

static int dhcp(unsigned char *octets) {
    dhcp_head(octets);
    int length = DHCP_HEAD;
    static const char options[] = "\x35\1\1\x3c\x09PXEClient\x5d\2\0\7";
    memcpy(octets + length, options, sizeof options - 1);
    length += sizeof options - 1;
    switch (chance(4)) {
    case 0: // cut short, in the head or in an option
        return chance(length);
    case 1: // options of any length, up to the end and beyond
        randomise(octets + length, LONGEST - length);
        return LONGEST;
    case 2: // an option of 255 octets, again and again
        for (; length + 257 <= LONGEST; length += 257) {
            octets[length] = 43 + chance(3) * 17;
            octets[length + 1] = 255;
            randomise(octets + length + 2, 255);
        }
        octets[length++] = 255;
        return length;
    default: // a head that says something else
        randomise(octets, 1 + chance(44));
        octets[length++] = 255;
        return length;
    }
}

// The least that a client of BIOS may say.
static int shortest(unsigned char *octets, int type) {
    dhcp_head(octets);
    static const char options[] = "\x35\1\1\x3c\x09PXEClient\x5d\2\0\0\xff";
    memcpy(octets + DHCP_HEAD, options, sizeof options - 1);
    octets[DHCP_HEAD + 2] = type;
    return DHCP_HEAD + sizeof options - 1;
}

static uint32_t sum(const void *octets, int count) {
    const unsigned char *at = octets;
    uint32_t sum = 0;
    for (int index = 0; index < count; index += 2) sum += at[index] << 8 | (index + 1 < count ? at[index + 1] : 0);
    return sum;
}

// A TCP segment that opens a connection; returns its length.
static int syn(struct iphdr *ip, struct tcphdr *tcp) {
    *tcp = (struct tcphdr){.source = htons(1024 + chance(60000)), .dest = htons(80), .seq = chance(UINT32_MAX),
                           .doff = 5, .syn = 1, .window = htons(64240)};
    uint32_t check = sum(&ip->saddr, 8) + IPPROTO_TCP + sizeof *tcp + sum(tcp, sizeof *tcp);
    while (check >> 16) check = (check & 0xffff) + (check >> 16);
    tcp->check = htons(~check);
    ip->protocol = IPPROTO_TCP;
    return sizeof *tcp;
}

int main(int count, char **words) {
    if (count < 6) {
        fputs("usage: junk SERVER NETWORK RATE SECONDS KIND [PORT...|FILE]\n", stderr);
        return 2;
    }
    const char *kind = words[5], *file = count > 6 ? words[6] : "f1m";
    int own = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(words[1])};
    uint32_t network = ntohl(inet_addr(words[2])) & 0xffff0000;
    int64_t rate = atoll(words[3]), began = now_us(), end = began + atoll(words[4]) * 1000000, now = began;
    uint16_t ports[MOST_PORTS];
    int known = 0, is_binl = !strcmp(kind, "binl"), is_discover = !strcmp(kind, "discover");
    for (int index = 6; index < count && known < MOST_PORTS; index++) ports[known++] = atoi(words[index]);
    if (own < 0) {
        perror("socket");
        return 2;
    }
    unsigned long sent = 0;
    while ((now = now_us()) < end) {
        if ((int64_t)sent * 1000000 >= (now - began) * rate) {
            struct timespec pause = {0, 500000};
            nanosleep(&pause, NULL);
            continue;
        }
        unsigned char packet[HEADERS + LONGEST + 600] = {0}, *octets = packet + HEADERS;
        struct iphdr *ip = (struct iphdr *)packet;
        struct udphdr *udp = (struct udphdr *)(packet + 20);
        uint16_t port = 69;
        int length;
        char name[32];
        sprintf(name, "missing-%lu", sent);
        // The kernel fills in length, checksum and identification; UDP goes without a checksum.
        *ip = (struct iphdr){.ihl = 5, .version = 4, .ttl = 64, .protocol = IPPROTO_UDP, .daddr = server.sin_addr.s_addr};
        ip->saddr = htonl(network | (is_binl || is_discover ? 0x4000 + chance(200) : chance(65536)));
        if (!strcmp(kind, "missing")) length = request(octets, 1, name, usual, sizeof usual);
        else if (!strcmp(kind, "plain")) length = request(octets, 1, file, "", 0);
        else if (!strcmp(kind, "options")) length = request(octets, 1, file, largest, sizeof largest);
        else if (!strcmp(kind, "write")) length = request(octets, 2, file, "", 0);
        else if (!strcmp(kind, "dhcp")) length = dhcp(octets), port = 67;
        else if (is_discover) length = shortest(octets, 1), port = 67;
        else if (is_binl) length = shortest(octets, 3), port = 4011;
        else length = nonsense(octets, &port, ports, known);
        udp->source = htons(1024 + chance(60000));
        udp->dest = htons(port);
        udp->len = htons(8 + length);
        int size = HEADERS + length;
        if (!strcmp(kind, "syn")) size = 20 + syn(ip, (struct tcphdr *)udp);
        if (sendto(own, packet, size, 0, (struct sockaddr *)&server, sizeof server) > 0) sent++;
    }
    printf("%lu\n", sent);
    return 0;
}
