// Tries what a confined process must not be able to do, and prints for each attempt "NAME allowed" or "NAME refused ERRNO".
//
// It judges nothing: whoever starts it knows what has to come out, and should start it unconfined as well, to see that the
// attempts are real. What it changes, it changes only where the attempt is allowed, and takes back.
//
// Usage: confined-probe STATE OPEN HOME DEVICE; a directory that may be written, one that everybody may write to (mode 777), a
// file below /home that everybody may read, and a device that everybody may open.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *state, *open_to_all, *home, *device;

// Results are 0, or an error number.
static int result(long value) { return value < 0 ? errno : 0; }

static int closing(int descriptor) {
    if (descriptor < 0) return errno;
    close(descriptor);
    return 0;
}

static int writes_in(const char *directory) {
    char path[512];
    snprintf(path, sizeof path, "%s/confined-probe-was-here", directory);
    int error = closing(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    if (!error) unlink(path);
    return error;
}

static int reads(const char *path) { return closing(open(path, O_RDONLY | O_CLOEXEC)); }
static int opens_socket(int family, int type, int protocol) { return closing(socket(family, type | SOCK_CLOEXEC, protocol)); }

static int write_state(void) { return writes_in(state); }
static int write_tmp(void) { return writes_in("/tmp"); }
static int write_open_directory(void) { return writes_in(open_to_all); }
static int write_etc(void) { return writes_in("/etc"); }
static int write_usr(void) { return writes_in("/usr/sbin"); }
static int write_run(void) { return writes_in("/run"); }
static int write_sysctl(void) { return closing(open("/proc/sys/kernel/domainname", O_WRONLY | O_CLOEXEC)); }
static int write_cgroup(void) {
    int error = result(mkdir("/sys/fs/cgroup/confined-probe-was-here", 0700));
    if (!error) rmdir("/sys/fs/cgroup/confined-probe-was-here");
    return error;
}
static int read_home(void) { return reads(home); }
static int read_shadow(void) { return reads("/etc/shadow"); }
static int read_kernel_log(void) { return reads("/proc/kmsg"); }
static int open_device(void) { return closing(open(device, O_RDWR | O_CLOEXEC)); }
static int make_device(void) {
    char path[512];
    snprintf(path, sizeof path, "%s/confined-probe-device", state);
    int error = result(mknod(path, S_IFCHR | 0600, (1 << 8) | 3));
    if (!error) unlink(path);
    return error;
}

// Programs may be run, for hooks run some; nobody gains anything by it.
static int run_program(void) {
    pid_t child = fork();
    if (child < 0) return errno;
    if (!child) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(errno);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

static int become_root(void) { return result(setresuid(0, 0, 0)); }

static int set_user_bit(void) {
    char path[512];
    snprintf(path, sizeof path, "%s/confined-probe-setuid", state);
    int descriptor = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (descriptor < 0) return errno;
    int error = result(fchmod(descriptor, 04755));
    close(descriptor);
    unlink(path);
    return error;
}

static int trace_child(void) {
    pid_t child = fork();
    if (child < 0) return errno;
    if (!child) {
        pause();
        _exit(0);
    }
    int error = result(ptrace(PTRACE_SEIZE, child, 0, 0));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return error;
}

static int read_memory(void) {
    char word[4] = "abc", copy[4];
    struct iovec to = {copy, sizeof copy}, from = {word, sizeof word};
    return result(process_vm_readv(getpid(), &to, 1, &from, 1, 0));
}

static int see_first_process(void) { return reads("/proc/1/comm"); }

static int packet_socket(void) { return opens_socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP)); }
static int raw_socket(void) { return opens_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); }
static int inet_socket(void) { return opens_socket(AF_INET, SOCK_DGRAM, 0); }
static int inet6_socket(void) { return opens_socket(AF_INET6, SOCK_STREAM, 0); }
static int unix_socket(void) { return opens_socket(AF_UNIX, SOCK_DGRAM, 0); }
static int netlink_socket(void) { return opens_socket(AF_NETLINK, SOCK_RAW, 0); }
static int vsock_socket(void) { return opens_socket(AF_VSOCK, SOCK_STREAM, 0); }
static int crypto_socket(void) { return opens_socket(AF_ALG, SOCK_SEQPACKET, 0); }

static int low_port(void) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return errno;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(70), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int error = result(bind(descriptor, (struct sockaddr *)&address, sizeof address));
    close(descriptor);
    return error;
}

static int mount_something(void) {
    int error = result(mount("probe", "/tmp", "tmpfs", 0, NULL));
    if (!error) umount2("/tmp", MNT_DETACH);
    return error;
}

