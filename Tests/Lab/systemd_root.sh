#!/usr/bin/env bash
# What systemd.sh starts: makes the root of a systemd and becomes it.
#
# Usage: systemd_root.sh DIRECTORY CGROUP NETWORK; and once more, by itself, inside the new namespaces.
set -euo pipefail

# A LAN's systemd has nothing of the host's to do: no unit of it is started but those that are named here.
lab_target() {
    cat <<'UNIT'
[Unit]
Description=What a lab needs
AllowIsolate=yes
Wants=systemd-journald.service dbus.socket
UNIT
}

# What would change the host, whose kernel this is, or takes time for nothing.
mask() {
    local unit
    for unit in systemd-sysctl systemd-modules-load systemd-remount-fs systemd-binfmt systemd-random-seed systemd-update-utmp \
        systemd-hwdb-update systemd-firstboot systemd-udevd systemd-udev-trigger systemd-journal-flush; do
        ln -sf /dev/null "etc/systemd/system/$unit.service"
    done
    for unit in sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount; do
        ln -sf /dev/null "etc/systemd/system/$unit"
    done
}

# Devices that programs take for granted.
devices() {
    local name
    mount -t tmpfs -o mode=755,nosuid none dev
    for name in null zero full random urandom tty; do
        touch "dev/$name"
        mount --bind "/dev/$name" "dev/$name"
    done
    mkdir dev/shm dev/pts
    ln -s pts/ptmx dev/ptmx
    mount -t tmpfs -o mode=1777,nosuid,nodev none dev/shm
    ln -s /proc/self/fd dev/fd
}

# Inside: the host's root below a layer in memory, and file systems of the kernel that show these namespaces.
become() {
    local directory=$1
    mount --make-rprivate /
    mkdir -p "$directory"
    mount -t tmpfs -o mode=755 none "$directory"
    mkdir "$directory"/{upper,work,root}
    mount -t overlay -o "lowerdir=/,upperdir=$directory/upper,workdir=$directory/work" none "$directory/root"
    cd "$directory/root"
    mount -t proc none proc
    # Even process 1 raises limits of the kernel, which is the host's.
    mount --bind proc/sys proc/sys
    mount -o remount,bind,ro proc/sys
    mount -t sysfs -o ro none sys
    mount -t cgroup2 none sys/fs/cgroup
    mount -t tmpfs -o mode=755 none run
    mount -t tmpfs -o mode=1777 none tmp
    devices
    # Units of the host's administrator are not for a lab.
    rm -rf etc/systemd/system
    mkdir etc/systemd/system
    lab_target >etc/systemd/system/lab.target
    mask
    mkdir -p run/host-root
    pivot_root . run/host-root
    umount --lazy /run/host-root
    exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        /lib/systemd/systemd --system --unit=lab.target --show-status=no
}

if [[ $1 == --inside ]]; then
    become "$2"
else
    echo $$ >"$2/cgroup.procs"
    # Not exec: it is this shell that hears how process 1 ended, and not the lab's.
    ip netns exec "$3" unshare --pid --fork --mount --uts --ipc --cgroup --kill-child "$BASH" "$0" --inside "$1" || true
fi
