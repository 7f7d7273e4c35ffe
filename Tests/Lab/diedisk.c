// A disk that dies under a database, or the process that writes it: preloaded, it counts every call by which SQLite changes the
// files of one database (inventory.sqlite, its -wal and its -shm), and at a call that was chosen kills the process, cuts the write
// in half first, takes back what was not synced, or fails from then on.
//
// DIEDISK_CONTROL names a file of at least one page, which is made beforehand and shared: nothing is opened later, by a process
// that may not. It holds 32-bit numbers, in this order:
//
//   0 mode    0 only counts, 1 dies before the call, 2 behind it, 3 in the middle of it, 4 as by loss of power: behind it, and what
//             was written since the last sync is not there; 5 fails
//   1 at      the number of the call that dies, from 1; with mode 5 the first that fails
//   2 error   what mode 5 answers: ENOSPC to writes, all others to everything
//   3 which   bits: 1 counts the database, 2 its -wal, 4 its -shm
//   4 count   how many calls there were; set it to 0 when arming
//   5 hit     the number of the call that died, or how many failed
//   6 syncs   how many of the calls were syncs

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { MOST_FILES = 4096, LONGEST = 1 << 16, MOST_UNDO = 4096 };
enum mode { COUNTS, BEFORE, BEHIND, TORN, POWER, FAILS };

struct control {
    volatile uint32_t mode, at, error, which, count, hit, syncs;
};

// What a write replaced, until the file is synced.
struct undo {
    int file;
    off_t place, size;
    uint32_t length;
    unsigned char *octets;
};

static struct control none, *control = &none;
static unsigned char files[MOST_FILES];
static struct undo undone[MOST_UNDO];
static int undos;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fdatasync)(int), (*real_fsync)(int);
static int (*real_ftruncate)(int, off_t);

// Other libraries open and close files before this one begins.
static void resolve(void) {
    if (real_ftruncate) return;
    real_open = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
    real_close = (int (*)(int))dlsym(RTLD_NEXT, "close");
    real_pwrite = (ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite64");
    real_write = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    real_ftruncate = (int (*)(int, off_t))dlsym(RTLD_NEXT, "ftruncate64");
}

__attribute__((constructor)) static void begin(void) {
    resolve();
    const char *path = getenv("DIEDISK_CONTROL");
    int file = path ? real_open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *page = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) control = page;
    real_close(file);
}

// The bit of `which` for a path; 0 for every other file.
static unsigned char kind(const char *path) {
    const char *name = strstr(path, "inventory.sqlite");
    if (!name) return 0;
    name += strlen("inventory.sqlite");
    return *name == 0 ? 1 : strcmp(name, "-wal") == 0 ? 2 : strcmp(name, "-shm") == 0 ? 4 : 0;
}

static int is_ours(int file) {
    return file >= 0 && file < MOST_FILES && files[file];
}

int open64(const char *path, int flags, ...) {
    resolve();
    va_list rest;
    va_start(rest, flags);
    int file = real_open(path, flags, va_arg(rest, mode_t));
    va_end(rest);
    if (file >= 0 && file < MOST_FILES) files[file] = kind(path);
    return file;
}

int close(int file) {
    resolve();
    if (is_ours(file)) files[file] = 0;
    return real_close(file);
}

