// Tells thread sanitizer of Swift's Mutex where two threads met in it; to be loaded before the library (LD_PRELOAD).
//
// The quick way through a Mutex is inlined into our code and therefore seen. The slow one is in libswiftSynchronization,
// which is not instrumented, and ends in the kernel: without this, whatever such a Mutex guards counts as unguarded.
// Here stand the library's two functions again, by their mangled names: tell, and call the true one.

#include <dlfcn.h>
#include <stdint.h>

// Weak, for every program that the tests start loads this too, and has no sanitizer.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *

SWIFT void lock_slow(uint32_t thread, SELF mutex) __asm__(LOCK_SLOW);
SWIFT void unlock_slow(SELF mutex) __asm__(UNLOCK_SLOW);

static SWIFT void (*true_lock_slow)(uint32_t thread, SELF mutex);
static SWIFT void (*true_unlock_slow)(SELF mutex);

// Before any thread is there.
__attribute__((constructor)) static void find(void) {
    *(void **)&true_lock_slow = dlsym(RTLD_NEXT, LOCK_SLOW);
    *(void **)&true_unlock_slow = dlsym(RTLD_NEXT, UNLOCK_SLOW);
}

SWIFT void lock_slow(uint32_t thread, SELF mutex) {
    true_lock_slow(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock_slow(SELF mutex) {
    if (__tsan_release) __tsan_release(mutex);
    true_unlock_slow(mutex);
}
