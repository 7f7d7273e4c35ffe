# shellcheck shell=bash
# What the machine boots: Debian's cloud kernel, taken out of its package but not installed on the host, and an initial
# RAM disk whose /init proves on the serial line that it ran, and switches the machine off.

# The kernel is worth keeping between runs (30 MB of package); it never lies in the repository.
LAB_CACHE=${LAB_CACHE:-/var/cache/pilotfish-lab}
# The kernel's file; looked for each time while it is empty, which takes a second.
LAB_KERNEL=${LAB_KERNEL:-}

# Fills $LAB_ROOT (what Pilotfish serves), makes $LAB_STATE and writes $LAB_SETTINGS.
payload_up() {
    LAB_TOKEN=$LAB_ID-$RANDOM$RANDOM
    LAB_ROOT=$LAB_WORK/root LAB_STATE=$LAB_WORK/state LAB_SETTINGS=$LAB_WORK/settings.toml
    mkdir -p "$LAB_ROOT" "$LAB_STATE" || return 1
    local kernel
    kernel=$(payload_kernel) || lab_fail 'the kernel could not be fetched from its package' || return 1
    cp "$kernel" "$LAB_ROOT/vmlinuz" || return 1
    payload_initrd "$LAB_ROOT/initrd.img" || lab_fail 'the initial RAM disk could not be made' || return 1
    chmod -R a+rX "$LAB_ROOT"
    cat >"$LAB_SETTINGS" <<TOML
[boot]
arguments = "console=ttyS0 quiet panic=-1 pilotfish.lab=$LAB_TOKEN"
TOML
    chmod 644 "$LAB_SETTINGS"
}

# Prints the path of the newest cloud kernel, from the cache or out of a freshly downloaded package.
payload_kernel() {
    local package kernel
    if [[ -n $LAB_KERNEL ]]; then
        printf '%s\n' "$LAB_KERNEL"
        return 0
    fi
    mkdir -p "$LAB_CACHE" || return 1
    package=$(payload_kernel_package)
    if [[ -z $package ]]; then
        # Without package lists a kernel of an earlier run will do.
        kernel=$(find "$LAB_CACHE" -name 'linux-image-*.vmlinuz' | sort -V | tail -n 1)
        if [[ -n $kernel ]]; then
            printf '%s\n' "$kernel"
            return 0
        fi
        packages_refresh >&2 && package=$(payload_kernel_package) && [[ -n $package ]] || return 1
    fi
    kernel=$LAB_CACHE/$package.vmlinuz
    (
        flock 8
        [[ -s $kernel ]] || payload_unpack "$package" './boot/vmlinuz-*' "$kernel"
    ) 8>"$LAB_CACHE/lock" || return 1
    printf '%s\n' "$kernel"
}

# The package with the kernel that the meta package depends on.
payload_kernel_package() {
    apt-cache depends --important linux-image-cloud-amd64 2>/dev/null | awk '$1 == "Depends:" { print $2; exit }'
}

# Usage: payload_unpack PACKAGE PATTERN FILE; the file of a package, which is not installed for it, that the pattern fits.
payload_unpack() (
    say "fetching $2 of $1" >&2
    directory=$(mktemp -d "$LAB_CACHE/fetch.XXXXXX") || exit 1
    trap 'rm -rf "$directory"' EXIT
    # apt downloads as its own user.
    chmod 777 "$directory"
    cd "$directory" || exit 1
    apt-get download -q "$1" >&2 || { packages_refresh >&2 && apt-get download -q "$1" >&2; } || exit 1
    dpkg-deb --fsys-tarfile ./*.deb | tar -x --wildcards "$2" || exit 1
    mv "$(compgen -G "$2")" "$3"
)

# Usage: payload_initrd FILE [BUSYBOX]; with the host's busybox, or that of another architecture.
payload_initrd() {
    local tree=$LAB_WORK/initrd busybox=${2:-}
    [[ -n $busybox ]] || busybox=$(command -v busybox) || return 1
    mkdir -p "$tree/bin" "$tree/proc" "$tree/dev" && cp "$busybox" "$tree/bin/busybox" || return 1
    # The closing quote tells the reader of the serial line that the whole command line has arrived.
    cat >"$tree/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
read -r cmdline </proc/cmdline
# No word of the kernel's own inside the line.
echo 1 >/proc/sys/kernel/printk
echo
echo "PILOTFISH-LAB-BOOTED arch=$(/bin/busybox uname -m) release=$(/bin/busybox uname -r) cmdline=\"$cmdline\""
/bin/busybox sleep 0.2
/bin/busybox poweroff -f
INIT
    chmod 755 "$tree/init" || return 1
    (set -o pipefail && cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1 >"$1")
}
