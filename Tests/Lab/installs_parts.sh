# shellcheck shell=bash
# What machines are installed with and with what: an installer for x64 and one for arm64, an image for each kind of machine,
# and GRUB for arm64. Made once for all rows, in $SYSTEMS_PARTS, whose disks these are in part. Needs systems_parts.sh.

installs_parts_up() {
    SYSTEMS_PARTS=$1
    mkdir -p "$SYSTEMS_PARTS/images" "$LAB_CACHE/systems" || return 1
    LAB_KERNEL=$(payload_kernel) || lab_fail 'the kernel could not be fetched from its package' || return 1
    SYSTEMS_MODULES=$LAB_CACHE/systems/$(basename "$LAB_KERNEL" .vmlinuz)
    (flock 8 && systems_modules) 8>"$LAB_CACHE/lock" || lab_fail 'the modules of the kernel could not be fetched' || return 1
    # Its RAM disk is not wanted here.
    local LAB_WORK=$SYSTEMS_PARTS/arm64
    mkdir -p "$LAB_WORK" && loader_arm64_up || return 1
    installs_initrd x64 "$SYSTEMS_MODULES" "$(command -v busybox)" &&
        installs_initrd arm64 "$LAB_ARM64" "$LAB_ARM64/busybox" ||
        lab_fail 'the installer could not be made' || return 1
    cp "$LAB_ARM64/vmlinuz" "$SYSTEMS_PARTS/vmlinuz-arm64" || return 1
    systems_sector images/bios.img SYSTEMS-DISK 1048576 -DAGAIN && systems_sector former.img FORMER-DISK 1048576 -DAGAIN &&
        installs_esp x86_64-efi BOOTX64.EFI images/uefi-x86_64.img SYSTEMS-DISK &&
        installs_esp x86_64-efi BOOTX64.EFI former-uefi.img FORMER-DISK &&
        installs_esp arm64-efi BOOTAA64.EFI images/uefi-aarch64.img SYSTEMS-DISK &&
        installs_grub arm64-efi grubaa64.efi && installs_grub x86_64-efi grubx64.efi ||
        lab_fail "no disk, or no GRUB: $(tail -n 1 "$SYSTEMS_PARTS/parts.log")" || return 1
    chmod -R a+rX "$SYSTEMS_PARTS"
}

# Usage: installs_initrd ARCHITECTURE MODULES BUSYBOX
installs_initrd() (
    tree=$SYSTEMS_PARTS/installer-$1
    set -o pipefail
    mkdir -p "$tree/bin" && cp -r "$2/lib" "$tree" && cp "$3" "$tree/bin/busybox" &&
        cp "$TESTS_LAB/installs_init" "$tree/init" && chmod 755 "$tree/init" && cd "$tree" &&
        find . | cpio --quiet -o -H newc -R 0:0 | gzip -1 >"$SYSTEMS_PARTS/installer-$1.img"
)

# Usage: installs_modules PLATFORM; where GRUB's modules for it lie.
installs_modules() {
    if [[ $1 == arm64-efi ]]; then echo "$LAB_ARM64/grub"; else echo "/usr/lib/grub/$1"; fi
}

# Usage: installs_esp PLATFORM NAME IMAGE TEXT; a disk with a file system and an EFI program where firmware looks for one: GRUB,
# which says TEXT and switches the machine off and on again.
installs_esp() {
    local program=$SYSTEMS_PARTS/$2 image=$SYSTEMS_PARTS/$3
    printf 'echo %s\nreboot\n' "$4" >"$SYSTEMS_PARTS/esp.cfg"
    grub-mkimage -O "$1" -d "$(installs_modules "$1")" -p / -c "$SYSTEMS_PARTS/esp.cfg" -o "$program" echo reboot &&
        mformat -C -i "$image" -T 8192 -h 16 -s 32 :: && mmd -i "$image" ::EFI ::EFI/BOOT &&
        mcopy -i "$image" "$program" "::EFI/BOOT/$2"
} >>"$SYSTEMS_PARTS/parts.log" 2>&1

# Usage: installs_grub PLATFORM FILE; a GRUB that knows where we are, as beside a proxy it does not hear of that. With what Debian's
# own netboot image has inside of what we use.
installs_grub() {
    grub-mkimage -O "$1" -d "$(installs_modules "$1")" -p "(tftp,$LAB_APPLIANCE_IP)/grub" -o "$SYSTEMS_PARTS/$2" \
        tftp http normal configfile linux test echo sleep minicmd reboot halt efinet chain search search_fs_file \
        part_gpt part_msdos fat true
} >>"$SYSTEMS_PARTS/parts.log" 2>&1
