// Sends TFTP nonsense, or requests for files that are not there, as fast as told, in packets made by hand: sources are
// whatever we say.
//
// Usage: junk SERVER NETWORK RATE SECONDS nonsense [PORT…]   random octets, requests with forged sources, stray ACKs and ERRORs, to port 69
//                                                            and to the ports named
//        junk SERVER NETWORK RATE SECONDS missing            requests for names that are no file
//
// Sources are the 65,536 addresses that begin like NETWORK. Prints how many it sent.

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { MOST_PORTS = 64, LONGEST = 1400 };

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

static int request(unsigned char *octets, const char *name) {
    memcpy(octets, "\0\1", 2);
    int length = 2 + sprintf((char *)octets + 2, "%s", name) + 1;
    memcpy(octets + length, "octet\0blksize\0001468\0windowsize\00064", 32);
    return length + 33;
}

// One message of any kind; sets the port that it goes to.
static int nonsense(unsigned char *octets, uint16_t *port, const uint16_t *ports, int count) {
    int length = 4;
    *port = count > 0 && chance(2) ? ports[chance(count)] : 69;
    switch (chance(4)) {
    case 0:
        length = chance(LONGEST);
        for (int index = 0; index < length; index++) octets[index] = chance(256);
        return length;
    case 1:
        *port = 69;
        return request(octets, "f1m");
    case 2:
        memcpy(octets, "\0\4", 2);
        octets[2] = chance(256);
        octets[3] = chance(256);
        return length;
    default:
        memcpy(octets, "\0\5\0\0stop\0", 9);
        return 9;
    }
}

int main(int count, char **words) {
    if (count < 6) {
        fputs("usage: junk SERVER NETWORK RATE SECONDS nonsense|missing [PORT...]\n", stderr);
        return 2;
    }
    int is_missing = strcmp(words[5], "missing") == 0, own = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(words[1])};
    uint32_t network = ntohl(inet_addr(words[2])) & 0xffff0000;
    int64_t rate = atoll(words[3]), began = now_us(), end = began + atoll(words[4]) * 1000000, now = began;
    uint16_t ports[MOST_PORTS];
    int known = 0;
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
        unsigned char packet[28 + LONGEST + 64] = {0};
        struct iphdr *ip = (struct iphdr *)packet;
        struct udphdr *udp = (struct udphdr *)(packet + 20);
        uint16_t port = 69;
        char name[32];
        sprintf(name, "missing-%lu", sent);
        int length = is_missing ? request(packet + 28, name) : nonsense(packet + 28, &port, ports, known);
        // The kernel fills in length, checksum and identification; UDP goes without a checksum.
        *ip = (struct iphdr){.ihl = 5, .version = 4, .ttl = 64, .protocol = IPPROTO_UDP, .daddr = server.sin_addr.s_addr};
        ip->saddr = htonl(network | chance(65536));
        udp->source = htons(1024 + chance(60000));
        udp->dest = htons(port);
        udp->len = htons(8 + length);
        if (sendto(own, packet, 28 + length, 0, (struct sockaddr *)&server, sizeof server) > 0) sent++;
    }
    printf("%lu\n", sent);
    return 0;
}
