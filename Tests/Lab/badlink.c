// A bad cable between two tap interfaces, for kernels without netem: frames come out as they went in, but late, twice,
// behind their successors, or not at all.
//
// Usage: badlink FIRST SECOND DELAY-US LOSS REORDER DUPLICATE [SEED]
//
// Makes both interfaces. DELAY-US is for each direction; the others are parts of a million. Ends by SIGTERM and prints
// what it did. Memory is bounded: a direction holds so many frames, and what comes beyond that is lost and counted.

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 16384, LONGEST = 2048, HOLD_US = 2000 };

struct frame {
    int64_t due;
    int length;
    unsigned char octets[LONGEST];
};

// All frames of a queue wait equally long, so the first is always due first.
struct queue {
    struct frame *frames;
    unsigned first, count;
};

static volatile sig_atomic_t over;
static uint64_t chance;
static unsigned long carried, lost, late, doubled, overflowed;

static void stop(int signal) {
    (void)signal;
    over = 1;
}

static int64_t now_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

// xorshift64*: the same seed does the same to the same frames.
static int happens(unsigned parts) {
    chance ^= chance >> 12;
    chance ^= chance << 25;
    chance ^= chance >> 27;
    return (chance * 2685821657736338717ULL >> 32) % 1000000 < parts;
}

static int tap(const char *name) {
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int descriptor = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (descriptor < 0 || ioctl(descriptor, TUNSETIFF, &request) < 0) {
        perror(name);
        exit(2);
    }
    return descriptor;
}

static void append(struct queue *queue, const unsigned char *octets, int length, int64_t due) {
    if (queue->count == SLOTS) {
        overflowed++;
        return;
    }
    struct frame *frame = &queue->frames[(queue->first + queue->count++) % SLOTS];
    frame->due = due;
    frame->length = length;
    memcpy(frame->octets, octets, length);
}

int main(int count, char **words) {
    if (count < 7) {
        fputs("usage: badlink FIRST SECOND DELAY-US LOSS REORDER DUPLICATE [SEED]\n", stderr);
        return 2;
    }
    int64_t delay = atoll(words[3]);
    unsigned loss = atoi(words[4]), reorder = atoi(words[5]), duplicate = atoi(words[6]);
    chance = count > 7 ? strtoull(words[7], NULL, 10) * 2 + 1 : 20261;
    struct pollfd ends[2] = {{.fd = tap(words[1]), .events = POLLIN}, {.fd = tap(words[2]), .events = POLLIN}};
    struct queue straight[2], behind[2];
    for (int side = 0; side < 2; side++) {
        straight[side] = (struct queue){.frames = malloc(SLOTS * sizeof(struct frame))};
        behind[side] = (struct queue){.frames = malloc(SLOTS * sizeof(struct frame))};
        if (!straight[side].frames || !behind[side].frames) return 2;
    }
    // Only while it waits may a signal come in: none is missed.
    struct sigaction action = {.sa_handler = stop};
    sigset_t blocked, open;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &open);
    sigaction(SIGTERM, &action, NULL);
    puts("ready");
    fflush(stdout);
    while (!over) {
        int64_t now = now_us(), next = now + 1000000;
        for (int side = 0; side < 2; side++) {
            struct queue *both[2] = {&straight[side], &behind[side]};
            for (int kind = 0; kind < 2; kind++) {
                struct queue *queue = both[kind];
                while (queue->count > 0 && queue->frames[queue->first].due <= now) {
                    struct frame *frame = &queue->frames[queue->first];
                    // An interface that is down takes nothing; neither does a cable that is pulled.
                    if (write(ends[!side].fd, frame->octets, frame->length) < 0) lost++;
                    else carried++;
                    queue->first = (queue->first + 1) % SLOTS;
                    queue->count--;
                }
                if (queue->count > 0 && queue->frames[queue->first].due < next) next = queue->frames[queue->first].due;
            }
        }
        struct timespec wait = {(next - now) / 1000000, (next - now) % 1000000 * 1000};
        if (ppoll(ends, 2, &wait, &open) <= 0) continue;
        now = now_us();
        for (int side = 0; side < 2; side++) {
            unsigned char octets[LONGEST];
            ssize_t length;
            // So many in a row that the other direction does not starve.
            for (int turn = 0; turn < 64 && (length = read(ends[side].fd, octets, LONGEST)) > 0; turn++) {
                if (happens(loss)) {
                    lost++;
                    continue;
                }
                if (happens(reorder)) {
                    late++;
                    append(&behind[side], octets, length, now + delay + HOLD_US);
                    continue;
                }
                append(&straight[side], octets, length, now + delay);
                if (happens(duplicate)) {
                    doubled++;
                    append(&straight[side], octets, length, now + delay);
                }
            }
        }
    }
    printf("carried %lu, lost %lu, late %lu, doubled %lu, overflowed %lu\n", carried, lost, late, doubled, overflowed);
    return 0;
}
