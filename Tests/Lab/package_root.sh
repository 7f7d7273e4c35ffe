#!/usr/bin/env bash
# What package_system.sh starts: makes a Debian in a directory the root of namespaces of its own, and becomes its systemd.
#
# Usage: package_root.sh ROOT CGROUP NETWORK; once more, by itself, inside the new namespaces.
set -euo pipefail

# Devices that programs take for granted.
devices() {
    local name
    mount -t tmpfs -o mode=755,nosuid none dev
    for name in null zero full random urandom tty; do
        : >"dev/$name"
        mount --bind "/dev/$name" "dev/$name"
    done
    mkdir dev/shm dev/pts dev/net
    : >dev/net/tun
    mount --bind /dev/net/tun dev/net/tun
    mount -t tmpfs -o mode=1777,nosuid,nodev none dev/shm
    mount -t devpts -o newinstance,ptmxmode=0666 none dev/pts
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
}

# Units that want more of a machine than there is, and that no service of ours needs.
without_hardware() {
    local unit
    mkdir -p run/systemd/system
    for unit in console-getty.service getty.target dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
        systemd-modules-load.service; do
        ln -s /dev/null "run/systemd/system/$unit"
    done
}

become() {
    cd "$1"
    mount --make-rprivate /
    # pivot_root wants a mount point.
    mount --bind . .
    cd "$1"
    mount -t proc none proc
    mount -t sysfs -o ro none sys
    mount -t cgroup2 none sys/fs/cgroup
    mount -t tmpfs -o mode=755 none run
    devices
    without_hardware
    mkdir run/host-root
    pivot_root . run/host-root
    umount --lazy /run/host-root
    exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --show-status=no
}

if [[ $1 == --inside ]]; then
    become "$2"
else
    echo $$ >"$2/cgroup.procs"
    # `ip netns` hides the host's cgroups: the one of its own it has to be in by then.
    exec ip netns exec "$3" unshare --pid --fork --mount --uts --ipc --cgroup --kill-child "$BASH" "$0" --inside "$1"
fi