static int in_child(int (*attempt)(void)) {
    pid_t child = fork();
    if (child < 0) return errno;
    if (!child) _exit(attempt());
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static int do_unshare_user(void) { return result(unshare(CLONE_NEWUSER)); }
static int do_unshare_mount(void) { return result(unshare(CLONE_NEWNS)); }
static int do_chroot(void) { return result(chroot("/")); }
static int do_setns(void) {
    int descriptor = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
    return descriptor < 0 ? errno : result(setns(descriptor, 0));
}
static int do_hostname(void) {
    struct utsname name;
    uname(&name);
    return result(sethostname(name.nodename, strlen(name.nodename)));
}
static int do_real_time(void) {
    struct sched_param parameter = {.sched_priority = 1};
    return result(sched_setscheduler(0, SCHED_FIFO, &parameter));
}
static int do_personality(void) { return result(personality(PER_LINUX | ADDR_NO_RANDOMIZE)); }
static int do_priority(void) { return result(setpriority(PRIO_PROCESS, 0, -5)); }

static int unshare_user(void) { return in_child(do_unshare_user); }
static int unshare_mount(void) { return in_child(do_unshare_mount); }
static int change_root(void) { return in_child(do_chroot); }
static int join_namespace(void) { return in_child(do_setns); }
static int set_host_name(void) { return in_child(do_hostname); }
static int real_time(void) { return in_child(do_real_time); }
static int change_personality(void) { return in_child(do_personality); }
static int raise_priority(void) { return in_child(do_priority); }

static int writable_code(void) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return errno;
    munmap(page, 4096);
    return 0;
}

static int adjust_clock(void) {
    struct timex change = {0};
    if (syscall(SYS_adjtimex, &change) < 0) return errno;
    // To what it is.
    change.modes = ADJ_FREQUENCY;
    return result(syscall(SYS_adjtimex, &change));
}

static int load_program(void) {
    struct bpf_insn code[] = {{.code = 0xb7}, {.code = 0x95}};
    union bpf_attr attributes = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insns = (unsigned long)code, .insn_cnt = 2,
                                 .license = (unsigned long)"GPL"};
    return closing((int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes));
}

static int make_key(void) {
    return result(syscall(SYS_add_key, "user", "confined-probe", "x", 1UL, KEY_SPEC_PROCESS_KEYRING));
}

static int make_ring(void) {
    struct io_uring_params parameters = {0};
    return closing((int)syscall(SYS_io_uring_setup, 1, &parameters));
}

static int dump_core(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_CORE, &limit);
    return limit.rlim_max ? 0 : EPERM;
}

static const struct {
    const char *name;
    int (*attempt)(void);
} attempts[] = {
    {"write-state", write_state},
    {"write-tmp", write_tmp},
    {"write-open-directory", write_open_directory},
    {"write-etc", write_etc},
    {"write-usr", write_usr},
    {"write-run", write_run},
    {"write-sysctl", write_sysctl},
    {"write-cgroup", write_cgroup},
    {"read-home", read_home},
    {"read-shadow", read_shadow},
    {"read-kernel-log", read_kernel_log},
    {"open-device", open_device},
    {"make-device", make_device},
    {"run-program", run_program},
    {"trace-process", trace_child},
    {"read-memory", read_memory},
    {"see-first-process", see_first_process},
    {"inet-socket", inet_socket},
    {"inet6-socket", inet6_socket},
    {"unix-socket", unix_socket},
    {"netlink-socket", netlink_socket},
    {"packet-socket", packet_socket},
    {"raw-socket", raw_socket},
    {"vsock-socket", vsock_socket},
    {"crypto-socket", crypto_socket},
    {"low-port", low_port},
    {"mount", mount_something},
    {"unshare-user", unshare_user},
    {"unshare-mount", unshare_mount},
    {"join-namespace", join_namespace},
    {"change-root", change_root},
    {"set-host-name", set_host_name},
    {"real-time", real_time},
    {"raise-priority", raise_priority},
    {"change-personality", change_personality},
    {"writable-code", writable_code},
    {"adjust-clock", adjust_clock},
    {"load-program", load_program},
    {"make-key", make_key},
    {"make-ring", make_ring},
    {"dump-core", dump_core},
    {"set-user-bit", set_user_bit},
    // Last: an unconfined root stays root by it, and nobody else becomes it.
    {"become-root", become_root},
};

int main(int count, char **words) {
    if (count != 5) {
        fprintf(stderr, "usage: %s STATE OPEN HOME DEVICE\n", words[0]);
        return 64;
    }
    state = words[1], open_to_all = words[2], home = words[3], device = words[4];
    for (size_t index = 0; index < sizeof attempts / sizeof *attempts; index++) {
        int error = attempts[index].attempt();
        if (error) {
            printf("%s refused %s\n", attempts[index].name, strerrorname_np(error));
        } else {
            printf("%s allowed\n", attempts[index].name);
        }
        fflush(stdout);
    }
    return 0;
}
