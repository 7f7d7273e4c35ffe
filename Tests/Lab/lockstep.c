// Lockstep TFTP clients that time every block: from their ACK to the next DATA.
//
// Usage: lockstep SERVER NAME CLIENTS SECONDS [FILE]
//
// Each client fetches NAME by blocks of 1468, again and again, until the time is over. FILE is a local copy to compare with. Prints
// blocks, the gaps' 50th and 99th percentile and the longest, in microseconds, repeats, and wrong or refused transfers.

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_GAPS = 8000000, BLOCK = 1468 };
static const int64_t PATIENCE = 1000000;

struct client {
    int socket;
    struct sockaddr_in peer;
    uint32_t next;
    int64_t asked;
};

static struct sockaddr_in server = {.sin_family = AF_INET};
static const char *name;
static uint32_t *gaps;
static unsigned long count, repeats, wrong;

static int64_t now_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static void request(struct client *client) {
    unsigned char packet[600] = "\0\1";
    int length = 2 + sprintf((char *)packet + 2, "%s", name) + 1;
    memcpy(packet + length, "octet\0blksize\0001468", 19);
    sendto(client->socket, packet, length + 19, 0, (struct sockaddr *)&server, sizeof server);
}

// A transfer begins from a new port, as firmware does it.
static void begin(struct client *client, int epoll) {
    if (client->socket > 0) close(client->socket);
    client->socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    epoll_ctl(epoll, EPOLL_CTL_ADD, client->socket, &event);
    client->next = 0;
    client->asked = now_us();
    request(client);
}

static void acknowledge(struct client *client, uint32_t block) {
    unsigned char packet[4] = {0, 4, block >> 8, block};
    sendto(client->socket, packet, 4, 0, (struct sockaddr *)&client->peer, sizeof client->peer);
}

// Returns whether the transfer is over.
static int take(struct client *client, const unsigned char *packet, int length, const unsigned char *file, long size) {
    int is_option = packet[1] == 6;
    uint32_t block = is_option ? 0 : packet[2] << 8 | packet[3];
    if (packet[1] == 5) {
        wrong++;
        return 1;
    }
    if (block != (client->next & 0xffff) || (!is_option && packet[1] != 3)) return 0;
    int64_t now = now_us();
    if (!is_option && count < MOST_GAPS) gaps[count++] = now - client->asked;
    long offset = ((long)client->next - 1) * BLOCK;
    if (!is_option && file && (offset + length - 4 > size || memcmp(file + offset, packet + 4, length - 4))) {
        wrong++;
        return 1;
    }
    client->next++;
    client->asked = now;
    acknowledge(client, block);
    return !is_option && length < BLOCK + 4;
}

static int compare(const void *one, const void *other) {
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return a < b ? -1 : a > b;
}

int main(int words, char **word) {
    if (words < 5) {
        fputs("usage: lockstep SERVER NAME CLIENTS SECONDS [FILE]\n", stderr);
        return 2;
    }
    server.sin_addr.s_addr = inet_addr(word[1]);
    server.sin_port = htons(69);
    name = word[2];
    int crowd = atoi(word[3]), epoll = epoll_create1(0);
    struct client *clients = calloc(crowd, sizeof *clients);
    unsigned char *file = NULL;
    long size = 0;
    FILE *copy = words > 5 ? fopen(word[5], "rb") : NULL;
    if (copy) {
        fseek(copy, 0, SEEK_END);
        size = ftell(copy);
        rewind(copy);
        file = malloc(size);
        if (fread(file, 1, size, copy) != (size_t)size) return 2;
    }
    gaps = malloc(MOST_GAPS * sizeof *gaps);
    int64_t end = now_us() + atoll(word[4]) * 1000000, now, sweep = 0;
    for (int index = 0; index < crowd; index++) begin(&clients[index], epoll);
    while ((now = now_us()) < end) {
        struct epoll_event events[64];
        int stirred = epoll_wait(epoll, events, 64, 50);
        for (int index = 0; index < stirred; index++) {
            struct client *client = events[index].data.ptr;
            unsigned char packet[2048];
            socklen_t length = sizeof client->peer;
            ssize_t got = recvfrom(client->socket, packet, sizeof packet, 0, (struct sockaddr *)&client->peer, &length);
            if (got >= 4 && take(client, packet, got, file, size)) begin(client, epoll);
        }
        if (now < sweep) continue;
        sweep = now + 100000;
        for (int index = 0; index < crowd; index++) {
            struct client *client = &clients[index];
            if (now - client->asked < PATIENCE) continue;
            repeats++;
            // The silence counts as it will be found: as one long gap.
            if (client->next == 0) request(client);
            else acknowledge(client, client->next - 1);
            if (count < MOST_GAPS) gaps[count++] = now - client->asked;
            client->asked = now;
        }
    }
    qsort(gaps, count, sizeof *gaps, compare);
    if (count == 0) return 1;
    printf("%lu %u %u %u %lu %lu\n", count, gaps[count / 2], gaps[count * 99 / 100], gaps[count - 1], repeats, wrong);
    return 0;
}