static void die(void) {
    control->hit = control->at;
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static void remember(int file, off_t place, size_t length) {
    struct stat about;
    if (undos == MOST_UNDO || length > LONGEST || fstat(file, &about) < 0) return;
    struct undo *entry = &undone[undos++];
    *entry = (struct undo){.file = file, .place = place, .size = about.st_size, .octets = malloc(length ? length : 1)};
    ssize_t got = entry->octets ? pread(file, entry->octets, length, place) : 0;
    entry->length = got > 0 ? got : 0;
}

// A sync is for one file, whoever holds it open.
static int is_same(int one, int other) {
    struct stat first, second;
    return fstat(one, &first) == 0 && fstat(other, &second) == 0 && first.st_ino == second.st_ino;
}

static void forget(int file) {
    int kept = 0;
    for (int index = 0; index < undos; index++) {
        if (is_same(undone[index].file, file)) free(undone[index].octets);
        else undone[kept++] = undone[index];
    }
    undos = kept;
}

static void lose_power(void) {
    while (undos > 0) {
        struct undo *entry = &undone[--undos];
        if (entry->length && real_pwrite(entry->file, entry->octets, entry->length, entry->place) < 0) abort();
        if (real_ftruncate(entry->file, entry->size) < 0) abort();
    }
    die();
}

// Counts a call. Returns whether it is the one; with mode 5, whether it fails, and errno is set.
static int comes(int file, int is_sync) {
    if (!(files[file] & control->which)) return 0;
    uint32_t number = ++control->count;
    if (is_sync) control->syncs++;
    if (control->mode == COUNTS || number < control->at) return 0;
    if (control->mode != FAILS) return number == control->at;
    // What is there already can be synced.
    if (control->error == ENOSPC && is_sync) return 0;
    control->hit++;
    errno = control->error;
    return 1;
}

static ssize_t pwrite_or_die(int file, const void *octets, size_t length, off_t place) {
    pthread_mutex_lock(&lock);
    int is_it = comes(file, 0);
    if (is_it && control->mode == FAILS) {
        pthread_mutex_unlock(&lock);
        return -1;
    }
    if (is_it && control->mode == BEFORE) die();
    if (is_it && control->mode == TORN) {
        if (real_pwrite(file, octets, length / 2, place) < 0) abort();
        die();
    }
    if (control->mode == POWER && files[file] != 4) remember(file, place, length);
    ssize_t result = real_pwrite(file, octets, length, place);
    int saved = errno;
    if (is_it && control->mode == POWER) lose_power();
    if (is_it) die();
    pthread_mutex_unlock(&lock);
    errno = saved;
    return result;
}

ssize_t pwrite64(int file, const void *octets, size_t length, off64_t place) {
    resolve();
    if (!is_ours(file)) return real_pwrite(file, octets, length, place);
    return pwrite_or_die(file, octets, length, place);
}

ssize_t write(int file, const void *octets, size_t length) {
    resolve();
    if (!is_ours(file)) return real_write(file, octets, length);
    off_t place = lseek(file, 0, SEEK_CUR);
    ssize_t result = pwrite_or_die(file, octets, length, place);
    if (result > 0) lseek(file, place + result, SEEK_SET);
    return result;
}

static int sync_or_die(int file, int (*real)(int)) {
    if (!is_ours(file)) return real(file);
    pthread_mutex_lock(&lock);
    int is_it = comes(file, 1), result = -1;
    if (!is_it || control->mode != FAILS) {
        // In the middle of a sync is before it: what it would have done to the disk nobody knows.
        if (is_it && control->mode != BEHIND && control->mode != POWER) die();
        result = real(file);
        if (result == 0) forget(file);
        if (is_it && control->mode == POWER) lose_power();
        if (is_it) die();
    }
    int saved = errno;
    pthread_mutex_unlock(&lock);
    errno = saved;
    return result;
}

int fdatasync(int file) {
    resolve();
    return sync_or_die(file, real_fdatasync);
}

int fsync(int file) {
    resolve();
    return sync_or_die(file, real_fsync);
}

int ftruncate64(int file, off64_t size) {
    resolve();
    if (!is_ours(file)) return real_ftruncate(file, size);
    pthread_mutex_lock(&lock);
    int is_it = comes(file, 0), result = -1;
    if (!is_it || control->mode != FAILS) {
        if (is_it && control->mode != BEHIND && control->mode != POWER) die();
        result = real_ftruncate(file, size);
        if (is_it) die();
    }
    int saved = errno;
    pthread_mutex_unlock(&lock);
    errno = saved;
    return result;
}
