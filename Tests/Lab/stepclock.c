// A wall clock that somebody sets while a program runs: preloaded, it adds to what CLOCK_REALTIME says the milliseconds that the
// file of STEPCLOCK_CONTROL holds, a signed 64-bit number that may change at any time. The host's own clock stays as it is, and so
// do the clocks that only go on (CLOCK_MONOTONIC, CLOCK_BOOTTIME).
//
// The file is mapped at the beginning: nothing is opened later, by a process that may not. What waits for a time of day waits for
// the one that the clock had when it began to wait; a kernel whose clock is set would wake it.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { A_SECOND = 1000000000 };
// No clock that counts from the start of the host comes so far, and each time of day is behind it.
static const time_t LEAST_TIME_OF_DAY = 1000000000;

static const int64_t none = 0;
static const volatile int64_t *control = &none;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("STEPCLOCK_CONTROL");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *page = mmap(NULL, sizeof *control, PROT_READ, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) control = page;
    close(file);
}

static void move(struct timespec *time, int64_t milliseconds) {
    int64_t fraction = time->tv_nsec + milliseconds % 1000 * 1000000;
    time->tv_sec += milliseconds / 1000;
    if (fraction < 0) time->tv_sec--, fraction += A_SECOND;
    if (fraction >= A_SECOND) time->tv_sec++, fraction -= A_SECOND;
    time->tv_nsec = fraction;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) move(time, *control);
    return result;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict result, void *restrict zone) {
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *result = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

// The kernel's own time for one of ours.
static struct timespec of_kernel(const struct timespec *time) {
    struct timespec moved = *time;
    if (moved.tv_sec >= LEAST_TIME_OF_DAY) move(&moved, -*control);
    return moved;
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict end) {
    static int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    if (!real) {
        // Two of these exist on x86, and without a version the wrong one is found.
        void *found = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
        if (!found) found = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
        real = (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))found;
    }
    struct timespec moved = of_kernel(end);
    return real(condition, mutex, &moved);
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict end) {
    static int (*real)(sem_t *, const struct timespec *);
    if (!real) real = (int (*)(sem_t *, const struct timespec *))dlsym(RTLD_NEXT, "sem_timedwait");
    struct timespec moved = of_kernel(end);
    return real(semaphore, &moved);
}

int timerfd_settime(int timer, int flags, const struct itimerspec *value, struct itimerspec *before) {
    static int (*real)(int, int, const struct itimerspec *, struct itimerspec *);
    if (!real) real = (int (*)(int, int, const struct itimerspec *, struct itimerspec *))dlsym(RTLD_NEXT, "timerfd_settime");
    struct itimerspec moved = *value;
    if (flags & TFD_TIMER_ABSTIME) moved.it_value = of_kernel(&value->it_value);
    return real(timer, flags, &moved, before);
}
