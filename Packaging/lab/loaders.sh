# shellcheck shell=bash
# What firmware starts, other than iPXE: each function puts one loader into a directory, with all that it needs to end
# at the lab's kernel. Made when it is wanted, for that takes time; downloads stay in the cache.

# Usage: loader_uki x64|arm64 FILE [TOKEN]
# A unified kernel image: systemd's EFI stub with command line, kernel and initial RAM disk inside. TOKEN (default: this
# run's) is what the booted kernel is told, so that it is known whose file it was.
loader_uki() {
    local token=${3:-$LAB_TOKEN} console=ttyS0 objcopy=objcopy kernel initrd stub parts=$LAB_WORK/uki
    case $1 in
    x64)
        kernel=$LAB_ROOT/vmlinuz initrd=$LAB_ROOT/initrd.img stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub
        ;;
    arm64)
        loader_arm64_up || return 1
        console=ttyAMA0 objcopy=aarch64-linux-gnu-objcopy
        kernel=$LAB_ARM64/vmlinuz initrd=$LAB_WORK/initrd-arm64.img stub=$LAB_ARM64/linuxaa64.efi.stub
        ;;
    esac
    mkdir -p "$parts" "${2%/*}" || return 1
    printf 'console=%s quiet panic=-1 pilotfish.lab=%s' "$console" "$token" >"$parts/cmdline"
    printf 'ID=pilotfish-lab\nVERSION_ID=1\n' >"$parts/os-release"
    # Addresses as systemd's own documents give them; the kernel's lies above what the stub and the texts need.
    "$objcopy" \
        --add-section .osrel="$parts/os-release" --change-section-vma .osrel=0x20000 \
        --add-section .cmdline="$parts/cmdline" --change-section-vma .cmdline=0x30000 \
        --add-section .linux="$kernel" --change-section-vma .linux=0x2000000 \
        --add-section .initrd="$initrd" --change-section-vma .initrd=0x6000000 \
        "$stub" "$2" 2>"$LAB_WORK/objcopy.log" ||
        lab_fail "the kernel image for $1 cannot be made: $(tail -n 1 "$LAB_WORK/objcopy.log")" || return 1
    chmod 644 "$2"
}

# Fetches arm64's kernel with its modules, busybox, EFI stub and GRUB, and makes its initial RAM disk. Sets LAB_ARM64.
loader_arm64_up() {
    LAB_ARM64=$LAB_CACHE/arm64
    mkdir -p "$LAB_ARM64" || return 1
    (
        flock 8
        [[ -s $LAB_ARM64/complete && -d $LAB_ARM64/grub ]] || loader_arm64_fetch
    ) 8>"$LAB_CACHE/lock" || lab_fail 'the packages for arm64 could not be fetched' || return 1
    [[ -s $LAB_WORK/initrd-arm64.img ]] || payload_initrd "$LAB_WORK/initrd-arm64.img" "$LAB_ARM64/busybox"
}

# Usage: loader_modules FROM TO PATTERN; the kernel modules whose names match, out of an unpacked package FROM, with all that
# they need themselves.
loader_modules() {
    local release from to
    release=$(ls "$1/lib/modules") && busybox depmod -b "$1" "$release" || return 1
    from=$1/lib/modules/$release to=$2/lib/modules/$release
    rm -rf "${2:?}/lib" && mkdir -p "$to" || return 1
    awk -F: -v wanted="/($3)[.]ko\$" '$1 ~ wanted { print $1; gsub(" ", "\n", $2); print $2 }' "$from/modules.dep" |
        sort -u | sed '/^$/d' | (cd "$from" && cpio --quiet -pdm "$to") && busybox depmod -b "$2" "$release"
}

# With package lists of their own, the host's sources, and nothing told to the host's dpkg.
loader_arm64_fetch() (
    say 'fetching a kernel, busybox, an EFI stub and GRUB for arm64'
    directory=$(mktemp -d "$LAB_CACHE/fetch.XXXXXX") || exit 1
    trap 'rm -rf "$directory"' EXIT
    mkdir -p "$directory"/{state/lists/partial,cache/archives/partial} || exit 1
    # apt downloads as its own user.
    chmod -R 777 "$directory"
    cd "$directory" || exit 1
    own=(
        -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State="$directory/state"
        -o Dir::State::status=/dev/null -o Dir::Cache="$directory/cache"
    )
    apt-get update -q "${own[@]}" >&2 || exit 1
    kernel=$(apt-cache depends --important "${own[@]}" linux-image-cloud-arm64 |
        awk '$1 == "Depends:" { print $2; exit }') && [[ -n $kernel ]] || exit 1
    apt-get download -q "${own[@]}" "$kernel" busybox-static systemd-boot-efi grub-efi-arm64-bin >&2 || exit 1
    for package in ./*.deb; do
        dpkg-deb --fsys-tarfile "$package" |
            tar -x --wildcards --ignore-failed-read './boot/vmlinuz-*' './bin/busybox' '*/linuxaa64.efi.stub' \
                './lib/modules/*' './usr/lib/grub/arm64-efi/*' 2>/dev/null
    done
    rm -rf "$LAB_ARM64/grub" && mv usr/lib/grub/arm64-efi "$LAB_ARM64/grub" &&
        loader_modules . "$LAB_ARM64" 'virtio_(pci|net|blk)' || exit 1
    cp boot/vmlinuz-* "$LAB_ARM64/vmlinuz" && cp bin/busybox "$LAB_ARM64/busybox" &&
        cp usr/lib/systemd/boot/efi/linuxaa64.efi.stub "$LAB_ARM64/linuxaa64.efi.stub" || exit 1
    printf '%s\n' "$kernel" >"$LAB_ARM64/complete"
)

# PXELINUX with and without HTTP in $LAB_ROOT, and the configuration that it and U-Boot's "pxe get" look for.
loader_pxelinux() {
    cp /usr/lib/PXELINUX/{pxelinux.0,lpxelinux.0} /usr/lib/syslinux/modules/bios/ldlinux.c32 "$LAB_ROOT" ||
        lab_fail 'PXELINUX (packages pxelinux, syslinux-common) is missing' || return 1
    loader_configuration vmlinuz initrd.img ttyS0
}

# Usage: loader_configuration KERNEL INITRD CONSOLE
loader_configuration() {
    mkdir -p "$LAB_ROOT/pxelinux.cfg" || return 1
    cat >"$LAB_ROOT/pxelinux.cfg/default" <<CONFIGURATION
DEFAULT lab
PROMPT 0
LABEL lab
    KERNEL $1
    INITRD $2
    APPEND console=$3 quiet panic=-1 pilotfish.lab=$LAB_TOKEN
CONFIGURATION
    chmod -R a+rX "$LAB_ROOT"
}

# The script that U-Boot asks for when its DHCP server names no file, and what that script boots.
loader_uboot() {
    loader_arm64_up || return 1
    cp "$LAB_ARM64/vmlinuz" "$LAB_ROOT/vmlinuz-arm64" && cp "$LAB_WORK/initrd-arm64.img" "$LAB_ROOT" || return 1
    loader_configuration vmlinuz-arm64 initrd-arm64.img ttyAMA0 || return 1
    python3 -B "$LAB_HOME/uboot_script.py" 'pxe get && pxe boot' "$LAB_ROOT/boot.scr.uimg" &&
        chmod -R a+rX "$LAB_ROOT"
}
