// A file system with one file on a sick disk, spoken to the kernel by the protocol of /dev/fuse itself.
//
// Usage: slowfs DIRECTORY FILE OCTETS-PER-SECOND
//
// Serves FILE as DIRECTORY/big, so fast and no faster. SIGUSR1: from now on nothing is answered, neither reads nor opens.
// SIGUSR2: 
// everything fails with EIO. SIGTERM ends it and takes the mount away.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST = 1 << 18, MOST_READS = 256, BIG = 2 };

struct pending {
    uint64_t unique, offset;
    uint32_t size;
};

static int device, file;
static uint64_t size;
static volatile sig_atomic_t over, hangs, fails;
static struct pending reads[MOST_READS];
static unsigned first, waiting;
static int64_t due;

static void note(int signal) {
    if (signal == SIGTERM) over = 1;
    if (signal == SIGUSR1) hangs = 1;
    if (signal == SIGUSR2) fails = 1;
}

static int64_t now_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static void answer(uint64_t unique, int error, const void *octets, size_t length) {
    struct fuse_out_header head = {.len = sizeof head + length, .error = -error, .unique = unique};
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)octets, length}};
    // Nobody waits any more for what was interrupted.
    if (writev(device, parts, 2) < 0 && errno != ENOENT) perror("answer");
}

static struct fuse_attr attributes(uint64_t node) {
    int is_file = node == BIG;
    return (struct fuse_attr){.ino = node, .size = is_file ? size : 0, .blocks = is_file ? size / 512 : 0,
                              .mode = is_file ? S_IFREG | 0644 : S_IFDIR | 0755, .nlink = 1, .blksize = 4096};
}

static void take(const unsigned char *request) {
    const struct fuse_in_header *head = (const void *)request;
    const void *body = request + sizeof *head;
    if (head->opcode == FUSE_FORGET || head->opcode == FUSE_BATCH_FORGET || head->opcode == FUSE_INTERRUPT) return;
    if (hangs) return;
    if (fails) return answer(head->unique, EIO, NULL, 0);
    switch (head->opcode) {
    case FUSE_INIT: {
        const struct fuse_init_in *in = body;
        struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION, .minor = 31, .max_readahead = in->max_readahead,
                                    .max_write = 4096, .max_background = 16, .congestion_threshold = 12};
        return answer(head->unique, 0, &out, sizeof out);
    }
    case FUSE_LOOKUP: {
        // No times of validity: each open asks.
        struct fuse_entry_out out = {.nodeid = BIG, .attr = attributes(BIG)};
        if (strcmp(body, "big") != 0) return answer(head->unique, ENOENT, NULL, 0);
        return answer(head->unique, 0, &out, sizeof out);
    }
    case FUSE_GETATTR: {
        struct fuse_attr_out out = {.attr = attributes(head->nodeid)};
        return answer(head->unique, 0, &out, sizeof out);
    }
    case FUSE_OPEN:
    case FUSE_OPENDIR: {
        struct fuse_open_out out = {.open_flags = FOPEN_KEEP_CACHE};
        return answer(head->unique, 0, &out, sizeof out);
    }
    case FUSE_READ: {
        const struct fuse_read_in *in = body;
        if (waiting == MOST_READS) return answer(head->unique, EIO, NULL, 0);
        if (waiting == 0) due = now_us();
        reads[(first + waiting++) % MOST_READS] = (struct pending){head->unique, in->offset, in->size};
        return;
    }
    case FUSE_FLUSH:
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR: return answer(head->unique, 0, NULL, 0);
    default: return answer(head->unique, ENOSYS, NULL, 0);
    }
}

// Answers the reads whose time has come, and says how long the next has to wait, in milliseconds.
static int serve_reads(int64_t rate) {
    static unsigned char octets[1 << 20];
    while (waiting > 0 && !hangs) {
        struct pending *next = &reads[first];
        int64_t ready = due + next->size * 1000000LL / rate, now = now_us();
        if (fails) {
            answer(next->unique, EIO, NULL, 0);
        } else if (ready > now) {
            return (ready - now) / 1000 + 1;
        } else {
            ssize_t got = pread(file, octets, next->size, next->offset);
            answer(next->unique, got < 0 ? EIO : 0, octets, got < 0 ? 0 : got);
        }
        due = ready;
        first = (first + 1) % MOST_READS;
        waiting--;
    }
    return 200;
}

int main(int count, char **words) {
    static unsigned char request[REQUEST];
    char options[128];
    struct stat about;
    if (count < 4) {
        fputs("usage: slowfs DIRECTORY FILE OCTETS-PER-SECOND\n", stderr);
        return 2;
    }
    device = open("/dev/fuse", O_RDWR);
    file = open(words[2], O_RDONLY);
    snprintf(options, sizeof options, "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other", device);
    if (device < 0 || file < 0 || fstat(file, &about) < 0 || mount("slowfs", words[1], "fuse", 0, options) < 0) {
        perror("slowfs");
        return 2;
    }
    size = about.st_size;
    struct sigaction action = {.sa_handler = note};
    for (int index = 0; index < 3; index++) sigaction((int[]){SIGTERM, SIGUSR1, SIGUSR2}[index], &action, NULL);
    puts("ready");
    fflush(stdout);
    while (!over) {
        struct pollfd event = {.fd = device, .events = POLLIN};
        if (poll(&event, 1, serve_reads(atoll(words[3]))) <= 0) continue;
        if (read(device, request, sizeof request) <= 0) {
            if (errno == ENODEV) break;
            continue;
        }
        take(request);
    }
    // Whoever still waits is told so.
    umount2(words[1], MNT_FORCE | MNT_DETACH);
    return 0;
}
